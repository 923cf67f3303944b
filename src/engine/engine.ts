// The engine as others see it: commands and servers hold one of these and know nothing below it.
import type { DesiredStack, Problem } from "../model/desired.ts";
import type { EventFilter, RunRecord } from "../model/history.ts";
import type { Hold } from "../model/hold.ts";
import type { SecretReport } from "../model/secret-report.ts";
import type { Event, StackStatus } from "../model/status.ts";
import type { PlatformInfo, SourceTree, TaskState } from "../ports.ts";
import type { Suspension } from "../ports-store.ts";
import type { LastDeploy } from "./requests/open-requests.ts";
import type { BuildStatus } from "./builds/builds.ts";
import type { Loaded } from "./state/desired-state.ts";
import type { Orphan } from "./removal/orphans.ts";
import type { PlanSet, ProposalPlan } from "./reader/plan-sets.ts";
import type { Job } from "./reader/jobs.ts";
import type { Preview } from "./reader/preview.ts";
import type { ReaderSettings } from "./reader/reader.ts";
import type { PassOptions } from "./run/run.ts";
import type { ServerProject } from "./state/server-projects.ts";
import type { StackFacts } from "./reader/stack-facts.ts";

/** What a start found and may touch. */
export interface Inventory {
  readonly platform: PlatformInfo;
  readonly projects: number;
  readonly ours: number;
  readonly revision: string;
  readonly stacks: number;
  /** Of several Dokploys: each that answered. Absent: there is one. */
  readonly dokploys?: readonly {
    readonly name: string;
    /** One line for people. */
    readonly title: string;
    readonly inventory: Inventory;
  }[];
  /** Why others did not, one line each. Absent: there is one. */
  readonly failures?: readonly string[];
}

/** How one of several Dokploys is. */
export interface DokployState {
  /** "": that of DOKPLOY_URL. */
  readonly name: string;
  /** One line for people. */
  readonly title: string;
  readonly ready: boolean;
  /** Why it, or its swarm, cannot be read; null: it can. */
  readonly error: string | null;
  /** Why this process does not write to it; null: it does. */
  readonly waitsFor: string | null;
  readonly lastListMs: number | null;
  readonly stacks: number;
}

export interface PassResult {
  readonly revision: string;
  readonly stacks: readonly StackStatus[];
  readonly problems: readonly Problem[];
  /** No problem, no failure, nothing waiting. */
  readonly ok: boolean;
}

export interface EngineState {
  readonly startedAtMs: number;
  /** Whether desired state and server have both been read at least once. */
  readonly ready: boolean;
  /** Why this process only waits, in words for people; null when it does not (W12). */
  readonly waitsFor: string | null;
  readonly revision: string | null;
  readonly sourceError: string | null;
  readonly platformError: string | null;
  /** Why the store cannot be written or read; null: it can. */
  readonly storeError: string | null;
  /** Dokploy answers, and its swarm cannot be read. */
  readonly swarmError: string | null;
  /** Which sources of secrets cannot be read now, one line each. */
  readonly secretErrors: readonly string[];
  readonly lastListMs: number | null;
  readonly activeDeployments: number;
  readonly queued: number;
  /** Of these: stacks whose run is due and has not begun, and how long the oldest of them has waited. */
  readonly due: { readonly count: number; readonly oldestMs: number };
  readonly running: number;
  readonly problems: readonly Problem[];
  /** Swarm services of Capstan's whose applications are gone, as of the last resync (O10). */
  readonly orphans: readonly Orphan[];
  /** Each of several Dokploys; absent: there is one. */
  readonly dokploys?: readonly DokployState[];
}

/** What one service printed, the newest last; redacted. */
export interface ServiceLog {
  /** Its key. */
  readonly service: string;
  readonly lines: readonly string[];
}

/** What docker says of the containers of one service, the newest first; bounded. */
export interface ServiceContainers {
  /** Its key. */
  readonly service: string;
  readonly containers: readonly TaskState[];
}

