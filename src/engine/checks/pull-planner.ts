// One pull request: planned from its merge result, told in its check and its comment, and closed when it ends.
// Knows what was planned last, so that nothing is planned twice.
import { describeError, toCapstanError } from "../../lib/errors.ts";
import type { PullRequest } from "../../model/forge.ts";
import { shortRevision } from "../../plan/render/words.ts";
import type { Forge, Proposals } from "../../ports-forge.ts";
import type { Source } from "../../ports.ts";
import type { Engine } from "../engine.ts";
import type { EarlyApprovals } from "./early-approvals.ts";
import { maskedProposal } from "./masked-plan.ts";
import type { PlanChecks } from "./plan-checks.ts";
import type { PlanComments } from "./plan-comments.ts";
import type { PullApprovals } from "./pull-approvals.ts";
import { emptyComment, pullPlan } from "./pull-comment.ts";
import type { PullPreviews } from "./pull-previews.ts";

/**
 * What became of a look. `done`: planned, or closed. `stale`: planned against another commit than it was merged
 * onto, so that it shows what is not its own. `moved`: it was pushed to meanwhile. `nothing`: there was nothing
 * to do, or the process stops.
 */
export type PullLook = "done" | "stale" | "moved" | "nothing";

export interface PullPlanner {
  /** Plans it, also when nothing changed for `again`, or closes it. Rejects when no plan could be made. */
  look(number: number, again: boolean): Promise<PullLook>;
  /** Whether a look would find nothing to do, as far as it was planned here. `base`: the branch's newest commit. */
  isDone(pull: PullRequest, base: string): boolean;
  /** What an approval of its removals goes by; null when none would wait. */
  digestOf(number: number): string | null;
  /** The head of the newest plan that people see; null: there is none. */
  headOf(number: number): string | null;
  /** The head that is being planned now. */
  underWay(): string | null;
}

export interface PullPlannerOptions {
  readonly instance: string;
  readonly branch: string;
  readonly forge: Pick<Forge, "pull">;
  readonly proposals: Proposals;
  readonly source: Pick<Source, "latest">;
  readonly engine: Pick<Engine, "proposal" | "state">;
  readonly redact: (text: string) => string;
  readonly checks: PlanChecks;
  readonly comments: PlanComments;
  readonly approvals: PullApprovals;
  readonly early: Pick<EarlyApprovals, "of">;
  /** Absent: pull requests have none. */
  readonly previews?: Pick<PullPreviews, "seen" | "ended" | "part">;
}

interface Planned {
  readonly headSha: string;
  /** Empty when it has to be planned once more. */
  readonly base: string;
  readonly digest: string | null;
  readonly labels: string;
  /** What its comment says; null: it has none. */
  readonly comment: string | null;
  /** What that says of previews. */
  readonly part: string;
}

const labelsOf = ({ labels = [] }: PullRequest): string => JSON.stringify([...labels].sort());

const supersededBy = (sha: string): string => `superseded by ${shortRevision(sha)}`;

