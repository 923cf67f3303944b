// What is done about updates: a commit, or a pull request, each with the plan in it.
import { describeError } from "../../lib/errors.ts";
import type { Committer } from "../../ports-forge.ts";
import type { Source } from "../../ports.ts";
import type { Engine } from "../engine.ts";
import type { ProposalPlan } from "../reader/plan-sets.ts";
import { treeWith } from "../state/tree-with.ts";
import { draftOf } from "./draft.ts";
import type { Draft } from "./draft.ts";
import { author, isSettled, propose, withoutHost } from "./pulls.ts";
import type { ImageForge, PullsDeps } from "./pulls.ts";
import type { Update } from "./updates.ts";
import { commitMessage, pullText, titleOf } from "./words.ts";

export interface StepsDeps extends Omit<PullsDeps, "forge"> {
  readonly engine: Pick<Engine, "desired" | "proposal" | "state" | "poke">;
  readonly source: Pick<Source, "latest" | "read">;
  readonly committer: Committer;
  /** Null: there are no pull requests. */
  readonly forge: ImageForge | null;
  /** Takes secrets out of a plan, and out of a text. */
  readonly mask: (plan: ProposalPlan) => ProposalPlan;
  readonly redact: (text: string) => string;
}

/** Both throw what Git and its host throw. */
export interface Steps {
  commit(updates: readonly Update[]): Promise<void>;
  ask(updates: readonly Update[]): Promise<void>;
  /** Whether the manifests of this revision were found to have no place for it. */
  isUnwritable(update: Update): boolean;
}

const mostUnwritable = 10_000;

/** `tell` says a text once until it is another one; null: nothing is amiss there. */
export function createSteps(
  deps: StepsDeps,
  tell: (about: string, message: string | null) => void,
): Steps {
  const { engine, forge, proposed, say } = deps;
  const unwritable = new Set<string>();
  const nameOf = ({ stack, service, to }: Update): string =>
    [engine.state().revision, stack, service, to].join(" ");

  async function drafted(updates: readonly Update[]): Promise<{
    readonly draft: Draft;
    readonly plan: ProposalPlan;
  } | null> {
    const tree = await deps.source.read(await deps.source.latest());
    const draft = draftOf(updates, tree);
    for (const { update, why } of draft.unwritten) {
      const { stack, service, to } = update;
      if (unwritable.size > mostUnwritable) unwritable.clear();
      unwritable.add(nameOf(update));
      tell(`${stack} ${service}`, `${stack}: ${service} is not changed to ${to}: ${why}`);
    }
    if (draft.files.length === 0) return null;
    const plan = await engine.proposal(treeWith(tree, draft.files), { withSecrets: true });
    const [problem] = plan.newProblems;
    const refused =
      problem === undefined ? null : `newer images are not proposed: ${problem.message}`;
    tell("problem", refused);
    return problem === undefined ? { draft, plan: deps.mask(plan) } : null;
  }

  async function commit(updates: readonly Update[]): Promise<void> {
    if (updates.length === 0) return;
    const made = await drafted(updates);
    if (made === null) return;
    const { draft, plan } = made;
    const message = deps.redact(commitMessage(draft.updates, plan));
    const request = { branch: deps.base, from: null, message, author, files: draft.files };
    const sha = await deps.committer.commit(request);
    proposed.decide(draft.updates);
    say("info", `${sha.slice(0, 12)}: ${titleOf(draft.updates)}`);
    engine.poke("newer images were committed");
  }

  async function ask(updates: readonly Update[]): Promise<void> {
    const hindrance = updates.length === 0 ? null : withoutHost(forge);
    tell("host", hindrance === null ? null : describeError(hindrance));
    if (forge === null) return;
    const pulls: PullsDeps = { ...deps, forge };
    if (await isSettled(pulls, updates)) return;
    const made = await drafted(updates);
    if (made === null) return;
    const { draft, plan } = made;
    // What cannot be written is no reason to open the same again.
    if (draft.updates.length < updates.length && (await isSettled(pulls, draft.updates))) return;
    const message = deps.redact(commitMessage(draft.updates, plan));
    await propose(pulls, draft, { message, body: deps.redact(pullText(draft.updates, plan)) });
  }

  return { commit, ask, isUnwritable: (update) => unwritable.has(nameOf(update)) };
}
