// What survives a restart, as contracts: the store, and the lock of the state folder. Every method throws
// CapstanError only.
import type { BackoffRecord, EventFilter, RunRecord } from "./model/history.ts";
import type { ServiceKind } from "./model/observed.ts";
import type { Event } from "./model/status.ts";

/** A create that was sent and whose answer has not been seen (W3). */
export interface Intent {
  /** `project alice`, `app/web of alice`: unique per resource. */
  readonly resource: string;
  readonly atMs: number;
}

/** Something of a stack that is to be removed and is not known to be gone (O4). */
export interface Tombstone {
  /** Of the project, environment or service. */
  readonly id: string;
  readonly stack: string;
  readonly kind: "project" | "environment" | ServiceKind;
  /** The swarm service whose absence is looked for too; null where there is none. */
  readonly appName: string | null;
  /** Where that ran; null, or absent: on Dokploy's own host. */
  readonly serverId?: string | null;
  readonly reason: string;
  readonly sinceMs: number;
}

/** Whose a stack is, as what is left of it must not become another's unnoticed (O7). */
export interface StackOrigin {
  readonly stack: string;
  /** The project's name that its manifest asks for. */
  readonly project: string;
  /** The manifest's path in the repository. */
  readonly file: string;
  /** The id of the person who made it in the portal; null: nobody did; absent: that is not known. */
  readonly owner?: string | null;
  /** It left Git, and something of it is not known to be gone. */
  readonly hasLeft?: boolean;
}

/** That a person suspended a stack, beside what Git says. */
export interface Suspension {
  readonly stack: string;
  /** Who asked, in words for people. */
  readonly by: string;
  readonly sinceMs: number;
}

/** The revision at which all of a stack was last seen healthy (H4). */
export interface HealthyRevision {
  readonly stack: string;
  /** Its whole id. */
  readonly revision: string;
  /** Of what the stack asked for then: the same hash, the same stack. */
  readonly hash: string;
  /** What the last rollback left for it; null when none did since. */
  readonly left: {
    readonly revision: string;
    readonly hash: string;
    /** Why, without secrets. */
    readonly reason: string;
  } | null;
}

/** What the engine likes to find again after a restart; its meaning is the engine's. */
export interface Memo {
  readonly kind:
    | "pass"
    | "redeploy"
    | "approval"
    | "fight"
    | "cause"
    | "volumes"
    | "notice"
    | "api"
    | "given-up"
    | "drift"
    | "proposal"
    | "image-pull"
    | "image-update"
    | "deploy"
    | "record"
    | "status"
    | "preview";
  /** Empty for what concerns no one stack. */
  readonly stack: string;
  /** Unique within kind and stack. */
  readonly key: string;
  /** Without secrets. */
  readonly text: string;
  readonly atMs: number;
}

/** What users of a store that several processes may share ask beside their own rows. A file answers at once. */
export interface Kept {
  /**
   * Resolves when all that was saved before is kept, and this process is still the one that writes. Throws
   * `unavailable` when it cannot be kept now, and `conflict` when another process became the one that writes.
   */
  written(): Promise<void>;
}

/** What several processes have in common is read here as it was a moment ago. */
export interface Followed {
  /** Resolves when what others wrote until now is read here too, and soon in any case. Never rejects. */
  caughtUp(): Promise<void>;
}

/** What survives a restart. It may be deleted at any time without harm. */
export interface Store extends Kept, Followed {
  /** Whether other processes may have it too, on whatever machine. */
  readonly isShared: boolean;
  /**
   * W12: from now on this process writes, and none that did before. What it reads is as the last one left it.
   * Until then nothing of the engine's is kept. Throws `unavailable` when that cannot be.
   */
  lead(): Promise<void>;
  /** Call when nothing is written any more: keeps what is left. Never rejects, and takes some seconds at most. */
  handOver(): Promise<void>;
  /** Calls `lost`, with why, when another process began to write after this one did. One listener. */
  onLost(lost: (why: string) => void): void;
  /**
   * Calls `listener` after others changed something, or left what they had recorded; the returned function ends that.
   */
  onChanged(listener: () => void): () => void;
  /** Why it cannot be written or read now, in words for people; null: it can. */
  trouble(): string | null;
  /** Written before the request of a create goes out. */
  saveIntent(intent: Intent): void;
  removeIntent(resource: string): void;
  intents(): readonly Intent[];
  /** Ids of projects that carried our marker when last seen: recognises a marker lost by hand (O1). */
  saveKnownProject(stack: string, projectId: string): void;
  removeKnownProject(stack: string): void;
  knownProjects(): ReadonlyMap<string, string>;
  /** Written, all or none, before the first of them is deleted; one that is there stays as it is. */
  saveTombstones(tombstones: readonly Tombstone[]): void;
  removeTombstones(ids: readonly string[]): void;
  tombstones(): readonly Tombstone[];
  saveStackOrigin(origin: StackOrigin): void;
  removeStackOrigin(stack: string): void;
  stackOrigins(): ReadonlyMap<string, StackOrigin>;
  /** Replaces what was saved for the stack. */
  saveSuspension(suspension: Suspension): void;
  removeSuspension(stack: string): void;
  suspensions(): readonly Suspension[];
  /** Replaces what was saved for the stack. */
  saveHealthyRevision(healthy: HealthyRevision): void;
  removeHealthyRevision(stack: string): void;
  healthyRevisions(): ReadonlyMap<string, HealthyRevision>;
  /** Replaces the one of the same kind, stack and key. These three never throw, and are bounded. */
  saveMemo(memo: Memo): void;
  removeMemo(kind: Memo["kind"], stack: string, key: string): void;
  /** The oldest first. */
  memos(): readonly Memo[];

  /**
   * History and backoffs. What is recorded or saved is written soon, many at once, and lost when the process
   * is killed before; these four never throw: what cannot be written is told to the log and dropped.
   * The number of rows and their age are bounded: the oldest go first.
   */
  recordRun(run: RunRecord): void;
  recordEvent(event: Event): void;
  /** Replaces what was saved for the stack. */
  saveBackoff(backoff: BackoffRecord): void;
  /** Nothing happens for a stack without one. */
  removeBackoff(stack: string): void;
  /** The newest first, with what was recorded a moment ago; of one stack, or of all (null). */
  runs(stack: string | null, limit: number): readonly RunRecord[];
  /** The newest first. */
  events(limit: number, filter?: EventFilter): readonly Event[];
  /** Sorted by stack. */
  backoffs(): readonly BackoffRecord[];
  close(): void;
}

/** What a process that stands by hands to the one that leads. */
export interface Orders {
  /**
   * Resolves to what the process that leads answers. Throws `unavailable` when nobody took it, so that nothing was done,
   * and `uncertain` when somebody did and has not answered.
   */
  hand(kind: "api", body: string): Promise<string>;
  /** For whoever leads now or next; nobody answers. Throws `unavailable` when it cannot be kept. */
  leave(kind: "delivery" | "image", body: string): Promise<void>;
  /** This process carries out what is handed over, whenever it leads. `work` must not throw. */
  serve(work: (kind: string, body: string) => Promise<string>): void;
}

/** That one process alone writes with this state (W12). It ends with its process, however that ends. */
export interface Lock {
  /**
   * Null: it is ours, until `release`. Otherwise who has it, in words for people. Never waits. Called again
   * while it is ours it tells whether it still is, as the state may have been deleted and taken by another.
   * Throws when it cannot be told.
   */
  take(): string | null;
  /** May be called twice, and without holding it. */
  release(): void;
}
