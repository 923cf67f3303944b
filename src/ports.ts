// The edge of Capstan as contracts. Adapters implement these; the engine knows nothing else of the
// world outside. Every method throws CapstanError only (see lib/errors for the codes).
import type { DesiredService } from "./model/desired.ts";
import type { Want } from "./model/marker.ts";
import type {
  DeploymentRow,
  DetailsRef,
  ServiceDetails,
  ObservedSnapshot,
  Running,
  ServiceKind,
  ServiceRef,
} from "./model/observed.ts";
import type { Child } from "./model/children.ts";
import type { NamedThing, ServerNames } from "./model/server-names.ts";
import type { GitSource } from "./model/specs.ts";

/** A commit, or one state of a local folder. */
export interface Revision {
  /** Commit hash, or the hash of a folder's content. */
  readonly id: string;
  /** For people: branch, subject of the commit, folder. */
  readonly title: string;
}

export interface SourceFile {
  /** Relative to the repository, with `/`. */
  readonly path: string;
  readonly content: Uint8Array;
  /** Names the content, where the source knows it: equal ids of one source mean equal bytes. */
  readonly id?: string;
}

/** A file that is there and cannot be used: too large, a symbolic link, unreadable. */
export interface UnreadableFile {
  readonly path: string;
  readonly reason: string;
  /** Known to be a plain file. Without it a whole folder of manifests may stand there (O5). */
  readonly plainFile?: true;
}

export interface SourceTree {
  readonly revision: Revision;
  /** All files below the stacks' path, sorted by path: manifests and the files that they mount; policies beside it too. */
  readonly files: readonly SourceFile[];
  readonly unreadable: readonly UnreadableFile[];
  /**
   * Of a local folder that is part of a repository: where the policies at its root are as seen from the folder, and
   * what of them is not among the files above. Read as policies and as nothing else.
   */
  readonly policies?: {
    readonly folder: string;
    readonly files: readonly SourceFile[];
    readonly unreadable: readonly UnreadableFile[];
  };
}

export interface Source {
  /** One line for people: what is read, without credentials. */
  readonly title: string;
  /**
   * The newest revision, cheaply (`ls-remote`). Throws `unavailable` when it cannot be told, `not-found`
   * when branch or folder are gone. May be called at any rate; never changes anything.
   */
  latest(): Promise<Revision>;
  /**
   * Everything of one revision. Throws like `latest`; a missing stacks' path is `not-found`. The first twelve
   * characters of an id will do where the revision is still known; the tree names the whole one.
   */
  read(revision: Revision): Promise<SourceTree>;
  /**
   * Revisions that were read and must stay readable although the branch leaves them, as far as the source
   * keeps a history; those of an earlier call may go. Never throws.
   */
  keep(ids: readonly string[]): Promise<void>;
  /** Calls `changed` when a new revision may exist; the returned function stops and waits. */
  watch(changed: () => void): Promise<() => Promise<void>>;
  /** Reads under way throw `cancelled`. May be called twice. */
  close(): Promise<void>;
}

export interface CommitInfo {
  /** Its whole id. */
  readonly sha: string;
  /** The first line of its message. */
  readonly title: string;
  readonly author: string;
  readonly atMs: number;
}

/** One commit of a branch, compared with the one before it there; a merge is one, with all that it brought. */
export interface BranchChange {
  readonly sha: string;
  /** Null for the first one. */
  readonly parent: string | null;
  /** Files that it made, changed or removed. */
  readonly paths: readonly string[];
}

/**
 * What Git tells of commits beyond the stacks of the branch, from the copy at hand: nothing is fetched, and
 * what is not there is left out. Throws `unavailable` when git itself does not work.
 */
export interface Commits {
  commits(ids: readonly string[]): Promise<ReadonlyMap<string, CommitInfo>>;
  /** The commits of the branch up to a revision that changed something below the stacks' folder, the newest first. */
  changes(revision: string, limit: number): Promise<readonly BranchChange[]>;
  /** The ids of the commits of the branch up to a revision, the newest first. */
  line(revision: string, limit: number): Promise<readonly string[]>;
  /** A file's text at a commit; null when there is none. */
  file(revision: string, path: string): Promise<string | null>;
}

export interface PlatformInfo {
  readonly version: string;
  /** Whether writes are allowed. */
  readonly supported: boolean;
  /** Why they are or are not, as a clause for people. */
  readonly verdict: string;
  /** Whether it is the version that the recordings were made with. */
  readonly isTried: boolean;
  readonly role: string;
}

