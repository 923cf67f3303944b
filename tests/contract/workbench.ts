/**
 * What the behaviour suite works with: a Dokploy, and the book of everything that was made there.
 * It touches nothing that is not in the book and takes all of it away again, whatever happened.
 */
import { randomBytes } from "node:crypto";
import { vi } from "vitest";
import type { DatabaseKind } from "../../src/simulator/kinds/databaseRow.ts";
import { databaseKinds } from "../../src/simulator/kinds/databases.ts";
import type { Client, Json } from "./client.ts";

export interface Target {
  client: Client;
  /** An image that starts and stays up. */
  image: string;
  /** An image that no registry has. */
  missingImage: string;
  /** How long a deployment may take. */
  patienceMs: number;
  close(): Promise<void>;
}

export interface Workbench extends Target {
  /** Begins every name that is made, and no other. */
  prefix: string;
  project(given?: Record<string, unknown>): Promise<{ projectId: string; environmentId: string }>;
  application(given?: Record<string, unknown>): Promise<Application>;
  /** A database of that kind in a project of its own, made with the image that stays up. */
  database(kind: DatabaseKind, given?: Record<string, unknown>): Promise<Database>;
  /** A compose service with its file, in a project of its own. */
  compose(type: Compose["type"], composeFile: string): Promise<Compose>;
  /** Deploys and waits for the end; answers with the deployment's row. */
  deployCompose(compose: Compose): Promise<Json>;
  /** What the swarm's list shows of a service; undefined when it is not there. */
  listed: (appName: string) => Promise<Json>;
  until: (test: () => Promise<boolean>) => Promise<void>;
  /** Deploys and waits for the end; answers with the deployment's row. */
  deploy(application: Application): Promise<Json>;
  cleanUp(): Promise<void>;
}

export interface Application {
  applicationId: string;
  appName: string;
  projectId: string;
  environmentId: string;
}

export interface Database {
  /** The input that names it, e.g. `{ postgresId }`. */
  key: Record<string, string>;
  id: string;
  appName: string;
  environmentId: string;
}

export interface Compose {
  type: "docker-compose" | "stack";
  composeId: string;
  appName: string;
  environmentId: string;
}

/** What each kind wants beside name and place; libsql wants every key. */
const WANTED: Readonly<Record<DatabaseKind, Record<string, unknown>>> = {
  postgres: { databaseName: "db", databaseUser: "u" },
  mysql: { databaseName: "db", databaseUser: "u", databaseRootPassword: "not-a-secret" },
  mariadb: { databaseName: "db", databaseUser: "u", databaseRootPassword: "not-a-secret" },
  mongo: { databaseUser: "u" },
  redis: {},
  libsql: {
    databaseUser: "u",
    sqldNode: "primary",
    sqldPrimaryUrl: null,
    description: null,
    enableNamespaces: false,
    serverId: null,
  },
};

