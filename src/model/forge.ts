// What Capstan says to a Git host and hears from it, in words of its own: checks of commits, pull requests,
// deliveries of webhooks, runs of the host's CI. What each host calls these is its adapter's matter.

export const forgeKinds = ["gitea", "forgejo", "github", "gitlab"] as const;
export type ForgeKind = (typeof forgeKinds)[number];

/**
 * `attention`: it ended for now, and a person has to act (an approval, a conflict). `neutral`: it ended with
 * nothing done and nothing wrong (superseded, suspended, outside its window). No check stays `pending`.
 */
export type CheckState = "pending" | "success" | "failure" | "attention" | "neutral";

/** One status of a commit. A host shows the newest of a context. */
export interface Check {
  /** The whole id of the commit. */
  readonly sha: string;
  readonly context: string;
  readonly state: CheckState;
  /** One line without secrets; cut by the adapter to what its host takes. */
  readonly description: string;
  /** Where more is told; null when Capstan has no address that people can open. */
  readonly url: string | null;
}

export interface PullRequest {
  readonly number: number;
  readonly title: string;
  /** Its page. */
  readonly url: string;
  readonly state: "open" | "merged" | "closed";
  readonly headSha: string;
  /** What to fetch from the repository itself for the head, forks included: `refs/pull/7/head`. */
  readonly headRef: string;
  /** The branch that its commits are on; in the fork where it comes from one. */
  readonly headBranch: string;
  readonly baseBranch: string;
  /** Whether its head is in another repository: no secret is read for it. */
  readonly fromFork: boolean;
  readonly author: string;
  /** By their names; absent: none. */
  readonly labels?: readonly string[];
}

export interface PullComment {
  readonly id: string;
  readonly author: string;
  readonly body: string;
}

/** What a delivery says happened. */
export type ForgeEvent =
  | {
      readonly type: "push";
      /** Null for a tag. */
      readonly branch: string | null;
      /** The newest commit; null when the branch was deleted. */
      readonly after: string | null;
      /**
       * What its commits touched; null when the delivery does not list all of it. Gitea and GitLab do not say
       * when history was rewritten, and what went with it: to be quick by, not to be right by.
       */
      readonly paths: readonly string[] | null;
    }
  | {
      readonly type: "pull";
      readonly action: "opened" | "updated" | "closed";
      readonly number: number;
      readonly baseBranch: string;
    }
  | {
      readonly type: "comment";
      /** Of the pull request. */
      readonly number: number;
      readonly author: string;
      readonly body: string;
    }
  /** A run of the host's CI began, went on or ended. */
  | { readonly type: "run" }
  /** A new version of an image on the host's own registry: `owner/name`, as addresses there have it. */
  | { readonly type: "image"; readonly image: string }
  /** Said and not meant for Capstan: another kind of event. */
  | { readonly type: "other"; readonly name: string };

export interface Delivery {
  /** The host's id of it, against replay; null where it sends none. */
  readonly id: string | null;
  /** `owner/name` as the delivery says; null when it names none. */
  readonly repository: string | null;
  readonly event: ForgeEvent;
}

export type RunState = "waiting" | "running" | "success" | "failure" | "cancelled" | "skipped";

/** A run of a workflow of the host's CI (Actions, pipelines). */
export interface WorkflowRun {
  readonly id: string;
  readonly number: number;
  readonly title: string;
  /** File or name of the workflow: `build.yaml`. */
  readonly workflow: string;
  readonly branch: string | null;
  readonly headSha: string;
  readonly state: RunState;
  readonly url: string;
  /** Milliseconds since 1970; null when it has not begun. */
  readonly startedAtMs: number | null;
}

/** Files to commit in one go; a content of null removes the file. */
export interface FileChange {
  readonly path: string;
  readonly content: string | null;
  /**
   * What the file holds where the change was made from; null: it does not exist there. A branch that has it
   * otherwise refuses the commit with `conflict`. Absent: whatever it holds is replaced.
   */
  readonly was?: string | null;
}

export interface CommitRequest {
  /** The branch that gets the commit. */
  readonly branch: string;
  /** Given: `branch` is new and begins at the newest commit of this one. */
  readonly from: string | null;
  readonly message: string;
  /** Who asked; the committer is Capstan's own account. */
  readonly author: { readonly name: string; readonly email: string };
  readonly files: readonly FileChange[];
}
