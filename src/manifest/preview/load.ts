// The previews of one pull request, from the tree of its merge result: the stacks that are asked for, each under a name
// of its own, judged by the policies and against the claims of the branch. Pure.
import { previewName } from "../../model/preview-name.ts";
import type { DesiredStack, Problem } from "../../model/desired.ts";
import { loadManifests } from "../load.ts";
import type { LoadInput } from "../load.ts";
import type { StackAsked } from "../policy/asked.ts";
import type { PreviewLoad } from "./documents.ts";

export interface LoadedPreview {
  /** Of the stack that it is a preview of. */
  readonly stack: string;
  /** Null: it has problems, or, without any, the tree has no such stack. */
  readonly desired: DesiredStack | null;
  readonly problems: readonly Problem[];
}

export interface LoadedPreviews {
  /** By the previews' names. */
  readonly previews: ReadonlyMap<string, LoadedPreview>;
  readonly asked: readonly StackAsked[];
  /** What these have that only one may have, and which of them has it. */
  readonly claims: ReadonlyMap<string, string>;
}

function unreadable(name: string, root: string): Problem {
  const place = { file: root, line: 1, column: 1 };
  const message = "has files that cannot be read at the pull request's head";
  return { place, message, hint: "its check says which ones", stack: name };
}

export function loadPreviews(
  input: LoadInput & { readonly previews: PreviewLoad },
): LoadedPreviews {
  const { stacks } = input.previews;
  const others = [...(input.policies?.others ?? []), ...(input.previews.others ?? [])];
  const loaded = loadManifests({ ...input, policies: { ...input.policies, others } });
  // A source of secrets that cannot be read now is told like a mistake: what is up stays as it is (P11).
  const problems = [...loaded.problems, ...loaded.outages];
  const built = new Map(loaded.stacks.map((stack) => [stack.name, stack]));
  const previews = [...stacks.keys()].sort().map((stack): [string, LoadedPreview] => {
    const name = previewName(input.previews, stack);
    const desired = built.get(name) ?? null;
    if (desired !== null) return [name, { stack, desired, problems: [] }];
    const own = problems.filter((problem) => problem.stack === name);
    // What is wrong with the document as a whole is told of its stack.
    const whole = problems.filter((problem) => problem.stack === stack);
    const told = (own.length > 0 ? own : whole).map((problem) => ({ ...problem, stack: name }));
    // A file of which nobody can tell what it defines may hold it.
    const isUnknown =
      loaded.namesUnknown || loaded.brokenStacks.has(stack) || loaded.brokenStacks.has(name);
    const rest = told.length > 0 || !isUnknown ? told : [unreadable(name, input.root)];
    return [name, { stack, desired, problems: rest }];
  });
  return { previews: new Map(previews), asked: loaded.policies.asked, claims: loaded.claims };
}
