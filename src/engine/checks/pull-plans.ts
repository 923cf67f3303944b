// Plans on pull requests (P2): one check and one comment each, updated in place, from the merge result.
// Deliveries say when to look and polling makes up for lost ones; nothing here writes to Dokploy.
import PQueue from "p-queue";
import type { Clock } from "../../lib/clock.ts";
import { CapstanError, describeError, isCapstanError, toCapstanError } from "../../lib/errors.ts";
import type { CheckReason } from "../../model/checks.ts";
import type { PullRequest } from "../../model/forge.ts";
import type { CheckStore, Forge, Proposals } from "../../ports-forge.ts";
import type { Source } from "../../ports.ts";
import type { Engine } from "../engine.ts";
import { commentCommand } from "./comment-commands.ts";
import { closedComment, commentMarker, pullPlan } from "./pull-comment.ts";
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
  readonly engine: Pick<Engine, "proposal" | "approvePrune" | "catchUp">;
  readonly store: CheckStore;
  readonly clock: Clock;
  readonly redact: (text: string) => string;
  readonly owed: () => void;
  /** One line for people, for events and the log. */
  readonly note: (level: "info" | "warn", message: string) => void;
}

/** What was planned last, so that nothing is planned twice. */
interface Planned {
  readonly headSha: string;
  readonly base: string;
  /** Why its removals will wait after the merge; null when they will not. */
  readonly heldPrune: string | null;
}

