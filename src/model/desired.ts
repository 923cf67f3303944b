// What Git asks for, after templates, overlays, references and defaults: plain data in canonical units.
// Strings are final (secrets included); which of them hold a secret stands beside them in `secrets`.

/** Where in the repository something was written; line and column count from 1. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

export interface SyncWindow {
  readonly allow: string;
  readonly forMs: number;
  readonly timezone: string;
}

/** How secrets stand in one value. */
export interface SecretUse {
  /** As the manifest names them. */
  readonly names: readonly string[];
  /** The value with its references unresolved: only ever compared, never shown. */
  readonly written: string;
}

export interface DesiredStack {
  readonly name: string;
  readonly place: Place;
  readonly template: string | null;
  readonly labels: Readonly<Record<string, string>>;
  readonly previousName: string | null;
  /** One sentence for people; the marker follows it on the server. */
  readonly description: string;
  /** The Dokploy project's name. */
  readonly project: string;
  readonly dependsOn: readonly string[];
  readonly deletionPolicy: "delete" | "retain";
  readonly suspend: boolean;
  /** true: take over the one unowned project of that name; a string: the project with that id. */
  readonly adopt: boolean | string;
  readonly sync: {
    readonly selfHeal: boolean;
    readonly prune: boolean;
    readonly windows: readonly SyncWindow[];
  };
  /** The project's shared env. */
  readonly variables: Readonly<Record<string, string>>;
  /** Names of the variables whose value holds a secret. */
  readonly secretVariables: ReadonlySet<string>;
  /** By variable. */
  readonly secretVariableUses?: ReadonlyMap<string, SecretUse>;
  /** Names of the environments, `production` always among them. */
  readonly environments: readonly string[];
  /** All services of all environments, sorted by key. */
  readonly services: readonly DesiredService[];
}

export interface DesiredService {
  readonly kind: "application";
  /** `app/web` in production, `app/web@staging` elsewhere: the identity in the marker. */
  readonly key: string;
  readonly environment: string;
  readonly name: string;
  /** What Dokploy is asked to call it; Dokploy appends `-` and six characters. */
  readonly appName: string;
  readonly description: string;
  readonly spec: ApplicationSpec;
  /** Field paths that people keep: `replicas`, `env.DEBUG`. */
  readonly ignore: readonly string[];
  readonly rollout: RolloutPolicy;
  /** Field paths whose value holds a secret: `env.DATABASE_URL`, `registry.password`, `basicAuth.ops`. */
  readonly secrets: ReadonlySet<string>;
  /** By field path. */
  readonly secretUses?: ReadonlyMap<string, SecretUse>;
  readonly place: Place;
  readonly hash: ServiceHash;
}

/** Twelve hex digits each. Two, because a changed domain must not look like a deploy that is owed. */
export interface ServiceHash {
  /** Of everything that only a deploy applies, project variables in use included. */
  readonly run: string;
  /** Of what Dokploy applies at once: domains, redirects, basic auth. */
  readonly live: string;
}

export interface RolloutPolicy {
  readonly timeoutMs: number;
  readonly stableForMs: number;
  readonly http: { readonly path: string; readonly status: number } | null;
  readonly onFailure: "keep" | "rollback";
  /** The workflow that builds its image: a new image waits for a green run of it. */
  readonly after: { readonly repository: string; readonly workflow: string } | null;
}

/** A whole application in canonical units. Observed applications are read into the same shape. */
export interface ApplicationSpec {
  readonly image: string;
  readonly registry: RegistryLogin | null;
  readonly command: string | null;
  readonly args: readonly string[];
  readonly replicas: number;
  readonly resources: { readonly limits: ResourceAmounts; readonly reservations: ResourceAmounts };
  /** Names on `dokploy-network`, sorted. */
  readonly aliases: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly healthcheck: Healthcheck | null;
  readonly restart: RestartPolicy | null;
  readonly update: UpdatePolicy | null;
  readonly placement: Placement | null;
  readonly mounts: readonly MountSpec[];
  readonly ports: readonly PortSpec[];
  readonly domains: readonly DomainSpec[];
  readonly redirects: readonly RedirectSpec[];
  readonly basicAuth: readonly BasicAuthSpec[];
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

/** A mistake in a manifest, told to a person. */
export interface Problem {
  readonly place: Place;
  readonly message: string;
  /** `did you mean …`, or what to do. */
  readonly hint: string | null;
  /** The stack that it belongs to, where that is known. */
  readonly stack: string | null;
}
