// Every write of the platform: one function an action, each of them one request that is sent once.
import { CapstanError, isCapstanError } from "../lib/errors.ts";
import { formatEnvText } from "../model/env-text.ts";
import { namesIn } from "../model/server-names.ts";
import type { Platform } from "../ports.ts";
import { anything, createdEnvironment, createdProject } from "./answers.ts";
import type { Input } from "./calls.ts";
import { createChildCall, deleteChildCall, updateChildCall } from "./children.ts";
import type { Client } from "./client.ts";
import type { Hosts } from "./hosts.ts";
import { createService } from "./create-service.ts";
import { configurationFields } from "./kinds/table.ts";
import { readNamed } from "./named.ts";
import { onServer } from "./on-server.ts";
import { deploymentsCall, idInput, removeCall } from "./services.ts";

type Writes = Pick<
  Platform,
  | "createProject"
  | "updateProject"
  | "createEnvironment"
  | "createService"
  | "moveService"
  | "configureService"
  | "createChild"
  | "updateChild"
  | "deleteChild"
  | "deploy"
  | "stopService"
  | "deleteService"
  | "deleteEnvironment"
  | "deleteProject"
>;

export function createWrites(client: Client, hosts: Pick<Hosts, "knowNew" | "leaving">): Writes {
  async function write(procedure: string, input: Input): Promise<void> {
    await client.mutate({ procedure, input }, anything);
  }

  /** What is already gone is as good as deleted. */
  async function remove(procedure: string, input: Input): Promise<void> {
    try {
      await write(procedure, input);
    } catch (error) {
      if (!isCapstanError(error, "not-found")) throw error;
    }
  }

  return {
    async createProject({ name, description, variables }) {
      const { project, environment } = await client.mutate(
        {
          procedure: "project.create",
          input: { name, description, env: formatEnvText(variables) },
        },
        createdProject,
      );
      return {
        id: project.projectId,
        createdAt: project.createdAt,
        environmentId: environment.environmentId,
      };
    },
    updateProject: (projectId, { name, description, variables }) =>
      write("project.update", { projectId, name, description, env: formatEnvText(variables) }),
    async createEnvironment(projectId, name) {
      const { environmentId, createdAt } = await client.mutate(
        { procedure: "environment.create", input: { projectId, name } },
        createdEnvironment,
      );
      return { id: environmentId, createdAt };
    },
    async createService(desired, given) {
      const made = await createService(client, desired, given);
      const { serverId = null } = given;
      hosts.knowNew({ kind: desired.kind, id: made.id, appName: made.appName, serverId });
      return made;
    },
    moveService: ({ kind, id }, environmentId) =>
      write(`${kind}.move`, { ...idInput(kind, id), targetEnvironmentId: environmentId }),
    async configureService(id, configuration) {
      const procedure = `${configuration.desired.kind}.update`;
      const things = new Set(namesIn(configuration.desired).map(({ thing }) => thing));
      // Those of its children are looked up with them, and secrets providers stand in its env by name.
      things.delete("destination");
      things.delete("vault");
      const names = await readNamed(client, [...things]);
      const answer = await client.mutate(
        { procedure, input: configurationFields(id, configuration, names) },
        anything,
      );
      // A compose service that is gone is no error to Dokploy: it says nothing at all.
      if (configuration.desired.kind === "compose" && (answer ?? null) === null) {
        throw new CapstanError("not-found", `${procedure}: there is no such compose service`);
      }
    },
    async createChild(service, child) {
      const server = await onServer(client, service, child);
      const { procedure, input } = createChildCall(service, child, server);
      await write(procedure, input);
    },
    async updateChild(service, childId, child) {
      const server = await onServer(client, service, child);
      const { procedure, input } = updateChildCall(service, childId, child, server);
      await write(procedure, input);
    },
    deleteChild(childId, kind) {
      const { procedure, input } = deleteChildCall(childId, kind);
      return remove(procedure, input);
    },
    async deploy({ kind, id }, { title, description }, timeoutMs) {
      const isQueued = deploymentsCall({ kind, id }) !== null;
      const words = isQueued ? { title, description } : {};
      await client.mutate(
        {
          procedure: `${kind}.deploy`,
          input: { ...idInput(kind, id), ...words },
          ...(isQueued ? {} : { timeoutMs }),
        },
        anything,
      );
    },
    stopService: ({ kind, id }) => write(`${kind}.stop`, idInput(kind, id)),
    async deleteService(service) {
      const { procedure, input } = removeCall(service);
      await remove(procedure, input);
      hosts.leaving(service);
    },
    deleteEnvironment: (environmentId) => remove("environment.remove", { environmentId }),
    deleteProject: (projectId) => remove("project.remove", { projectId }),
  };
}
