// Plans on pull requests (P2): one check and one comment each, updated in place, from the merge result.
// Deliveries say when to look and polling makes up for lost ones; nothing here writes to Dokploy.
import PQueue from "p-queue";
import type { Clock } from "../../lib/clock.ts";
import { backoffMs } from "../../lib/backoff.ts";
import type { BackoffPolicy } from "../../lib/backoff.ts";
import { describeError, isCapstanError, toCapstanError } from "../../lib/errors.ts";
import type { CheckReason } from "../../model/checks.ts";
import type { PullRequest } from "../../model/forge.ts";
import { shortRevision } from "../../plan/render/words.ts";
import type { CheckStore, Forge, Proposals } from "../../ports-forge.ts";
import type { Source } from "../../ports.ts";
import type { Engine } from "../engine.ts";
import type { Memory } from "../memory/memory.ts";
import { createEarlyApprovals } from "./early-approvals.ts";
import { commentCommand } from "./comment-commands.ts";
import type { CommentCommand } from "./comment-commands.ts";
import { maskedProposal } from "./masked-plan.ts";
import { createPlanComments } from "./plan-comments.ts";
import { createPullApprovals } from "./pull-approvals.ts";
import { emptyComment, pullPlan } from "./pull-comment.ts";
import { contextOf, stateOf } from "./words.ts";

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
  /** One line for people, in the log. */
  readonly note: (level: "info" | "warn", message: string) => void;
}

/** What was planned last, so that nothing is planned twice. */
interface Planned {
  readonly headSha: string;
  readonly base: string;
  /** What an approval of its removals goes by; null when none would wait. */
  readonly digest: string | null;
}

/** Asked for and not begun. */
interface Asked {
  /** Also when nothing changed. */
  readonly again: boolean;
  /** Somebody looks at it now: before those whose base moved. */
  readonly urgent: boolean;
}

interface Failed {
  readonly tries: number;
  /** Until then a sweep leaves it alone; a delivery or a person does not. */
  readonly dueAtMs: number;
  /** What the engine went by: with another revision it is tried at once. */
  readonly revision: string | null;
  readonly message: string;
}

/** A pull request that cannot be planned is not tried, and told of, at every sweep. */
const failedBackoff: BackoffPolicy = { firstMs: 60_000, maxMs: 15 * 60_000, jitter: 0 };
const mostEndings = 5;
/** The host lists no more. */
const mostListed = 200;
/** What more is said before that is done is dropped: anybody may comment. */
const mostCommands = 500;

