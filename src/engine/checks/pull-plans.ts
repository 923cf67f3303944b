// Plans on pull requests (P2): one check and one comment each, updated in place, from the merge result.
// Deliveries say when to look and polling makes up for lost ones; nothing here writes to Dokploy.
import type { Clock } from "../../lib/clock.ts";
import { describeError, isCapstanError } from "../../lib/errors.ts";
import type { CheckStore, Forge, Proposals } from "../../ports-forge.ts";
import type { Source } from "../../ports.ts";
import type { Engine } from "../engine.ts";
import type { Memory } from "../memory/memory.ts";
import { commentCommand } from "./comment-commands.ts";
import type { CommentCommand } from "./comment-commands.ts";
import { createEarlyApprovals } from "./early-approvals.ts";
import { createFailedPulls } from "./failed-pulls.ts";
import { createPlanChecks } from "./plan-checks.ts";
import { createPlanComments } from "./plan-comments.ts";
import { planWords } from "./pull-comment.ts";
import { createPullApprovals } from "./pull-approvals.ts";
import { obey } from "./pull-commands.ts";
import type { PullCommandsOptions } from "./pull-commands.ts";
import { createPullLane } from "./pull-lane.ts";
import { previewCommands } from "./preview-commands.ts";
import type { PreviewCommandsOptions } from "./preview-commands.ts";
import { createPullPlanner } from "./pull-planner.ts";
import type { PullPreviews } from "./pull-previews.ts";

export interface PullPlans {
  /** It may have changed, or somebody asks for its plan anew (`again`). May be called at any rate. */
  look(number: number, again?: boolean): void;
  /** Plans what is open and was not planned as it is now. Never throws. */
  sweep(): Promise<void>;
  /** Somebody said something on a pull request: what is a command is obeyed, where they may write. */
  comment(number: number, author: string, body: string): void;
  /** Resolves when nothing is under way any more; what waits is dropped, as the next sweep finds it. */
  stop(): Promise<void>;
  /** Resolves when all that was asked for is done. */
  idle(): Promise<void>;
}

export interface PullPlansOptions {
  readonly instance: string;
  readonly branch: string;
  readonly forge: Forge;
  readonly proposals: Proposals;
  readonly source: Pick<Source, "latest">;
  readonly engine: Pick<Engine, "proposal" | "approvePrune" | "catchUp" | "state">;
  readonly store: CheckStore;
  /** What was approved before a merge is kept here. */
  readonly memory: Memory;
  readonly clock: Clock;
  readonly redact: (text: string) => string;
  readonly owed: () => void;
  /** Absent: pull requests have none. */
  readonly previews?: PullPreviews;
  /** One line for people, in the log. */
  readonly note: (level: "info" | "warn", message: string) => void;
}

/** The host lists no more. */
const mostListed = 200;

type Obeying = PreviewCommandsOptions &
  Pick<PullCommandsOptions, "forge" | "comments" | "approvals" | "redact"> &
  Pick<PullPlansOptions, "note">;

/** What a comment asks for is done, or why it is not stands in the log. */
async function obeyed(
  said: { readonly number: number; readonly author: string },
  command: CommentCommand,
  options: Obeying,
): Promise<void> {
  const { note, lane } = options;
  try {
    await obey(said, command, {
      ...options,
      ...previewCommands(options),
      planAgain: (one) => {
        lane.ask(one, { again: true, urgent: true });
      },
      refused: (message) => {
        note("warn", message);
      },
    });
  } catch (error) {
    note("warn", `a comment on #${said.number}: ${describeError(error)}`);
  }
}

export function createPullPlans(options: PullPlansOptions): PullPlans {
  const { forge, engine, redact, note, previews } = options;
  const checks = createPlanChecks(options);
  const comments = createPlanComments(forge, options.instance, planWords);
  const early = createEarlyApprovals(options.memory);
  const digestOf = (number: number): string | null => planner.digestOf(number);
  const approvals = createPullApprovals({ forge, redact, engine, early, digestOf });
  const planner = createPullPlanner({ ...options, checks, comments, approvals, early });
  const failed = createFailedPulls(options.clock, () => engine.state().revision);
  const lane = createPullLane(look);
  const obeying: Obeying = { ...options, comments, approvals, planner, lane };
  let open: ReadonlySet<number> = new Set();

  async function look(number: number, again: boolean): Promise<void> {
    try {
      const result = await planner.look(number, again);
      if (result !== "moved") await previews?.looked(number);
      if (result === "done") failed.done(number);
      if (result === "stale") failed.putOff(number, "");
      if (result === "moved") lane.ask(number, { again, urgent: true });
    } catch (error) {
      const message = describeError(error);
      if (failed.putOff(number, message)) note("warn", `pull request #${number}: ${message}`);
    }
  }

  /** Nobody waits for it. */
  function lookSometime(number: number): void {
    lane.ask(number, { again: false, urgent: false });
  }

  /** `now`: those that are open. What was open, or failed to be closed, and what was approved of it, ends. */
  function lookAtEnded(now: ReadonlySet<number>): void {
    // Of an approval that an earlier process took, the pull request may have ended since.
    const earlier = [...early.pulls(), ...(previews?.pulls() ?? [])].filter(
      (number) => !failed.isPutOff(number),
    );
    for (const number of new Set([...open, ...earlier])) {
      if (!now.has(number)) lookSometime(number);
    }
    for (const number of failed.endings(now)) lookSometime(number);
  }

  async function sweep(): Promise<void> {
    const pulls = await forge.openPulls();
    const now = new Set(pulls.map(({ number }) => number));
    const ours = pulls.filter(({ baseBranch }) => baseBranch === options.branch);
    previews?.listed(new Set(ours.map(({ number }) => number)), pulls.length < mostListed);
    lookAtEnded(now);
    open = now;
    const newest = await options.source.latest();
    for (const pull of pulls) {
      if (planner.isDone(pull, newest.id) || failed.isPutOff(pull.number)) continue;
      lookSometime(pull.number);
    }
    if (pulls.length >= mostListed) return;
    const heads = ours.map(({ headSha }) => headSha);
    checks.endAllBut(new Set([...heads, planner.underWay() ?? ""]));
  }

  return {
    look(number, again = false) {
      lane.ask(number, { again, urgent: true });
    },

    async sweep() {
      if (lane.isStopped()) return;
      try {
        await sweep();
      } catch (error) {
        if (isCapstanError(error, "cancelled")) return;
        note("warn", `pull requests cannot be listed: ${describeError(error)}`);
      }
    },

    comment(number, author, body) {
      const command = commentCommand(body);
      if (command !== null) lane.answer(() => obeyed({ number, author }, command, obeying));
    },

    stop: () => lane.stop(),
    idle: () => lane.idle(),
  };
}
