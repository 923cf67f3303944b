// One look at the proposal of one stack: what became of it on the Git host, and what it should be now.
import { describeError } from "../../lib/errors.ts";
import type { PullRequest } from "../../model/forge.ts";
import type { LeftDrift } from "../../model/plan.ts";
import type { Draft } from "./draft.ts";
import { pullOrNull } from "../pulls.ts";
import type { KnownPull } from "./known-pulls.ts";
import { closePull, judgePull, openPull, updatePull } from "./pull-steps.ts";
import type { LookDeps, ProposingForge } from "./pull-steps.ts";

/** What follows for the stack. */
export type Looked =
  /** As it should be; null: nothing was drafted, as nothing is left. */
  | { readonly kind: "settled"; readonly draft: Draft | null }
  /** A person decided: the stack is to run, once Git was read again (`merged`) or at once. */
  | { readonly kind: "merged" | "refused" }
  /** What was looked at has moved on: another look is needed. */
  | { readonly kind: "again" };

export interface Looks {
  /** `left`: what the newest run of the stack left; null: none ended yet in this process. Throws what the host throws. */
  look(stack: string, left: readonly LeftDrift[] | null): Promise<Looked>;
}

/** Somebody ended it, or the host does not have it any more. */
function ended(
  stack: string,
  pull: KnownPull,
  now: PullRequest | null,
  { pulls, left, say }: LookDeps,
): Looked {
  if (now === null || pull.ending !== null) {
    pulls.forget(stack);
    return { kind: "again" };
  }
  if (now.state === "merged") {
    say(stack, "info", `${pull.url} was merged: what was changed in Dokploy is in Git now`);
    pulls.forget(stack);
    return { kind: "merged" };
  }
  left.refuse(stack, pull.entries);
  pulls.forget(stack);
  const message = `${pull.url} was closed: what was changed in Dokploy is put back as Git says`;
  say(stack, "warn", message);
  return { kind: "refused" };
}

/** Without what a person refused before. */
function open(stack: string, seen: readonly LeftDrift[], { left }: LookDeps): readonly LeftDrift[] {
  return seen.flatMap((one): LeftDrift[] => {
    const differences = one.differences.filter((difference) => {
      const [entry] = left.entriesOf(stack, [{ ...one, differences: [difference] }]);
      return entry === undefined || !left.isRefused(stack, entry);
    });
    return differences.length === 0 ? [] : [{ ...one, differences }];
  });
}

export function createLooks(deps: LookDeps): Looks {
  const { forge, proposals, source, pulls, hasher } = deps;
  /** By stack: what the last draft was made of. */
  const drafted = new Map<string, { readonly key: string; readonly draft: Draft | null }>();
  /** By stack: what its open pull request was last found to be right for. */
  const checked = new Map<string, string>();
  const digest = (...parts: readonly string[]): string => hasher.mac(JSON.stringify(parts));

  async function draftOf(stack: string, left: readonly LeftDrift[]): Promise<Draft | null> {
    const latest = await source.latest();
    const entries = deps.left.entriesOf(stack, left).map((entry) => entry.digest);
    const key = digest(latest.id, ...entries);
    const before = drafted.get(stack);
    if (before?.key === key) return before.draft;
    const draft = await deps.drafts.make(stack, left, await source.read(latest));
    drafted.set(stack, { key, draft });
    return draft;
  }

  async function keepUp(
    stack: string,
    pull: KnownPull,
    now: PullRequest,
    what: { readonly draft: Draft; readonly left: readonly LeftDrift[] },
  ): Promise<Looked> {
    const { draft } = what;
    const proposed = { ...what, stack };
    const latest = await source.latest();
    const keyOf = ({ told }: KnownPull): string =>
      digest(now.headSha, latest.id, draft.text, told, JSON.stringify(draft.unwritten));
    if (checked.get(stack) === keyOf(pull)) return { kind: "settled", draft };
    const found = await proposals.propose({ ref: now.headRef, sha: now.headSha });
    if (found.base.id !== latest.id) return { kind: "again" };
    const judged = judgePull(found, pull, now, proposed, deps);
    if (judged.isOwn && !found.merged) {
      await closePull(stack, { ...pull, sha: now.headSha }, now, "replaced", deps);
      return { kind: "again" };
    }
    const next = await updatePull(pull, now, judged, proposed, deps);
    // What was committed just now is looked at once more.
    if (judged.isWanted || !judged.isOwn) checked.set(stack, keyOf(next));
    return { kind: "settled", draft };
  }

  return {
    async look(stack, seen) {
      const pull = pulls.of(stack);
      const now = pull === null ? null : await pullOrNull(forge, pull.number);
      if (pull !== null && now?.state !== "open") return ended(stack, pull, now, deps);
      if (pull !== null && now !== null && pull.ending !== null) {
        // An earlier process was about to close it.
        await closePull(stack, { ...pull, sha: now.headSha }, now, pull.ending, deps);
        return { kind: "again" };
      }
      if (seen === null) return { kind: "settled", draft: null };
      const left = open(stack, seen, deps);
      const draft = left.length === 0 ? null : await draftOf(stack, left);
      const isProposed = draft !== null && draft.text !== draft.was;
      if (isProposed && pull !== null && now !== null) {
        return keepUp(stack, pull, now, { draft, left });
      }
      if (isProposed) await openPull({ stack, draft, left }, deps);
      else if (pull !== null && now !== null) await closePull(stack, pull, now, "gone", deps);
      return { kind: "settled", draft };
    },
  };
}

/** For people, where a look failed. */
export function troubleText(forge: Pick<ProposingForge, "title">, error: unknown): string {
  return `${forge.title}: ${describeError(error)}; trying again`;
}
