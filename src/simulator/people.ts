/**
 * What people do to the server behind Capstan's back: in Dokploy's pages, or on the machine with
 * docker's own commands. All of it happens at once and leaves no trace in the request log.
 */
import { createProject } from "./procedures/project.ts";
import { duplicateProject } from "./duplicate.ts";
import { addKey, type NewKey } from "./auth.ts";
import { serviceEnv } from "./vaults.ts";
import { startDatabase, takeSnapshot } from "./kinds/databaseDeploy.ts";
import { addDatabase } from "./kinds/databaseRouter.ts";
import type { DatabaseKind, DatabaseRow } from "./kinds/databaseRow.ts";
import { DATABASES } from "./kinds/databases.ts";
import { newServer } from "./remote.ts";
import type { Reach, ServerRow } from "./remoteRows.ts";
import type { EnvironmentRow, ProjectRow } from "./rows.ts";
import { newApplication, type ApplicationRow } from "./serviceRows.ts";
import { defaultEnvironment, listWhere, must, type ApiKey, type Tables } from "./state.ts";
import { restartDaemon, scale } from "./swarm.ts";
import { APPLICATION_DEFAULTS, buildSpec, publishedPort } from "./swarmSpec.ts";
import { newSwarmService } from "./swarmService.ts";
import { behaviourOf, type World } from "./world.ts";

export interface People {
  /** Another API key; without a `rateLimit` it has none. */
  addKey(key: NewKey): ApiKey;
  addProject(given: { name: string; description?: string | null; env?: string }): {
    project: ProjectRow;
    environment: EnvironmentRow;
  };
  /** An application of the default environment, not deployed; further fields are set as given. */
  addApplication(
    projectId: string,
    given: { name: string } & Record<string, unknown>,
  ): ApplicationRow;
  /** A database of the default environment, not deployed; further fields are set as given. */
  addDatabase(
    projectId: string,
    kind: DatabaseKind,
    given: { name: string } & Record<string, unknown>,
  ): DatabaseRow;
  editDatabase(kind: DatabaseKind, id: string, changes: Partial<DatabaseRow>): void;
  /** The swarm service of a database, as if it had been deployed: healthy at once. */
  runDatabase(kind: DatabaseKind, id: string): void;
  /** Another server, set up and reachable; its name may be taken already. */
  addServer(given: { name: string } & Partial<ServerRow>): ServerRow;
  /** Which way it can be reached from now on, and how much longer every command takes there. */
  setServer(serverId: string, given: { reach?: Reach; slowMs?: number }): void;
  editApplication(applicationId: string, changes: Partial<ApplicationRow>): void;
  editProject(projectId: string, changes: Partial<ProjectRow>): void;
  /** `docker service create` for an application, as if it had been deployed: healthy at once. */
  runApplication(applicationId: string): void;
  /** `docker service rm`: Dokploy does not notice. */
  removeSwarmService(appName: string): void;
  scaleSwarmService(appName: string, replicas: number): void;
  /** The docker daemon is restarted, or the whole machine. */
  restartDocker(): void;
  /** The Stop button, done at once. */
  stopApplication(applicationId: string): void;
  /**
   * Dokploy's own Duplicate: every application, compose and database with its description, markers
   * included. In the same project they become `web (copy)`. Returns the id of the project that now
   * holds the copies.
   */
  duplicateProject(projectId: string, options?: { sameProject?: boolean; name?: string }): string;
  /** Many projects with one running application each, for measuring. */
  seed(count: number, given?: { image?: string; running?: boolean; prefix?: string }): void;
}

export type SimState = Tables & People;

export function withPeople(world: World): SimState {
  return Object.assign(world.tables, createPeople(world));
}

