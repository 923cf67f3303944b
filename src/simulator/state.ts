/**
 * The world of the simulated server as plain maps: tests read them, seed them in bulk and change
 * them the way a person with access to the machine could. Nothing is indexed, so any map may be
 * edited directly.
 */
import type { ComposeProject } from "./compose/project.ts";
import type { DatabaseKind, DatabaseRow } from "./kinds/databaseRow.ts";
import type { VaultProviderRow } from "./vaultRows.ts";
import type { GitProviderRow, RegistryRow, SshKeyRow } from "./namedRows.ts";
import type {
  DeploymentRow,
  DomainRow,
  EnvironmentRow,
  MountRow,
  PortRow,
  ProjectRow,
  RedirectRow,
  SecurityRow,
} from "./rows.ts";
import type { ApplicationRow, ComposeRow } from "./serviceRows.ts";
import type { RemoteServer } from "./remoteRows.ts";
import type { BackupRow, DestinationRow, ScheduleRow, VolumeBackupRow } from "./timedRows.ts";
import type { ImageBehaviour, SwarmService } from "./swarmTypes.ts";

export type Role = "owner" | "admin" | "member";

export interface ApiKey {
  key: string;
  role: Role;
  /** Absent: no limit, as for keys made in Dokploy's own pages. */
  rateLimit?: { max: number; remaining: number };
  /** What a member may see. The application list is also what `application.search` filters by. */
  accessedProjects: string[];
  accessedEnvironments: string[];
  accessedServices: string[];
}

export interface JobData {
  applicationId?: string;
  composeId?: string;
  titleLog: string;
  descriptionLog: string;
  type: "deploy" | "redeploy";
  applicationType: "application" | "compose";
  server: boolean;
  /** Another server than the one that Dokploy runs on; each has a queue of its own. */
  serverId?: string | undefined;
}

export interface Job {
  id: string;
  data: JobData;
  timestamp: number;
  processedOn?: number;
  state: "waiting" | "active";
}

export interface TagRow {
  tagId: string;
  name: string;
  color: string | null;
  createdAt: string;
  organizationId: string;
}

export type Middleware =
  | { basicAuth: { removeHeader: true; users: string[] } }
  | { redirectRegex: { regex: string; replacement: string; permanent: boolean } };

/** What Traefik is told about one application: which domains it serves through which middlewares. */
export interface RouterFile {
  /** By the domain's uniqueConfigKey. */
  domains: Map<number, { host: string; path: string | null; port: number | null }>;
  middlewares: string[];
}

/** `off` docker works; the others say what `swarm.getNodes` answers while it does not. */
export type DockerMode = "off" | "undefined" | "empty" | "error";