export interface Created {
  readonly id: string;
  readonly createdAt: string;
}

/** What a list is to show beside its own. */
export interface ListMore {
  /** Names of servers: where there are any, the servers are listed too, and what runs on these. */
  readonly named: ReadonlySet<string>;
  /** Ids of servers whose swarm is read although none of the listed services may stand there. */
  readonly also: ReadonlySet<string>;
}

export interface QueueJob {
  readonly serviceId: string;
  readonly title: string;
  readonly state: "waiting" | "active";
}

/** `remote` has the servers of those that were asked for. */
export interface RolloutObservation extends Running {
  readonly takenAtMs: number;
  readonly queue: readonly QueueJob[];
  /** By service id, newest first; empty for a service that is gone, or whose deployments leave no row. */
  readonly rows: ReadonlyMap<string, readonly DeploymentRow[]>;
}

/** What docker says of one service that runs. */
export interface LiveService {
  /** The value of the label `capstan.want` in the container spec; null without one. */
  readonly want: string | null;
  /** swarm's `UpdateStatus.State`; null without one. */
  readonly updateState: string | null;
}

export interface TaskState {
  readonly state: string;
  /** Error text of a failed task, empty otherwise. */
  readonly error: string;
  /** Milliseconds since it entered its state, as far as docker's words tell. */
  readonly ageMs: number;
  readonly failed: boolean;
  /** The value of its own label `capstan.want`; null without one. Absent where nobody asked. */
  readonly want?: string | null;
  /** Which replica it is of, `web.1`; tasks of one replaced each other. Absent where that is not told. */
  readonly slot?: string;
}

/** What is written when a service is configured: one request. */
export interface Configuration {
  readonly desired: DesiredService;
  /** Null for a service that was just made. Its ignored fields, foreign labels and networks are kept. */
  readonly observed: ServiceDetails | null;
  readonly description: string;
  readonly want: Want;
}

/** Where the branches of repositories point that services are built from. */
export interface Branches {
  /**
   * The commits of these branches and tags, by their names; what the repository lacks is left out. Throws `unavailable`
   * when it cannot be reached, `unauthorised` or `forbidden` when it may not be read, `not-found` when there is none.
   */
  heads(source: GitSource, refs: readonly string[]): Promise<ReadonlyMap<string, string>>;
  /**
   * The files that differ between two commits, by their whole hashes: paths from the repository's root. Null when that
   * cannot be known: a commit is no longer there, or too many files differ. Throws like `heads`.
   */
  changed(source: GitSource, from: string, to: string): Promise<readonly string[] | null>;
}

/** The newest run of a schedule, a backup or a volume backup. */
export interface JobRun {
  readonly kind: "schedule" | "backup" | "volumeBackup";
  readonly name: string;
  readonly status: DeploymentRow["status"];
  /** When it began, as ISO text. */
  readonly at: string;
}

/**
 * A Dokploy server. Reads are retried inside; writes never are: a write whose answer was lost throws
 * `uncertain`, and the caller observes before it does anything else. All children of kinds domain,
 * redirect and basicAuth, and all deletions, go through one lane of one.
 */
export interface Platform {
  /** One line for people: the address. */
  readonly title: string;
  /**
   * Version, role and kind of the key, in one request. `withList`: the list is asked for in it as well, for the next
   * `list` that may be as old. Throws `unauthorised`, `forbidden`, `rate-limited` with a hint.
   */
  check(withList?: boolean): Promise<PlatformInfo>;
  /**
   * All projects, services and swarm services in one request, and in one more for each other server that Capstan's
   * services stand on. Never partial: it throws instead; only of a server that does not answer in time it knows nothing.
   * `sinceMs`: a list that a check asked for at that time or later will do, once.
   */
  list(sinceMs?: number, more?: ListMore): Promise<ObservedSnapshot>;
  /**
   * Whole configurations, in batches; null for one that is gone. Throws when one cannot be read; with
   * `unreadable`, that is called for it instead, and it throws only when of several none can be read.
   */
  details(
    services: readonly DetailsRef[],
    unreadable?: (serviceId: string) => void,
  ): Promise<ReadonlyMap<string, ServiceDetails | null>>;
  /** The names that people gave to things in Dokploy's settings, those that are asked for, in one request. */
  names(things: readonly NamedThing[]): Promise<ServerNames>;
  /** The commits of the branches of a repository that a Git provider of Dokploy's can read, by their names. */
  branches(provider: string, repository: string): Promise<ReadonlyMap<string, string>>;
  /** By service id, what of the services ran by the clock, each with its newest run. For people who look; nothing else asks. */
  lastRuns(services: readonly ServiceRef[]): Promise<ReadonlyMap<string, readonly JobRun[]>>;
  /** Ids of those services that exist, of any kind: each is asked for, as a list may lack it. Throws when one cannot be told. */
  existing(services: readonly ServiceRef[]): Promise<ReadonlySet<string>>;
  /** Asks for this project alone; false only when Dokploy itself says that there is none (R4). */
  hasProject(projectId: string): Promise<boolean>;
  /** How many services of any kind, also unknown ones, are in a project right now; 0 in one that is gone. */
  servicesIn(projectId: string): Promise<number>;

