// What a service is configured to be, in canonical units: one shape a kind. What is observed is read into the same
// shapes. The children (domains, mounts, …) are rows of their own in Dokploy; model/children has a table of them.
import type { ComposeFile } from "./compose-file.ts";

/** What all services that the swarm runs from an image have in common. */
export interface WorkloadSpec {
  readonly image: string;
  readonly command: string | null;
  readonly args: readonly string[];
  readonly replicas: number;
  readonly resources: { readonly limits: ResourceAmounts; readonly reservations: ResourceAmounts };
  /** Names on `dokploy-network`, sorted. */
  readonly aliases: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly healthcheck: Healthcheck | null;
  readonly restart: RestartPolicy | null;
  readonly placement: Placement | null;
  /** How long its containers may take to end before they are killed; null: as long as docker gives them. */
  readonly stopGracePeriodNs: number | null;
  readonly mounts: readonly MountSpec[];
  readonly volumeBackups: readonly VolumeBackupSpec[];
}

export interface ApplicationSpec extends WorkloadSpec {
  /** Null: it runs `image`. */
  readonly git: GitSource | null;
  /** How an image comes of what is in Git; null with an image. */
  readonly build: BuildSpec | null;
  readonly registry: RegistryLogin | null;
  readonly update: UpdatePolicy | null;
  /** How the swarm goes back when an update fails. */
  readonly rollback: UpdatePolicy | null;
  /** `SOFT:HARD` by the limit's name. */
  readonly ulimits: Readonly<Record<string, string>>;
  readonly endpointMode: "vip" | "dnsrr";
  readonly ports: readonly PortSpec[];
  readonly domains: readonly DomainSpec[];
  readonly redirects: readonly RedirectSpec[];
  readonly basicAuth: readonly BasicAuthSpec[];
  readonly schedules: readonly ScheduleSpec[];
}

/**
 * A database. Dokploy mounts a volume for its data by itself, which is no mount of this list. What a kind of database
 * does not have is empty.
 */
export interface DatabaseSpec extends WorkloadSpec {
  readonly database: string;
  readonly user: string;
  readonly password: string;
  readonly rootPassword: string;
  /** The port on the server; null: it is reached only on the network. */
  readonly externalPort: number | null;
  /** Of libsql: the port of its replication and that of its administration. */
  readonly externalGrpcPort: number | null;
  readonly externalAdminPort: number | null;
  /** Of libsql: the address of the primary that it copies; null: it is a primary. */
  readonly replicaOf: string | null;
  /** Of libsql: whether it holds many databases, each named by the host that a request is for. */
  readonly namespaces: boolean;
  readonly backups: readonly BackupSpec[];
}

/** A compose file with what Dokploy keeps beside it. */
export interface ComposeSpec {
  readonly type: "docker-compose" | "stack";
  /** Where its file is instead; null: `file` is all there is. */
  readonly git: GitSource | null;
  /** Without Capstan's own label. Empty with `git`. */
  readonly file: ComposeFile;
  /** What fills in the file's variables. */
  readonly env: Readonly<Record<string, string>>;
  /** It has a network of its own in place of `dokploy-network`. */
  readonly isolated: boolean;
  /** Files alone: volumes and folders stand in the compose file. */
  readonly mounts: readonly MountSpec[];
  readonly domains: readonly DomainSpec[];
  readonly schedules: readonly ScheduleSpec[];
  readonly backups: readonly BackupSpec[];
  readonly volumeBackups: readonly VolumeBackupSpec[];
}

export interface SpecOf {
  readonly application: ApplicationSpec;
  readonly compose: ComposeSpec;
  readonly postgres: DatabaseSpec;
  readonly mysql: DatabaseSpec;
  readonly mariadb: DatabaseSpec;
  readonly mongo: DatabaseSpec;
  readonly redis: DatabaseSpec;
  readonly libsql: DatabaseSpec;
}

export type DatabaseKind = Exclude<keyof SpecOf, "application" | "compose">;

/** The kinds that Capstan makes and changes: all that Dokploy has. */
export type ManagedKind = keyof SpecOf;

/** A kind with the configuration that a service of that kind has. */
export type Configured = {
  readonly [K in ManagedKind]: { readonly kind: K; readonly spec: SpecOf[K] };
}[ManagedKind];

/** A repository that Dokploy clones: `url`, or `repository` of a `provider`. */
export interface GitSource {
  /** Empty with a provider. */
  readonly url: string;
  /** By its name in Dokploy. */
  readonly sshKey: string | null;
  /** By its name in Dokploy. */
  readonly provider: string | null;
  /** `owner/name`; empty without a provider. */
  readonly repository: string;
  /** A branch or a tag. */
  readonly ref: string;
  /** The folder that is built; of a compose service, the compose file. */
  readonly path: string;
  readonly submodules: boolean;
}

