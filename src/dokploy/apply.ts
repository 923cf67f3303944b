// Every write of the platform: one function an action, each of them one request that is sent once.
import { isCapstanError } from "../lib/errors.ts";
import { formatEnvText } from "../model/env-text.ts";
import type { Platform } from "../ports.ts";
import { anything, createdApplication, createdEnvironment, createdProject } from "./answers.ts";
import { configurationFields } from "./application.ts";
import type { Input } from "./calls.ts";
import { createChildCall, deleteChildCall, updateChildCall } from "./children.ts";
import type { Client } from "./client.ts";
import { removeCall } from "./services.ts";

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
  | "deleteService"
  | "deleteEnvironment"
  | "deleteProject"
>;

export function createWrites(client: Client): Writes {
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
    async createService({ environmentId, name, appName, description }) {
      const created = await client.mutate(
        {
          procedure: "application.create",
          input: { environmentId, name, appName, description, sourceType: "docker" },
        },
        createdApplication,
      );
      return {
        id: created.applicationId,
        createdAt: created.createdAt,
        appName: created.appName,
      };
    },
    moveService: (applicationId, environmentId) =>
      write("application.move", { applicationId, targetEnvironmentId: environmentId }),
    configureService: (applicationId, configuration) =>
      write("application.update", configurationFields(applicationId, configuration)),
    createChild(applicationId, child) {
      const { procedure, input } = createChildCall(applicationId, child);
      return write(procedure, input);
    },
    updateChild(_applicationId, childId, child) {
      const { procedure, input } = updateChildCall(childId, child);
      return write(procedure, input);
    },
    deleteChild(childId, kind) {
      const { procedure, input } = deleteChildCall(childId, kind);
      return remove(procedure, input);
    },
    deploy: (applicationId, title, description) =>
      write("application.deploy", { applicationId, title, description }),
    deleteService(kind, id) {
      const { procedure, input } = removeCall(kind, id);
      return remove(procedure, input);
    },
    deleteEnvironment: (environmentId) => remove("environment.remove", { environmentId }),
    deleteProject: (projectId) => remove("project.remove", { projectId }),
  };
}