/** What runs of one service; null where the swarm cannot be believed. */
export interface RunningService {
  /** Its key. */
  readonly service: string;
  readonly appName: string;
  /** Another server of Dokploy, by its name; null, or absent: Dokploy's own host. */
  readonly server?: string | null;
  readonly running: number | null;
  readonly wanted: number | null;
  /** Of what is built from Git, the commit that was last rolled out, shortened; null: none, or it is not built. */
  readonly commit: string | null;
  /** Of an image whose tag is followed, the digest that was last rolled out, shortened; null, or absent: none. */
  readonly digest?: string | null;
}

/** Which stacks were asked for, and what they are compared with. */
export interface Reconciling {
  readonly revision: string;
  readonly stacks: readonly string[];
  /** Mistakes in manifests: of all, or of the stacks that were named. */
  readonly problems: readonly Problem[];
}

/**
 * What people ask of a running engine; `by` is who asks, in words for people, and is told in an event. All
 * throw `not-found` with a hint for a stack or service that is not known, `unavailable` before Git was read.
 */
export interface Operator {
  /** Queues a run that passes over closed sync windows until what Git says now is carried out. */
  reconcile(stack: string, by: string): void;
  /**
   * Looks for a new revision and queues a run of each stack that is named, or of all (null), within their sync
   * windows. Until `isBusy` says no of a stack its run has not ended. Throws as the source does.
   */
  reconcileAll(stacks: readonly string[] | null, by: string): Promise<Reconciling>;
  /** Whether a run of the stack is due or under way, or a rollout of it is followed. */
  isBusy(stack: string): boolean;
  /** Deploys a service, or all (null), again with no change in Git. The keys of those it concerns. */
  redeploy(stack: string, service: string | null, by: string): readonly string[];
  /** Nothing of the stack is written until somebody resumes it; a restart does not end that. */
  suspend(stack: string, by: string): void;
  /** False when no person had suspended it. What Git suspends stays suspended. */
  resume(stack: string, by: string): boolean;
  /** Of a person, not of Git. */
  suspension(stack: string): Suspension | null;
  /**
   * Lets exactly the removals go that wait under this digest; the stacks that they concern. Throws
   * `conflict` when none wait, or others.
   */
  approvePrune(digest: string, by: string): Promise<readonly string[]>;
  /** The removals that wait now, as of the last list; null when none do. */
  held(): Hold | null;
  /** The last lines of a service, or of each of the first ten. Throws as the platform does. */
  logs(stack: string, service: string | null, lines: number): Promise<readonly ServiceLog[]>;
  /** Of the first ten services. Throws as the platform does; empty while nothing is on the server. */
  containers(stack: string): Promise<readonly ServiceContainers[]>;
  /** What Dokploy does by the clock for the stack, with its newest runs. Asks the server. Throws as the platform does. */
  jobs(stack: string): Promise<readonly Job[]>;
  /** As last listed; empty before. */
  services(stack: string): readonly RunningService[];
  /** The newest deploy of each service and why it was done (H7), as far as it is remembered. */
  deploys(stack: string): readonly LastDeploy[];
}

