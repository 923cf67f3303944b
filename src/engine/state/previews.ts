// Previews of pull requests beside what the branch asks for: stacks that are desired as long as their pull request is
// open, and names of such stacks about which too little is known to remove them.
import type { PreviewLoad } from "../../manifest/preview/documents.ts";
import type { LoadedPreview, LoadedPreviews } from "../../manifest/preview/load.ts";
import type { Desired } from "../../manifest/load.ts";
import { isPreviewName } from "../../model/preview-name.ts";
import type { PullId } from "../../model/preview-name.ts";
import type { Revision, Source, SourceTree } from "../../ports.ts";

export interface PreviewStack extends LoadedPreview, PullId {
  /** The page of it. */
  readonly url: string;
  /** The commit that is shown. */
  readonly headSha: string;
  readonly untilMs: number;
}

export interface PreviewState {
  /** By name; those with problems too, which stay as they are. */
  readonly stacks: ReadonlyMap<string, PreviewStack>;
  /** By name: previews that are up and were not read since the start, with why. */
  readonly unread: ReadonlyMap<string, string>;
  /** Why what is called like a preview stays as it is, although it is none that is desired; null: it has ended. */
  readonly held: (name: string) => string | null;
  /** Why pull requests of what a stack is built from cannot be seen now, one sentence each; absent: all can. */
  readonly errors?: (stack: string) => readonly string[];
}

/** Loads one preview from a tree, judged as the branch is. */
export type BuildPreview = (tree: SourceTree, previews: PreviewLoad) => Promise<LoadedPreviews>;

/** What is remembered of pull requests, as the desired state asks it. */
export interface PreviewSource {
  /** What is in the store is read anew: another process may have written there. */
  begin(): void;
  /** Changes whenever `load` may bring something else for the same branch and the same secrets. */
  version(): string;
  /**
   * `input` changes with the branch, the secrets and the policies. `branchTree`: the tree that `base` was loaded from.
   * Throws what that throws.
   */
  load(
    base: Desired,
    input: string,
    build: BuildPreview,
    branchTree: () => Promise<SourceTree>,
  ): Promise<PreviewState>;
}

const elsewhere =
  "it has the name of a preview, which only the controller of a Git host (FORGE) makes and removes";

/** Of who knows no pull requests: previews on the server are not its matter. */
export const noPreviews: PreviewState = {
  stacks: new Map(),
  unread: new Map(),
  held: () => elsewhere,
};

/** Why a name stays as it is on the server although nothing is desired under it; null: it does not, or is no preview. */
export function heldPreview(
  { stacks, held }: PreviewState = noPreviews,
  name: string,
): string | null {
  if (!isPreviewName(name)) return null;
  const stack = stacks.get(name);
  if (stack === undefined) return held(name);
  const [problem] = stack.problems;
  return stack.desired !== null || problem === undefined ? null : problem.message;
}

/** Reads the branch as previews of applications' pull requests need it, each revision once. Throws what `read` throws. */
export function createBranchTree(
  source: Pick<Source, "read">,
): (revision: Revision) => Promise<SourceTree> {
  let kept: { readonly id: string; readonly tree: SourceTree } | null = null;
  return async (revision) => {
    if (kept?.id !== revision.id) kept = { id: revision.id, tree: await source.read(revision) };
    return kept.tree;
  };
}