export function createPullPlanner(options: PullPlannerOptions): PullPlanner {
  const { forge, checks, comments } = options;
  const planned = new Map<number, Planned>();
  let underWay: string | null = null;

  const isAsPlanned = (pull: PullRequest, base: string): boolean => {
    const { number, headSha } = pull;
    const before = planned.get(number);
    return before?.headSha === headSha && before.base === base && before.labels === labelsOf(pull);
  };
  const partOf = (pull: PullRequest): string => options.previews?.part(pull) ?? "";

  /** Its previews may have moved since its comment was written. */
  async function tellPreviews(pull: PullRequest): Promise<PullLook> {
    const before = planned.get(pull.number);
    if (before === undefined) return "nothing";
    const part = partOf(pull);
    if (part === before.part) return "nothing";
    planned.set(pull.number, { ...before, part });
    await writeComment(pull, before.comment, part, options);
    return "done";
  }

  async function close(pull: PullRequest): Promise<PullLook> {
    planned.delete(pull.number);
    checks.endPending(pull.headSha, "its pull request ended before it was planned");
    await options.previews?.ended(pull.number);
    await options.approvals.ended(pull.number, pull.state === "merged");
    await comments.close(pull);
    return "done";
  }

  async function plan(pull: PullRequest): Promise<PullLook> {
    const { number, headSha } = pull;
    underWay = headSha;
    checks.tell(headSha, "queued", "planning this pull request");
    try {
      const { base, ...made } = await publish(pull, options);
      const isOwn = options.engine.state().revision === base;
      planned.set(number, { ...made, headSha, base: isOwn ? base : "", labels: labelsOf(pull) });
      return isOwn ? "done" : "stale";
    } catch (error) {
      const known = toCapstanError(error);
      if (known.code === "cancelled") return "nothing";
      const now = known.code === "not-found" ? await forge.pull(number) : pull;
      if (now.headSha !== headSha) {
        checks.tell(headSha, "superseded", supersededBy(now.headSha));
        return "moved";
      }
      checks.tell(headSha, "failed", `no plan could be made: ${describeError(known)}`);
      throw known;
    } finally {
      underWay = null;
    }
  }

  return {
    async look(number, again) {
      const pull = await forge.pull(number);
      if (pull.baseBranch !== options.branch) {
        const isKnown = planned.has(number) || options.early.of(number) !== undefined;
        return isKnown ? close(pull) : "nothing";
      }
      if (pull.state !== "open") return close(pull);
      const newest = await options.source.latest();
      if (!again && isAsPlanned(pull, newest.id)) return tellPreviews(pull);
      const before = planned.get(number)?.headSha ?? pull.headSha;
      if (before !== pull.headSha) checks.endPending(before, supersededBy(pull.headSha));
      return plan(pull);
    },

    isDone: (pull, base) =>
      pull.baseBranch === options.branch
        ? isAsPlanned(pull, base) && planned.get(pull.number)?.part === partOf(pull)
        : !planned.has(pull.number),
    headOf: (number) => planned.get(number)?.headSha ?? null,
    digestOf: (number) => planned.get(number)?.digest ?? null,
    underWay: () => underWay,
  };
}

/** Makes the plan and says it; returns the commit that it was merged onto, and the digest of removals that wait. */
async function publish(
  pull: PullRequest,
  options: PullPlannerOptions,
): Promise<Pick<Planned, "base" | "digest" | "comment" | "part">> {
  const { instance, redact } = options;
  const { headSha } = pull;
  const proposal = await options.proposals.propose({ ref: pull.headRef, sha: headSha });
  const { tree, base, merged } = proposal;
  const withSecrets = !pull.fromFork;
  const made = await options.engine.proposal(tree, { withSecrets });
  // Masking the words of somebody from outside would tell them which of their guesses is a secret.
  const mask = withSecrets ? redact : (text: string) => text;
  const result = maskedProposal(made, mask);
  const words = pullPlan(pull, result, { instance, base: base.id, merged });
  options.checks.tell(headSha, words.reason, words.description);
  // Against another commit it would touch what is not its own: it is looked at again.
  const isOwn = options.engine.state().revision === base.id;
  if (isOwn) await options.previews?.seen(pull, proposal, made.touched);
  const part = options.previews?.part(pull) ?? "";
  const comment =
    words.comment === null ? redact(emptyComment(instance, pull, base.id)) : mask(words.comment);
  const isEmpty = words.comment === null && part === "";
  const told = isEmpty && !(await options.comments.has(pull.number)) ? null : comment;
  await writeComment(pull, told, part, options);
  return { base: base.id, digest: result.heldPrune?.digest ?? null, comment: told, part };
}

/** The plan's comment with what is said of previews; null: there is none, and nothing to say. */
async function writeComment(
  { number, fromFork }: PullRequest,
  comment: string | null,
  part: string,
  { comments, redact }: Pick<PullPlannerOptions, "comments" | "redact">,
): Promise<void> {
  if (comment === null) return;
  const shown = part === "" || fromFork ? part : redact(part);
  await comments.write(number, shown === "" ? comment : `${comment}\n${shown}`);
}
