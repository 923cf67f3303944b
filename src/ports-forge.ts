// The edge towards Git hosts as contracts: checks, pull requests, webhooks, commits. Every method throws
// CapstanError only (see lib/errors for the codes).
import type {
  Check,
  CommitRequest,
  Delivery,
  ForgeKind,
  PullComment,
  PullRequest,
  WorkflowRun,
} from "./model/forge.ts";
import type { CheckRow } from "./model/checks.ts";
import type { Revision, SourceTree } from "./ports.ts";
import type { Kept } from "./ports-store.ts";

/** What is changed of a pull request. */
export type PullChange =
  { readonly title: string; readonly body: string } | { readonly state: "closed" };

/** A pull request's tree, as it would be after its merge. */
export interface Proposal {
  readonly tree: SourceTree;
  /** The newest commit of the branch, onto which it was merged. */
  readonly base: Revision;
  /** False: it conflicts with the branch, and the tree is that of its head alone. */
  readonly merged: boolean;
  /** What it changes of the repository against where it left the branch, sorted; the stacks' path or not. */
  readonly changedPaths: readonly string[];
}

/** What a repository can tell beside its branch. */
export interface Proposals {
  /**
   * A pull request as its merge would be; nothing of it becomes desired. `ref` is what to fetch, `sha` the
   * commit that it must be. Throws like `Source.read`; `not-found` when the ref names another commit by now.
   */
  propose(head: { readonly ref: string; readonly sha: string }): Promise<Proposal>;
}

/** Commits files, through a host's API or through git push. */
export interface Committer {
  /**
   * One commit with all of them; its id. A branch that moved in between is tried again a few times. Nothing to
   * change is no commit: the id of what is there. Throws `conflict` when `branch` exists although `from` is
   * given, `forbidden` with a hint, `uncertain` when the answer was lost.
   */
  commit(request: CommitRequest): Promise<string>;
}

/**
 * A Git host, one repository on it. Reads are retried inside, writes are not; all that is listed is bounded.
 * Throws `rate-limited` with the time to wait, `unauthorised`, `forbidden`, `not-found`, `invalid`,
 * `unavailable` with a hint.
 */
export interface Forge extends Committer {
  readonly kind: ForgeKind;
  /** One line for people: the host and the repository. */
  readonly title: string;
  /** The login behind the token. */
  self(): Promise<string>;
  /**
   * May be repeated. Throws `not-found` for a commit that the host does not know (yet), and `invalid` when it
   * will never take it.
   */
  setCheck(check: Check): Promise<void>;
  /** Whether the newest that the host has under its name says the same already. */
  hasCheck(check: Check): Promise<boolean>;
  /** The newest first, 200 at most. */
  openPulls(): Promise<readonly PullRequest[]>;
  pull(number: number): Promise<PullRequest>;
  /** The oldest first, 500 at most. */
  comments(number: number): Promise<readonly PullComment[]>;
  /** Its id. */
  addComment(number: number, body: string): Promise<string>;
  /** `not-found` when somebody deleted it. */
  editComment(number: number, id: string, body: string): Promise<void>;
  /** Whether this login may push to the repository; false for one that is not known. */
  mayWrite(login: string): Promise<boolean>;
  /** Throws `conflict` when there is one already for that branch. */
  openPull(request: {
    readonly title: string;
    readonly body: string;
    readonly head: string;
    readonly base: string;
  }): Promise<PullRequest>;
  /** Changes its title and text, or closes it without a merge; one that is closed stays so. */
  changePull(number: number, change: PullChange): Promise<void>;
  /** The newest first. `repository` is `owner/name` on the same host; `unsupported` where the host has none. */
  runs(query: {
    readonly repository: string;
    /** The file's name or path, or the workflow's name; any when absent. */
    readonly workflow?: string;
    readonly limit: number;
  }): Promise<readonly WorkflowRun[]>;
}

/** Reads a webhook's delivery. Pure: neither clock nor network. */
export interface WebhookReader {
  /**
   * Throws `unauthorised` when the signature is wrong, empty or missing, before the body is looked into;
   * `invalid` when the body is not what the host sends.
   */
  read(
    host: ForgeKind,
    headers: Readonly<Record<string, string | undefined>>,
    body: Uint8Array,
    nowMs: number,
  ): Delivery;
}

/** A check that the host has still to be told; another version is other news. */
export interface OwedCheck extends CheckRow {
  readonly version: number;
}

/** What was said of commits, and what the host has still to be told. Bounded: the oldest commits go first. */
export interface CheckStore extends Kept {
  /** All or none; each replaces what was saved for its commit and context. What is owed stays so until it is told. */
  saveChecks(rows: readonly CheckRow[]): void;
  /** Of one commit, sorted by context. */
  checks(sha: string): readonly CheckRow[];
  /** The ids of the newest commits of the branch, as they were first seen, the newest first. */
  newestCommits(limit: number): readonly string[];
  /** Of all commits. */
  pendingChecks(): readonly CheckRow[];
  /** Those that are owed to the host, the oldest first. */
  owedChecks(limit: number): readonly OwedCheck[];
  /** How many there are of those. */
  owedCount(): number;
  /** The host was told this one; nothing happens when there are newer news. */
  checkTold(check: OwedCheck): void;
}