/** The databases have a table a kind, named like the kind. */
export interface Tables extends Record<DatabaseKind, Map<string, DatabaseRow>> {
  organizationId: string;
  projects: Map<string, ProjectRow>;
  environments: Map<string, EnvironmentRow>;
  applications: Map<string, ApplicationRow>;
  compose: Map<string, ComposeRow>;
  domains: Map<string, DomainRow>;
  mounts: Map<string, MountRow>;
  ports: Map<string, PortRow>;
  redirects: Map<string, RedirectRow>;
  security: Map<string, SecurityRow>;
  schedules: Map<string, ScheduleRow>;
  backups: Map<string, BackupRow>;
  volumeBackups: Map<string, VolumeBackupRow>;
  destinations: Map<string, DestinationRow>;
  sshKeys: Map<string, SshKeyRow>;
  gitProviders: Map<string, GitProviderRow>;
  registries: Map<string, RegistryRow>;
  vaultProviders: Map<string, VaultProviderRow>;
  /** Beside the host that Dokploy runs on. */
  servers: Map<string, RemoteServer>;
  deployments: Map<string, DeploymentRow>;
  deploymentLogs: Map<string, string>;
  tags: Map<string, TagRow>;
  projectTags: { id: string; projectId: string; tagId: string }[];
  /** Of all servers, by appName; services that no application owns are orphans. */
  swarmServices: Map<string, SwarmService>;
  /** What docker compose keeps, by appName. */
  composeProjects: Map<string, ComposeProject>;
  /** The volumes that docker keeps, by name (`volumeKey`); they outlive what wrote to them. */
  volumes: Set<string>;
  queue: { waiting: Job[]; active: Job[] };
  /** The one file that all basic auth and redirects of the server share. */
  middlewareFile: Record<string, Middleware>;
  routerFiles: Map<string, RouterFile>;
  keys: Map<string, ApiKey>;
  images: { match: string; behaviour: ImageBehaviour }[];
  version: string;
  /** What its description of itself lacks. */
  undescribed: Set<string>;
  dockerDown: DockerMode;
  /** The network has none left: tasks that begin now stay `new`. */
  noAddresses: boolean;
  buildsConcurrency: number;
  /** Of the host that Dokploy runs on. */
  hostDisk: { totalBytes: number; usedBytes: number };
  /** True once ten transactions held every connection: nothing answers until a restart. */
  hung: boolean;
  serials: { domain: number; redirect: number; job: number };
}

export function createTables(organizationId: string): Tables {
  return {
    organizationId,
    projects: new Map(),
    environments: new Map(),
    applications: new Map(),
    compose: new Map(),
    postgres: new Map(),
    mysql: new Map(),
    mariadb: new Map(),
    mongo: new Map(),
    redis: new Map(),
    libsql: new Map(),
    domains: new Map(),
    mounts: new Map(),
    ports: new Map(),
    redirects: new Map(),
    security: new Map(),
    schedules: new Map(),
    backups: new Map(),
    volumeBackups: new Map(),
    destinations: new Map(),
    sshKeys: new Map(),
    gitProviders: new Map(),
    registries: new Map(),
    vaultProviders: new Map(),
    servers: new Map(),
    deployments: new Map(),
    deploymentLogs: new Map(),
    tags: new Map(),
    projectTags: [],
    swarmServices: new Map(),
    composeProjects: new Map(),
    volumes: new Set(),
    queue: { waiting: [], active: [] },
    middlewareFile: {},
    routerFiles: new Map(),
    keys: new Map(),
    images: [],
    version: "v0.30.2",
    undescribed: new Set(),
    dockerDown: "off",
    noAddresses: false,
    buildsConcurrency: 1,
    hostDisk: { totalBytes: 100 * 2 ** 30, usedBytes: 40 * 2 ** 30 },
    hung: false,
    serials: { domain: 0, redirect: 0, job: 0 },
  };
}

export function* where<T>(rows: Map<string, T>, test: (row: T) => boolean): Generator<T> {
  for (const row of rows.values()) if (test(row)) yield row;
}

export function listWhere<T>(rows: Map<string, T>, test: (row: T) => boolean): T[] {
  return [...where(rows, test)];
}

/** Newest first, as Dokploy's lists are; among equals the later inserted comes first. */
export function newestFirst<T extends { createdAt: string }>(rows: Iterable<T>): T[] {
  return [...rows]
    .reverse()
    .sort((a, b) => (a.createdAt < b.createdAt ? 1 : a.createdAt > b.createdAt ? -1 : 0));
}

export function deleteDeployment(tables: Tables, deploymentId: string): void {
  tables.deployments.delete(deploymentId);
  tables.deploymentLogs.delete(deploymentId);
}

/** For what a caller in the same process names: a mistake there is a mistake in a test. */
export function must<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new Error(`The simulator has no ${what}`);
  return value;
}

export function defaultEnvironment(tables: Tables, projectId: string): EnvironmentRow | undefined {
  for (const row of where(tables.environments, (one) => one.projectId === projectId))
    if (row.isDefault) return row;
  return undefined;
}
