// What Git asks for, after templates, overlays, references and defaults: plain data in canonical units.
// Strings are final (secrets included); which of them hold a secret stands beside them in `secrets`.
import type { TagPolicy } from "./newest-tag.ts";
import type { RolloutJob } from "./rollout-job.ts";
import type { Configured } from "./specs.ts";

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
    /** What people change in Dokploy becomes a pull request; absent: it is corrected, or left (`selfHeal: false`). */
    readonly drift?: "propose";
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
  /** Absent: its pull requests get no previews. */
  readonly preview?: PreviewSpec;
}

/** What a stack says of its previews, beside what is merged over its services for them. */
export interface PreviewSpec {
  readonly label: string;
  readonly ttlMs: number;
  readonly limit: number;
  /** From the names that the stack says to the names that are read for a preview. */
  readonly secrets: Readonly<Record<string, string>>;
}

export type DesiredService = DesiredServiceBase & Configured;

interface DesiredServiceBase {
  /** `app/web` in production, `app/web@staging` elsewhere: the identity in the marker. */
  readonly key: string;
  readonly environment: string;
  readonly name: string;
  /** What Dokploy is asked to call it; Dokploy appends `-` and six characters. */
  readonly appName: string;
  readonly description: string;
  /** The name of another server of Dokploy; absent: its own host. No hash covers it: a change of it is a replacement. */
  readonly server?: string;
  /** The unowned service that it takes over, by name or id; absent: the one of its own name. No hash covers it. */
  readonly adopts?: string;
  /** What becomes of it on the server when it leaves Git; a stack's `retain` goes before. */
  readonly deletionPolicy: "delete" | "retain";
  /** A person accepted that a change of it may lose data. */
  readonly allowDataLoss: boolean;
  /** Field paths that people keep: `replicas`, `env.DEBUG`. */
  readonly ignore: readonly string[];
  readonly rollout: RolloutPolicy;
  /** New commits of its branch are deployed; false or absent: only a change of the manifest builds. */
  readonly follows?: boolean;
  /** Patterns as in a .gitignore: which files' changes make a new commit count; absent: any. */
  readonly watchPaths?: readonly string[];
  /** What becomes of newer images of it; absent: nothing. No hash covers it, nor what it finds. */
  readonly imagePolicy?: ImagePolicy;
  /** Keys of the stack's services that must run before it is deployed, sorted; a job must have ended well. */
  readonly after: readonly string[];
  /** Of a service that is a job before the rollout of another one. */
  readonly job?: RolloutJob;
  /** Field paths whose value holds a secret: `env.DATABASE_URL`, `registry.password`, `basicAuth.ops`. */
  readonly secrets: ReadonlySet<string>;
  /** By field path. */
  readonly secretUses?: ReadonlyMap<string, SecretUse>;
  /** What its domains say of their DNS records, a host once; absent: nothing. No hash covers it: it is not Dokploy's. */
  readonly dns?: readonly DomainDns[];
  readonly place: Place;
  /** Where names stand that only a server can judge, by field path: `backups.nightly.destination`. */
  readonly namePlaces?: ReadonlyMap<string, Place>;
  readonly hash: ServiceHash;
}

/**
 * `digest`: what its image's tag points to is rolled out whenever it moves. The others: newer tags are proposed in Git.
 */
export type ImagePolicy =
  { readonly follow: "digest" } | (TagPolicy & { readonly propose: "pull-request" | "commit" });

/** What a manifest says of the DNS record of a host. */
export interface DomainDns {
  /** In lower case. */
  readonly host: string;
  /** False: nobody keeps one, whatever DNS_MANAGED says. */
  readonly managed: boolean;
  /** An IP address in its usual form; null: TRAEFIK_IP. */
  readonly target: string | null;
  /** Seconds. */
  readonly ttl: number;
}

/** Twelve hex digits each. Two, because a changed domain must not look like a deploy that is owed. */
export interface ServiceHash {
  /** Of everything that only a deploy applies, project variables in use included. */
  readonly run: string;
  /** Of what Dokploy applies at once: domains, redirects, basic auth, schedules, backups. */
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

/** What of a policy does not allow something, and where it says so. */
export interface PolicyRule {
  readonly name: string;
  readonly place: Place;
  /** The name under `allow`: `images`, `adopt`, `memory`; `unread`: nobody can tell what it allows. */
  readonly rule: string;
}

/** A mistake in a manifest, told to a person. */
export interface Problem {
  readonly place: Place;
  readonly message: string;
  /** `did you mean …`, or what to do. */
  readonly hint: string | null;
  /** The stack that it belongs to, where that is known. */
  readonly stack: string | null;
  /** The policy that does not allow it; absent: it is a mistake. */
  readonly policy?: PolicyRule;
  /** The name on the common network that two services claim; absent: it is about something else. */
  readonly network?: string;
  /** No mistake of the manifest's: a source of secrets cannot be read (P11). */
  readonly outage?: true;
}

/** A secret that a stack asked for while it was loaded. */
export interface SecretAsk {
  /** In its one spelling. */
  readonly name: string;
  readonly stack: string;
  /** Of the stack's manifest. */
  readonly file: string;
  /** Why it did not get it; null: it did. */
  readonly failed:
    null | "missing" | "outage" | { readonly message: string; readonly hint: string | null };
}