export function createPullPlans(options: PullPlansOptions): PullPlans {
  const { forge, store, clock, redact } = options;
  const lane = new PQueue({ concurrency: 1 });
  const context = contextOf(options.instance, "plan");
  const planned = new Map<number, Planned>();
  const comments = createPlanComments(forge, options.instance);
  const early = createEarlyApprovals(options.memory);
  const approvals = createPullApprovals({
    ...{ forge, redact, engine: options.engine, early },
    digestOf: (number) => planned.get(number)?.digest ?? null,
  });
  const asked = new Map<number, Asked>();
  const failed = new Map<number, Failed>();
  let commands = 0;
  /** The head that is being planned now. */
  let underWay: string | null = null;
  let open: ReadonlySet<number> = new Set();
  let stopped = false;

  function tell(sha: string, reason: CheckReason, text: string): void {
    const before = store.checks(sha).find((row) => row.context === context);
    const [state, description] = [stateOf[reason], redact(text)];
    // That it is being planned once more is no news to those who read the plan.
    if (state === "pending" && before !== undefined) return;
    if (before?.state === state && before.description === description) return;
    const atMs = clock.now();
    const shared = { sha, context, stack: null, change: null, owed: true };
    store.saveChecks([{ ...shared, reason, state, description, atMs }]);
    options.owed();
  }

  /** Of a head that nobody will plan any more. */
  function endPending(sha: string, words: string): void {
    const row = store.checks(sha).find((one) => one.context === context);
    if (row?.state === "pending") tell(sha, "superseded", words);
  }

  async function close(pull: PullRequest): Promise<void> {
    planned.delete(pull.number);
    endPending(pull.headSha, "its pull request ended before it was planned");
    await approvals.ended(pull.number, pull.state === "merged");
    await comments.close(pull);
    failed.delete(pull.number);
  }

  async function plan(number: number, again: boolean): Promise<void> {
    const pull = await forge.pull(number);
    if (pull.baseBranch !== options.branch) {
      if (planned.has(number) || early.of(number) !== undefined) await close(pull);
      return;
    }
    if (pull.state !== "open") {
      await close(pull);
      return;
    }
    const { headSha } = pull;
    const newest = await options.source.latest();
    const before = planned.get(number);
    if (!again && before?.headSha === headSha && before.base === newest.id) return;
    if (before !== undefined && before.headSha !== headSha) {
      endPending(before.headSha, `superseded by ${shortRevision(headSha)}`);
    }
    underWay = headSha;
    tell(headSha, "queued", "planning this pull request");
    try {
      const proposal = await options.proposals.propose({ ref: pull.headRef, sha: headSha });
      const withSecrets = !pull.fromFork;
      const made = await options.engine.proposal(proposal.tree, { withSecrets });
      // Masking the words of somebody from outside would tell them which of their guesses is a secret.
      const mask = withSecrets ? redact : (text: string) => text;
      const result = maskedProposal(made, mask);
      const words = pullPlan(pull, result, {
        instance: options.instance,
        base: proposal.base.id,
        merged: proposal.merged,
      });
      tell(headSha, words.reason, words.description);
      if (words.comment !== null) await comments.write(number, mask(words.comment));
      else if (await comments.has(number)) {
        await comments.write(
          number,
          redact(emptyComment(options.instance, pull, proposal.base.id)),
        );
      }
      const digest = result.heldPrune?.digest ?? null;
      // Compared with another commit than it was merged onto, it shows what is not its own: planned once more.
      if (options.engine.state().revision === proposal.base.id) {
        planned.set(number, { headSha, base: proposal.base.id, digest });
        failed.delete(number);
      } else {
        planned.set(number, { headSha, base: "", digest });
        failLater(number, "");
      }
    } catch (error) {
      const known = toCapstanError(error);
      if (known.code === "cancelled") return;
      const moved = known.code === "not-found" ? await forge.pull(number) : pull;
      if (moved.headSha !== headSha) {
        tellSuperseded(headSha, moved.headSha);
        enqueue(number, { again, urgent: true });
        return;
      }
      tell(headSha, "failed", `no plan could be made: ${describeError(known)}`);
      throw known;
    } finally {
      underWay = null;
    }
  }

  /** Tried again by a later sweep; whether that is news. */
  function failLater(number: number, message: string): boolean {
    const before = failed.get(number);
    const tries = (before?.tries ?? 0) + 1;
    failed.set(number, {
      tries,
      dueAtMs: clock.now() + backoffMs(failedBackoff, tries, 0),
      revision: options.engine.state().revision,
      message,
    });
    return before?.message !== message;
  }

  function tellSuperseded(sha: string, by: string): void {
    tell(sha, "superseded", `superseded by ${shortRevision(by)}`);
  }

  function enqueue(number: number, how: Asked): void {
    if (stopped) return;
    const waits = asked.get(number);
    const urgent = how.urgent || waits?.urgent === true;
    asked.set(number, { again: how.again || waits?.again === true, urgent });
    if (waits?.urgent === urgent) return;
    const run = async (): Promise<void> => {
      const now = asked.get(number);
      // Done already, by a more urgent turn.
      if (now === undefined) return;
      asked.delete(number);
      if (stopped) return;
      try {
        await plan(number, now.again);
      } catch (error) {
        const message = describeError(error);
        if (failLater(number, message)) {
          options.note("warn", `pull request #${number}: ${message}`);
        }
      }
    };
    void lane.add(run, { priority: urgent ? 1 : 0 });
  }

  async function answer(number: number, author: string, command: CommentCommand): Promise<void> {
    if (author === (await comments.self())) return;
    if (!(await forge.mayWrite(author))) {
      options.note("warn", `${author} asked for ${command.name} on #${number} and may not write`);
      return;
    }
    if (command.name === "plan") {
      enqueue(number, { again: true, urgent: true });
      return;
    }
    await forge.addComment(number, redact(await approvals.approve(number, author, command.digest)));
  }

  function isPutOff(number: number): boolean {
    const last = failed.get(number);
    const isAsBefore = last?.revision === options.engine.state().revision;
    return isAsBefore && last.dueAtMs > clock.now();
  }

  /** Those that ended, and whose comment could not be told so. */
  function endAgain(now: ReadonlySet<number>): void {
    for (const [number, { tries }] of [...failed]) {
      if (now.has(number) || isPutOff(number)) continue;
      if (tries > mostEndings) failed.delete(number);
      else enqueue(number, { again: false, urgent: false });
    }
  }

  /** Checks that were begun, here or by an earlier process, for what is no open pull request's head any more. */
  function endForgotten(heads: ReadonlySet<string>): void {
    for (const row of store.pendingChecks()) {
      if (row.context !== context || heads.has(row.sha) || row.sha === underWay) continue;
      tell(
        row.sha,
        "superseded",
        "its pull request ended, or was pushed to, before it was planned",
      );
    }
  }

  return {
    look(number, again = false) {
      enqueue(number, { again, urgent: true });
    },
    async sweep() {
      if (stopped) return;
      try {
        const pulls = await forge.openPulls();
        const now = new Set(pulls.map(({ number }) => number));
        // Of an approval that an earlier process took, the pull request may have ended since.
        const earlier = early.pulls().filter((number) => !isPutOff(number));
        for (const number of new Set([...open, ...earlier])) {
          if (!now.has(number)) enqueue(number, { again: false, urgent: false });
        }
        endAgain(now);
        open = now;
        const newest = await options.source.latest();
        for (const { number, headSha, baseBranch } of pulls) {
          const before = planned.get(number);
          const isOurs = baseBranch === options.branch;
          const isSame = before?.headSha === headSha && before.base === newest.id;
          if (isOurs ? isSame : before === undefined) continue;
          if (isPutOff(number)) continue;
          enqueue(number, { again: false, urgent: false });
        }
        const ours = pulls.filter(({ baseBranch }) => baseBranch === options.branch);
        if (pulls.length < mostListed) endForgotten(new Set(ours.map(({ headSha }) => headSha)));
      } catch (error) {
        if (isCapstanError(error, "cancelled")) return;
        options.note("warn", `pull requests cannot be listed: ${describeError(error)}`);
      }
    },
    comment(number, author, body) {
      const command = commentCommand(body);
      if (stopped || command === null || commands >= mostCommands) return;
      commands += 1;
      const run = async (): Promise<void> => {
        commands -= 1;
        try {
          await answer(number, author, command);
        } catch (error) {
          options.note("warn", `a comment on #${number}: ${describeError(error)}`);
        }
      };
      // Somebody waits for the answer; there may be hundreds of pull requests before it.
      void lane.add(run, { priority: 2 });
    },
    async stop() {
      stopped = true;
      lane.clear();
      await lane.onIdle();
    },
    idle: () => lane.onIdle(),
  };
}