function createPeople(world: World): People {
  const { tables, random } = world;
  const application = (id: string): ApplicationRow => must(tables.applications.get(id), id);
  const addApplication: People["addApplication"] = (projectId, { name, ...fields }) => {
    const environment = must(defaultEnvironment(tables, projectId), projectId);
    const { environmentId } = environment;
    const appName = typeof fields.appName === "string" ? fields.appName : name;
    const row = newApplication(random, { name, environmentId, appName });
    Object.assign(row, fields, { appName: row.appName });
    tables.applications.set(row.applicationId, row);
    return row;
  };
  return {
    addKey: (key) => addKey(tables, key),
    addProject: (given) => {
      const { project, environment } = createProject({ world }, given);
      return {
        project: must(tables.projects.get(project.projectId), project.projectId),
        environment: must(
          tables.environments.get(environment.environmentId),
          environment.environmentId,
        ),
      };
    },
    addApplication,
    addDatabase: (projectId, kind, { name, ...fields }) => {
      const { environmentId } = must(defaultEnvironment(tables, projectId), projectId);
      const { image } = DATABASES[kind];
      const appName = typeof fields.appName === "string" ? fields.appName : name;
      const given = { name, environmentId, dockerImage: image, ...fields, appName };
      const row = addDatabase(world, kind, given);
      return Object.assign(row, fields, { appName: row.appName });
    },
    editDatabase: (kind, id, changes) => {
      Object.assign(must(tables[kind].get(id), id), changes);
    },
    runDatabase: (kind, id) => {
      const row = must(tables[kind].get(id), id);
      const started = startDatabase(world, kind, takeSnapshot(world, kind, row));
      if (!started.ok) throw new Error(started.message);
      row.applicationStatus = "done";
    },
    addServer: (given) => {
      const row = newServer(random, tables.organizationId, given);
      tables.servers.set(row.serverId, { row, reach: "up", slowMs: 0 });
      return row;
    },
    setServer: (serverId, given) => {
      Object.assign(must(tables.servers.get(serverId), serverId), given);
    },
    editApplication: (id, changes) => {
      Object.assign(application(id), changes);
    },
    editProject: (id, changes) => {
      Object.assign(must(tables.projects.get(id), id), changes);
    },
    runApplication: (id) => runApplication(world, application(id)),
    removeSwarmService: (appName) => {
      tables.swarmServices.delete(appName);
    },
    scaleSwarmService: (appName, replicas) =>
      scale(must(tables.swarmServices.get(appName), appName), replicas),
    restartDocker: () => restartDaemon(world),
    stopApplication: (id) => {
      const row = application(id);
      const service = tables.swarmServices.get(row.appName);
      if (service !== undefined) scale(service, 0);
      row.applicationStatus = "idle";
    },
    duplicateProject: (projectId, options) => duplicateProject(world, projectId, options ?? {}),
    seed: (count, given) => {
      for (let i = 0; i < count; i++) {
        const name = `${given?.prefix ?? "seed"}-${i}`;
        const made = createProject({ world }, { name, description: `seeded ${i}` });
        const { environmentId } = made.environment;
        const row = newApplication(random, { name: "web", environmentId, appName: `${name}-web` });
        row.sourceType = "docker";
        row.dockerImage = given?.image ?? "nginx:1";
        tables.applications.set(row.applicationId, row);
        if (given?.running ?? true) runApplication(world, row);
      }
    },
  };
}

function runApplication(world: World, row: ApplicationRow): void {
  const { tables } = world;
  const mine = (child: { applicationId: string | null }): boolean =>
    child.applicationId === row.applicationId;
  const environment = tables.environments.get(row.environmentId);
  const project = tables.projects.get(environment?.projectId ?? "");
  const env = serviceEnv(world, row, project?.env ?? "", environment?.env ?? "");
  const image = row.dockerImage ?? "";
  const built = buildSpec({
    row: structuredClone(row),
    image,
    env: env.ok ? env.env : [],
    mounts: listWhere(tables.mounts, mine),
    ports: listWhere(tables.ports, mine).map(publishedPort),
    networkId: world.networkId,
    defaults: APPLICATION_DEFAULTS,
  });
  if (!built.ok) throw new Error(built.message);
  const service = newSwarmService(
    world.random,
    row.appName,
    built.spec,
    behaviourOf(world, image),
    world.time,
    row.serverId,
  );
  tables.swarmServices.set(row.appName, service);
  row.applicationStatus = "done";
}