export interface Engine extends Operator, StackFacts {
  /** Checks key, role and version, reads Git and the server once; throws with a hint. Writes nothing. */
  inventory(): Promise<Inventory>;
  /** What would change and why. Reads only. */
  plan(options?: { readonly stacks?: readonly string[] }): Promise<PlanSet>;
  /** What would change if the branch were as this tree. Reads only; nothing of it becomes desired. */
  proposal(tree: SourceTree, options: { readonly withSecrets: boolean }): Promise<ProposalPlan>;
  /** Converges once: every stack in turn, rollouts followed to their end. Ends early when `signal` aborts. */
  converge(options: PassOptions, signal?: AbortSignal): Promise<PassResult>;
  /**
   * Law W12: makes this process the one that writes with its state and to its server. Call it before anything is
   * read: what was read before is read anew. While another one does, it throws `conflict`, or, given `waiting`, waits
   * until that ends and says so; false when `signal` aborted, or `stop` was called, before. With `once` it waits only
   * to find out whether the holder of a lease is still alive, for one lease at most, and throws when it is.
   */
  lead(waiting?: {
    readonly signal: AbortSignal;
    readonly waits: (line: string) => void;
    readonly once?: true;
  }): Promise<boolean>;
  /**
   * Resolves, with why, when another process became the one that writes, and this one has stopped; or when this one
   * leads more of several servers than another process, and is to start anew so that that one gets some.
   */
  readonly lost: Promise<string>;
  /** Begins the loop, once this process leads: triggers and workers. Returns at once; failures are events, never exceptions. */
  start(): void;
  /** No new write starts; requests in flight end within 30 s. May be called twice. */
  stop(): Promise<void>;
  /** Queues a run, as a person or a hook asks. A name that is not known is ignored. */
  trigger(stack: string, reason: string): void;
  /** Looks for a new revision now instead of at the next poll. */
  poke(reason: string): void;
  /** Likewise; resolves when that is done, and never rejects: its state says what came of it. */
  catchUp(reason: string): Promise<void>;
  /**
   * Looks for new commits of a repository (`owner/name`) that services are built from, or for new images of one, now;
   * false: none follows it.
   */
  pushed(repository: string, kind?: "code" | "images"): boolean;
  /**
   * The newest runs of the workflows that build images (`rollout.after`, or the repository that an image's
   * address names): of all, or of one stack. Never rejects, and waits some seconds at most.
   */
  builds(stack?: string): Promise<readonly BuildStatus[]>;
  /** The host says that runs of its CI moved. */
  buildsChanged(): void;
  /** A pull request was changed on the Git host: one that proposes drift is looked at. */
  pullMoved(number: number): void;
  /**
   * What the stacks would be if the branch were as this tree. Asks nothing of the server and changes nothing.
   * Throws `unavailable` before Git was read.
   */
  preview(tree: SourceTree): Promise<Preview>;
  /** Which secrets there are and who uses them; names only. Throws as the source does, and before Git was read. */
  secrets(): Promise<SecretReport>;
  /** What Git asks for now; null before it was read. */
  loaded(): Loaded | null;
  /** All projects of the server as last listed, anybody's. */
  projects(): readonly ServerProject[];
  /** Volumes that removed stacks of this name left on the server; a new one gets them with what is in them. */
  leftVolumes(stack: string): readonly string[];
  state(): EngineState;
  stacks(): readonly StackStatus[];
  desired(): readonly DesiredStack[];
  /** The newest last; bounded. */
  events(): readonly Event[];
  /** What is recorded, the newest first, of earlier processes too. How runs ended is told where it was news. */
  recorded(limit: number, filter: EventFilter): readonly Event[];
  /** What was done, the newest first: of one stack, or of all (null); of earlier processes too. */
  runs(stack: string | null, limit: number): readonly RunRecord[];
  /** Calls `listener` for each new event; the returned function ends that. */
  onEvent(listener: (event: Event) => void): () => void;
  /** Likewise for those too that the process that leads recorded, while this one stands by. */
  onAnyEvent(listener: (event: Event) => void): () => void;
}

export interface EngineOptions extends ReaderSettings {
  readonly workers: number;
  /** Cron expression of the poll for new commits. */
  readonly pollSchedule: string;
  readonly resyncIntervalMs: number;
  readonly deepCheckIntervalMs: number;
  /** How often the branches and tags that services follow are asked for new commits and images. */
  readonly followIntervalMs: number;
  /** How often sources of secrets are looked at; how often each is asked, it knows itself. */
  readonly secretsLookMs: number;
}
