// What a Dokploy server has, as one list shows it (ObservedSnapshot) and as a deep read shows one
// service (ServiceDetails, in the same shape and units as the desired one).
import type { StoredChild } from "./children.ts";
import type { Configured } from "./specs.ts";

export const serviceKinds = [
  "application",
  "compose",
  "postgres",
  "mysql",
  "mariadb",
  "mongo",
  "redis",
  "libsql",
] as const;
export type ServiceKind = (typeof serviceKinds)[number];

/** What runs on one docker, by appName. */
export type Swarm = ReadonlyMap<string, SwarmService>;

/** What really runs, on Dokploy's own host and on its other servers. */
export interface Running {
  /** Of Dokploy's own host; null when the swarm's list cannot be believed (no node shown). */
  readonly swarm: Swarm | null;
  /** By server id. One that is absent could not be read: nothing is known of what runs there. */
  readonly remote?: ReadonlyMap<string, Swarm>;
}

/** What runs on one server; null when that is not known. */
export function swarmOn({ swarm, remote }: Running, serverId: string | null): Swarm | null {
  return serverId === null ? swarm : (remote?.get(serverId) ?? null);
}

/** Another server of a Dokploy. Its name is a person's, and not always its own. */
export interface ServerName {
  readonly id: string;
  readonly name: string;
}

export interface ObservedSnapshot extends Running {
  /** When the list was asked for (not answered), in ms: what was written after may be missing. */
  readonly takenAtMs: number;
  readonly projects: readonly ObservedProject[];
  /** How long Dokploy needed for it, its other servers left out; absent where that is the whole time. */
  readonly tookMs?: number;
  /** The servers that can be deployed to; null when they cannot be read, absent when nobody asked. */
  readonly servers?: readonly ServerName[] | null;
}

export interface ObservedProject {
  readonly projectId: string;
  readonly name: string;
  readonly description: string | null;
  /** The shared env as a map; null when it cannot be read as one. */
  readonly variables: Readonly<Record<string, string>> | null;
  readonly createdAt: string;
  readonly environments: readonly ObservedEnvironment[];
}

export interface ObservedEnvironment {
  readonly environmentId: string;
  readonly name: string;
  readonly isDefault: boolean;
  readonly services: readonly ObservedService[];
}

export interface ObservedService {
  readonly kind: ServiceKind;
  readonly id: string;
  readonly name: string;
  readonly appName: string;
  readonly description: string | null;
  readonly createdAt: string;
  /** Another server of that Dokploy; null: its own host. */
  readonly serverId: string | null;
  /** idle, running, done or error, as Dokploy says; it proves little (see H1). */
  readonly status: string;
}

export interface SwarmService {
  readonly id: string;
  readonly appName: string;
  readonly image: string;
  readonly running: number;
  readonly wanted: number;
  /** Of a compose service, what it is made of. */
  readonly parts?: readonly ServicePart[];
  /** What of its parts is not as it should be, in words that last as long as that does. */
  readonly wrong?: readonly string[];
}

/** A container of docker compose, or a service of a stack. */
export interface ServicePart {
  readonly id: string;
  /** As docker names it. */
  readonly name: string;
  /** `service` of the swarm; of a container docker's word: running, restarting, exited, created, paused, dead. */
  readonly state: string;
  readonly running: number;
  readonly wanted: number;
  /** Null without a health check. */
  readonly health: "healthy" | "unhealthy" | "starting" | null;
  /** With what its process ended last; null while it runs. */
  readonly exitCode: number | null;
  /** For how long it has been in its state, as far as docker's words tell. */
  readonly ageMs: number;
}

export interface DeploymentRow {
  readonly deploymentId: string;
  readonly title: string;
  readonly status: "running" | "done" | "error" | "cancelled";
  readonly createdAt: string;
  /** Of what was built from Git, the commit, whose subject Dokploy puts over the title; absent: there is none. */
  readonly commit?: string;
}

/** Which service is meant, in the terms of the server. */
export interface ServiceRef {
  readonly kind: ServiceKind;
  readonly id: string;
}

/** A service whose whole configuration is to be read. */
export interface DetailsRef extends ServiceRef {
  /** With those of its children that Dokploy lists apart from it; without them the answer has none. */
  readonly apart?: boolean;
}

/** A setting beside the spec that is not as Capstan needs it. */
export interface SideSetting {
  /** As diffs name it. */
  readonly path: string;
  readonly was: string;
  readonly is: string;
  /** Whether a deploy is needed to put it right; otherwise it only keeps others from deploying. */
  readonly needsDeploy: boolean;
}

export type ServiceDetails = ServiceDetailsBase & Configured;

/** Dokploy's own way of following a repository. */
export interface Pushes {
  /** Tags in place of commits of the branch. */
  readonly ofTags: boolean;
  /** Only those that change such files, as Dokploy has the patterns; empty: all. */
  readonly watchPaths: readonly string[];
}

interface ServiceDetailsBase {
  readonly serviceId: string;
  readonly name: string;
  readonly description: string | null;
  readonly appName: string;
  /** Fields whose stored value the schema cannot express: always different from any desired value. */
  readonly foreignFields: ReadonlySet<string>;
  readonly sideSettings: readonly SideSetting[];
  /** Of a compose service whose file somebody wrote in Dokploy: its text, comments included. */
  readonly fileText?: string;
  /** What Dokploy deploys it on without anybody asking; absent: nothing. */
  readonly pushes?: Pushes;
  /** Settings that Capstan neither reads nor writes and that people should know of, in words; absent: none. */
  readonly besides?: readonly string[];
  /** Swarm labels, Capstan's own left out; they are kept on every write. */
  readonly labels: Readonly<Record<string, string>>;
  /** Networks other than `dokploy-network`, kept as they are on every write. */
  readonly otherNetworks: readonly unknown[];
  readonly children: readonly StoredChild[];
  /** Newest first; none for a kind whose deployments leave no row. */
  readonly deployments: readonly DeploymentRow[];
  /** The volume backup that stops it at this moment; absent: none does. */
  readonly pausedFor?: string | undefined;
}