export interface BuildSpec {
  readonly type: "dockerfile" | "nixpacks" | "railpack" | "heroku" | "paketo" | "static";
  /** Null: `Dockerfile`. */
  readonly dockerfile: string | null;
  /** Null: the folder of the Dockerfile. */
  readonly context: string | null;
  readonly target: string | null;
  readonly args: Readonly<Record<string, string>>;
  readonly secrets: Readonly<Record<string, string>>;
  readonly publishDirectory: string | null;
  readonly spa: boolean;
  /** Whether env is written to a file beside the Dockerfile. */
  readonly envFile: boolean;
  /** By its name in Dokploy; null: the image stays where it was built. */
  readonly registry: string | null;
  readonly cache: boolean;
}

export interface RegistryLogin {
  readonly url: string;
  readonly username: string;
  readonly password: string;
}

export interface ResourceAmounts {
  readonly nanoCpus: number | null;
  readonly memoryBytes: number | null;
}

/** Durations of swarm settings are nanoseconds, as docker counts them; null means docker's default. */
export interface Healthcheck {
  readonly test: readonly string[];
  readonly intervalNs: number | null;
  readonly timeoutNs: number | null;
  readonly startPeriodNs: number | null;
  readonly retries: number | null;
}

export interface RestartPolicy {
  readonly condition: "none" | "on-failure" | "any";
  readonly delayNs: number | null;
  readonly maxAttempts: number | null;
  readonly windowNs: number | null;
}

export interface UpdatePolicy {
  readonly parallelism: number | null;
  readonly delayNs: number | null;
  readonly failureAction: "pause" | "continue" | "rollback" | null;
  readonly monitorNs: number | null;
  readonly maxFailureRatio: number | null;
  readonly order: "start-first" | "stop-first" | null;
}

export interface Placement {
  readonly constraints: readonly string[];
  /** Node labels to spread over. */
  readonly spread: readonly string[];
  readonly maxReplicasPerNode: number | null;
}

export type MountSpec =
  | { readonly type: "volume"; readonly volume: string; readonly target: string }
  | { readonly type: "bind"; readonly source: string; readonly target: string }
  | { readonly type: "file"; readonly content: string; readonly target: string };

export interface PortSpec {
  readonly published: number;
  readonly target: number;
  readonly protocol: "tcp" | "udp";
  readonly mode: "ingress" | "host";
}

export interface DomainSpec {
  readonly host: string;
  readonly path: string;
  readonly port: number;
  readonly https: boolean;
  /** `none`, `letsencrypt` or the name of a certificate resolver. */
  readonly certificate: string;
  readonly stripPath: boolean;
  readonly internalPath: string;
  readonly middlewares: readonly string[];
  /** Which service of a compose file it leads to; absent of an application. */
  readonly service?: string;
  /** Traefik's entry point; null: web or websecure, as `https` says. */
  readonly entrypoint: string | null;
}

export interface RedirectSpec {
  readonly regex: string;
  readonly replacement: string;
  readonly permanent: boolean;
}

export interface BasicAuthSpec {
  readonly username: string;
  readonly password: string;
}

/** A command that Dokploy runs by the clock in a container of the service. */
export interface ScheduleSpec {
  readonly name: string;
  /** In which service of a compose file; absent of an application. */
  readonly service?: string;
  readonly cron: string;
  readonly timezone: string;
  readonly shell: "bash" | "sh";
  readonly command: string;
  readonly enabled: boolean;
  /** Somebody made it in Dokploy; no manifest says so. */
  readonly byHand: boolean;
}

/** What is stored where, and for how long. */
interface StoredCopies {
  readonly name: string;
  readonly cron: string;
  /** The destination by its name in Dokploy. */
  readonly destination: string;
  /** The folder in the destination, below the service's own. */
  readonly prefix: string;
  /** Null: all of them. */
  readonly keepLatest: number | null;
  readonly enabled: boolean;
  /** Somebody made it in Dokploy; no manifest says so. */
  readonly byHand: boolean;
}

/** A dump of a database that Dokploy makes by the clock. */
export interface BackupSpec extends StoredCopies {
  readonly database: string;
  /** Of a database in a compose file, of which Dokploy knows nothing else; absent of a service that is a database. */
  readonly within?: DatabaseWithin;
}

/** How a database in a compose file is found and dumped. What its type does not need is empty. */
export interface DatabaseWithin {
  /** Which service of the compose file it is. */
  readonly service: string;
  /** One of those that a manifest may name; another one of a backup that people made. */
  readonly type: string;
  readonly user: string;
  readonly password: string;
  readonly rootPassword: string;
}

/** A copy of a volume that Dokploy makes by the clock. */
export interface VolumeBackupSpec extends StoredCopies {
  /** Its name on the server; null: the one in which a database has its data. */
  readonly volume: string | OwnVolume | null;
  /** Which service of a compose file uses it; absent of other services. */
  readonly service?: string;
  /** Whether the service is stopped meanwhile. */
  readonly turnOff: boolean;
}

/** A volume of a compose file that docker names after the whole: only the server knows how. */
export interface OwnVolume {
  /** Its name in the file. */
  readonly own: string;
}