export function createWorkbench(target: Target): Workbench {
  const { client } = target;
  const prefix = `capstan-contract-${randomBytes(4).toString("hex")}`;
  const projects: string[] = [];
  let number = 0;

  const until: Workbench["until"] = (test) =>
    vi.waitFor(
      async () => {
        if (!(await test())) throw new Error("It did not happen in time");
      },
      { timeout: target.patienceMs, interval: Math.max(2, target.patienceMs / 3_000) },
    );

  const project: Workbench["project"] = async (given = {}) => {
    const reply = await client.post("project.create", { name: `${prefix}-p`, ...given });
    const { projectId } = reply.json.project;
    projects.push(projectId);
    return { projectId, environmentId: reply.json.environment.environmentId };
  };

  const application: Workbench["application"] = async (given = {}) => {
    const place = await project();
    const { environmentId } = place;
    number++;
    const appName = `${prefix}-${number}`;
    const made = await client.post("application.create", { name: "web", appName, environmentId });
    const { applicationId } = made.json;
    const { image } = target;
    const fields = { sourceType: "docker", dockerImage: image, autoDeploy: false, ...given };
    await client.post("application.update", { applicationId, ...fields });
    return { applicationId, appName: made.json.appName, ...place };
  };

  const database: Workbench["database"] = async (kind, given = {}) => {
    const { environmentId } = await project();
    number++;
    const base = { name: "db", appName: `${prefix}-${number}`, environmentId };
    const body = { ...base, databasePassword: "not-a-secret", dockerImage: target.image };
    await client.post(`${kind}.create`, { ...body, ...WANTED[kind], ...given });
    // One kind answers its create without the row, and the environment shows no more of it than its id.
    const found = await client.get("environment.one", { environmentId });
    const id: string = found.json[kind][0][`${kind}Id`];
    const key = { [`${kind}Id`]: id };
    const { appName } = (await client.get(`${kind}.one`, key)).json;
    return { key, id, appName, environmentId };
  };

  const compose: Workbench["compose"] = async (type, composeFile) => {
    const { environmentId } = await project();
    number++;
    const made = await client.post("compose.create", {
      ...{ name: "queue", appName: `${prefix}-${number}`, environmentId },
      ...{ composeType: type, sourceType: "raw", composeFile },
    });
    const { composeId, appName } = made.json;
    return { type, composeId, appName, environmentId };
  };

  const listed: Workbench["listed"] = async (appName) =>
    (await client.get("swarm.getNodeApps")).json.find((one: Json) => one.Name === appName);

  async function deployed(deploy: string, list: string, id: Record<string, string>): Promise<Json> {
    number++;
    const title = `${prefix} ${number}`;
    await client.post(deploy, { ...id, title });
    let row: Json;
    await until(async () => {
      const rows = (await client.get(list, id)).json;
      row = rows.find((one: Json) => one.title === title);
      return row !== undefined && row.status !== "running";
    });
    return row;
  }
  const deploy: Workbench["deploy"] = ({ applicationId }) =>
    deployed("application.deploy", "deployment.all", { applicationId });
  const deployCompose: Workbench["deployCompose"] = ({ composeId }) =>
    deployed("compose.deploy", "deployment.allByCompose", { composeId });

  /** Dokploy leaves the volumes of databases. The simulator knows none of these procedures. */
  const volumes = async (): Promise<string[]> => {
    const { status, json } = await client.get("dockerVolume.getVolumes");
    const names: string[] = status === 404 ? [] : json.map((one: Json) => one.Name);
    return names.filter((name) => name.startsWith(prefix));
  };

  const cleanUp = async (): Promise<void> => {
    const left: string[] = [];
    const all: Json[] = (await client.get("project.all")).json;
    // The name also finds those whose making was never answered.
    const named = all.filter((row) => row.name.startsWith(prefix)).map((row) => row.projectId);
    for (const projectId of new Set([...projects, ...named])) {
      const found = await client.get("project.one", { projectId });
      if (found.status === 404) continue;
      for (const environment of found.json.environments) {
        for (const { applicationId } of environment.applications) {
          // One at a time: deletions share files with domains and basic auth.
          await client.post("application.delete", { applicationId });
        }
        for (const { composeId } of environment.compose)
          await client.post("compose.delete", { composeId, deleteVolumes: true });
        for (const kind of databaseKinds)
          for (const { [`${kind}Id`]: id } of environment[kind])
            await client.post(`${kind}.remove`, { [`${kind}Id`]: id });
      }
      const removed = await client.post("project.remove", { projectId });
      if (removed.status !== 200) left.push(projectId);
    }
    const apps: Json[] = (await client.get("swarm.getNodeApps")).json;
    left.push(...apps.map((one) => one.Name).filter((name) => name.startsWith(prefix)));
    // One is refused as long as a container that ends still has it.
    await until(async () => {
      for (const volumeName of await volumes())
        await client.post("dockerVolume.removeVolume", { volumeName });
      return (await volumes()).length === 0;
    });
    if (left.length > 0) throw new Error(`Left behind on the server: ${left.join(", ")}`);
  };

  const made = { project, application, database, compose };
  return { ...target, prefix, ...made, listed, until, deploy, deployCompose, cleanUp };
}