export function createPullPlans(options: PullPlansOptions): PullPlans {
  const { forge, store, clock, redact } = options;
  const lane = new PQueue({ concurrency: 1 });
  const context = contextOf(options.instance, "plan");
  const planned = new Map<number, Planned>();
  const commentIds = new Map<number, string>();
  /** By pull request: what was approved before the merge, and by whom. A restart forgets it, and removals wait. */
  const ahead = new Map<number, { readonly digest: string; readonly author: string }>();
  /** Asked for and not begun; true: also when nothing changed. */
  const asked = new Map<number, boolean>();
  let open: ReadonlySet<number> = new Set();
  let login: string | null = null;
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

  async function ownComment(number: number): Promise<{ id: string; body: string } | null> {
    login ??= await forge.self();
    const comments = await forge.comments(number);
    const own = comments.find(
      ({ author, body }) => author === login && commentMarker(body)?.instance === options.instance,
    );
    return own ?? null;
  }

  async function writeComment(number: number, body: string): Promise<void> {
    const own = await ownComment(number);
    if (own !== null) {
      commentIds.set(number, own.id);
      if (own.body.trim() === body.trim()) return;
      try {
        await forge.editComment(number, own.id, body);
        return;
      } catch (error) {
        if (!isCapstanError(error, "not-found")) throw error;
      }
    }
    commentIds.set(number, await forge.addComment(number, body));
  }

  async function close(pull: PullRequest): Promise<void> {
    planned.delete(pull.number);
    const approval = ahead.get(pull.number);
    ahead.delete(pull.number);
    if (approval !== undefined && pull.state === "merged") {
      await options.engine.catchUp("merged");
      const { author, digest } = approval;
      await forge.addComment(pull.number, redact(await approve(pull.number, author, digest)));
    }
    const own = await ownComment(pull.number);
    commentIds.delete(pull.number);
    if (own === null) return;
    const body = closedComment(own.body, pull);
    if (body !== own.body) await forge.editComment(pull.number, own.id, body);
  }

  async function plan(number: number, again: boolean): Promise<void> {
    const pull = await forge.pull(number);
    if (pull.baseBranch !== options.branch) return;
    if (pull.state !== "open") {
      await close(pull);
      return;
    }
    const { headSha } = pull;
    const newest = await options.source.latest();
    const before = planned.get(number);
    if (!again && before?.headSha === headSha && before.base === newest.id) return;
    if (before !== undefined && before.headSha !== headSha) {
      const row = store.checks(before.headSha).find((one) => one.context === context);
      if (row?.state === "pending") tellSuperseded(before.headSha, headSha);
    }
    tell(headSha, "queued", "Capstan plans this pull request");
    try {
      const proposal = await options.proposals.propose({ ref: pull.headRef, sha: headSha });
      const result = await options.engine.proposal(proposal.tree, { withSecrets: !pull.fromFork });
      const words = pullPlan(pull, result, {
        instance: options.instance,
        base: proposal.base.id,
        merged: proposal.merged,
      });
      tell(headSha, words.reason, words.description);
      if (words.comment !== null) await writeComment(number, redact(words.comment));
      else if ((await ownComment(number)) !== null) {
        await writeComment(number, redact(emptyComment(pull, proposal.base.id)));
      }
      const { heldPrune } = result;
      planned.set(number, { headSha, base: proposal.base.id, heldPrune });
    } catch (error) {
      const known = toCapstanError(error);
      if (known.code === "cancelled") return;
      const moved = known.code === "not-found" ? await forge.pull(number) : pull;
      if (moved.headSha !== headSha) {
        tellSuperseded(headSha, moved.headSha);
        enqueue(number, again);
        return;
      }
      tell(headSha, "failed", `no plan could be made: ${describeError(known)}`);
      throw known;
    }
  }

  function tellSuperseded(sha: string, by: string): void {
    tell(sha, "superseded", `superseded by ${by.slice(0, 12)}`);
  }

  function emptyComment(pull: PullRequest, base: string): string {
    const marker = { instance: options.instance, head: pull.headSha, base };
    return `<!-- capstan:plan instance=${marker.instance} head=${marker.head} base=${marker.base} -->\n## Capstan: nothing to do\n\nAs it is now, this pull request touches no stack.\n`;
  }

  function enqueue(number: number, again: boolean): void {
    if (stopped) return;
    const waits = asked.has(number);
    asked.set(number, again || asked.get(number) === true);
    if (waits) return;
    void lane.add(async () => {
      const force = asked.get(number) === true;
      asked.delete(number);
      if (stopped) return;
      try {
        await plan(number, force);
      } catch (error) {
        options.note("warn", `pull request #${number}: ${describeError(error)}`);
      }
    });
  }

  async function answer(number: number, author: string, body: string): Promise<void> {
    const command = commentCommand(body);
    if (command === null) return;
    login ??= await forge.self();
    if (author === login) return;
    if (!(await forge.mayWrite(author))) {
      options.note("warn", `${author} asked for ${command.name} on #${number} and may not write`);
      return;
    }
    if (command.name === "plan") {
      enqueue(number, true);
      return;
    }
    await forge.addComment(number, redact(await approve(number, author, command.digest)));
  }

  /** The list must be that of the plan that its readers see; the digest binds to exactly it after the merge. */
  function approveAhead(number: number, author: string, digest: string): string | null {
    const plan = planned.get(number);
    if (plan?.heldPrune?.split(/\s+/).includes(digest) !== true) return null;
    ahead.set(number, { author, digest });
    return `Approved by ${author} for the moment after the merge: exactly the list of ${digest}, and no other.`;
  }

  async function approve(number: number, author: string, digest: string): Promise<string> {
    try {
      const stacks = await options.engine.approvePrune(digest, `${author} on #${number}`);
      return `Approved by ${author}: ${stacks.map((name) => `\`${name}\``).join(", ")} may be removed.`;
    } catch (error) {
      const known = error instanceof CapstanError ? error : toCapstanError(error);
      // Nothing waits yet, as it is not merged.
      const early = known.code === "conflict" ? approveAhead(number, author, digest) : null;
      if (early !== null) return early;
      return `Not approved: ${describeError(known)}`;
    }
  }

  return {
    look(number, again = false) {
      enqueue(number, again);
    },
    async sweep() {
      if (stopped) return;
      try {
        const pulls = await forge.openPulls();
        const now = new Set(pulls.map(({ number }) => number));
        for (const number of open) if (!now.has(number)) enqueue(number, false);
        open = now;
        const newest = await options.source.latest();
        for (const { number, headSha, baseBranch } of pulls) {
          const before = planned.get(number);
          if (baseBranch !== options.branch) continue;
          if (before?.headSha !== headSha || before.base !== newest.id) enqueue(number, false);
        }
      } catch (error) {
        if (isCapstanError(error, "cancelled")) return;
        options.note("warn", `pull requests cannot be listed: ${describeError(error)}`);
      }
    },
    comment(number, author, body) {
      if (stopped) return;
      void lane.add(async () => {
        try {
          await answer(number, author, body);
        } catch (error) {
          options.note("warn", `a comment on #${number}: ${describeError(error)}`);
        }
      });
    },
    async stop() {
      stopped = true;
      lane.clear();
      await lane.onIdle();
    },
    idle: () => lane.onIdle(),
  };
}