  createProject(input: {
    readonly name: string;
    readonly description: string;
    readonly variables: Readonly<Record<string, string>>;
  }): Promise<Created & { readonly environmentId: string }>;
  updateProject(
    projectId: string,
    input: {
      readonly name: string;
      readonly description: string;
      readonly variables: Readonly<Record<string, string>>;
    },
  ): Promise<void>;
  createEnvironment(projectId: string, name: string): Promise<Created>;
  /** As far as a new service needs it; `configureService` writes the rest. */
  createService(
    desired: DesiredService,
    input: {
      readonly environmentId: string;
      readonly description: string;
      /** Null, or absent: Dokploy's own host. No later call changes it. */
      readonly serverId?: string | null;
    },
  ): Promise<Created & { readonly appName: string }>;
  moveService(service: ServiceRef, environmentId: string): Promise<void>;
  configureService(serviceId: string, configuration: Configuration): Promise<void>;
  /** Throws `conflict`, and sends nothing, when it names a destination that Dokploy does not have, or has twice. */
  createChild(service: ServiceRef, child: Child): Promise<void>;
  updateChild(service: ServiceRef, childId: string, child: Child): Promise<void>;
  /** A child that is already gone is success. */
  deleteChild(childId: string, kind: Child["kind"]): Promise<void>;
  /** Several descriptions in one request (single ones where batches are refused). May be repeated. */
  writeDescriptions(
    descriptions: readonly {
      readonly kind: "project" | ServiceKind;
      readonly id: string;
      readonly description: string;
    }[],
  ): Promise<void>;
  /**
   * Puts a job into Dokploy's queue; of a kind that is deployed directly, it lasts until the image is there and the
   * swarm has the service (`timeoutMs` at most), and a deploy that failed throws `invalid` of kind `deploy-failed`.
   * Not idempotent: two calls are two deploys.
   */
  deploy(
    service: ServiceRef,
    words: { readonly title: string; readonly description: string },
    timeoutMs: number,
  ): Promise<void>;
  /** Nothing runs of it any more: its service on the swarm is scaled to none. May be repeated. */
  stopService(service: ServiceRef): Promise<void>;
  /** What is already gone is success, for the three of them. `volumes`: they go too, where Dokploy removes them. */
  deleteService(service: ServiceRef & { readonly volumes?: true }): Promise<void>;
  deleteEnvironment(environmentId: string): Promise<void>;
  deleteProject(projectId: string): Promise<void>;

  /**
   * Queue, swarm and deployment rows of those in flight, in one batch. `running`: of whose compose services the
   * containers are looked at too; absent, of the same ones.
   */
  observeRollouts(
    services: readonly ServiceRef[],
    running?: readonly ServiceRef[],
  ): Promise<RolloutObservation>;
  /** By the ids of `SwarmService`; one that is gone is absent. A compose service is what all of its parts are. */
  liveServices(swarmIds: readonly string[]): Promise<ReadonlyMap<string, LiveService>>;
  /** Of a service that the last list showed; of a compose service those of all its parts. */
  tasks(appName: string): Promise<readonly TaskState[]>;
  /**
   * The newest task of a service that runs once, with the attempt that it is of: as docker lists it, the one of an
   * earlier attempt until that of the newest is there. Null: there is none.
   */
  lastTask(appName: string): Promise<TaskState | null>;
  /** The last lines of a deployment's build log, or of what a service printed; redacted. */
  buildLog(deploymentId: string, lines: number): Promise<readonly string[]>;
  serviceLog(service: ServiceRef, lines: number): Promise<readonly string[]>;
  /** W12: what was not sent throws `cancelled`, and so do reads under way. Resolves when no write is. */
  stop(): Promise<void>;
  close(): Promise<void>;
}
