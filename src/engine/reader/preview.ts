// What the stacks would be after the merge of a pull request: loaded like a revision, and never desired.
import { rootOf } from "../../manifest/files.ts";
import type { Desired, PolicyOptions } from "../../manifest/load.ts";
import { comparePolicies } from "../../manifest/policy/compare.ts";
import type { Problem } from "../../model/desired.ts";
import type { PolicyChanges } from "../../model/policy-changes.ts";
import { problemKey } from "../../plan/render/words.ts";
import type { Source, SourceTree } from "../../ports.ts";
import { asLoaded } from "../state/desired-state.ts";
import { loadTree, loadWithSecrets, policiesNow } from "../state/load-tree.ts";
import type { Loaded } from "../state/desired-state.ts";
import type { ManifestOptions } from "../state/load-tree.ts";
import { changedBetween, fingerprintsOf } from "../state/fingerprints.ts";

export interface PreviewDeps extends ManifestOptions {
  readonly source: Pick<Source, "read">;
}

export interface Preview {
  readonly loaded: Loaded;
  /** What is desired now, read in the same way. */
  readonly base: Desired;
  /** Stacks that are new, different, newly broken, mended or gone against what is desired now; sorted. */
  readonly touched: readonly string[];
  /** Mistakes that are not in what is desired now. */
  readonly newProblems: readonly Problem[];
  /** What it would change in the policies; null: nothing. */
  readonly policyChanges: PolicyChanges | null;
}

/** Stands for every value where none may be read; plain enough to be valid wherever a secret is. */
const unread = "not-read-for-pull-requests-of-forks";

/** Without secrets their names alone are looked for: a reference to one that is missing is a problem still. */
async function loadNames(
  tree: SourceTree,
  policies: PolicyOptions,
  deps: PreviewDeps,
): Promise<Desired> {
  const table = await deps.secrets.namesAt(tree, unread);
  return loadTree(tree, { secret: (name, asker) => table.get(name, asker), policies }, deps);
}

/** Throws what reading secrets or the base throws. Changes nothing. */
export async function previewTree(
  tree: SourceTree,
  current: Loaded,
  withSecrets: boolean,
  deps: PreviewDeps,
): Promise<Preview> {
  const now = await policiesNow(deps);
  // P9: by the policies of the branch, whatever the tree itself says of them.
  const policies = { ...now, judgedBy: current.manifests.policies.judged };
  const load = (files: SourceTree): Promise<Desired> =>
    withSecrets
      ? loadWithSecrets(files, policies, { options: deps })
      : loadNames(files, policies, deps);
  const manifests = await load(tree);
  // Without secrets every stack that uses one would differ: the base is read in the same way.
  const base = withSecrets
    ? current.manifests
    : await load(await deps.source.read(current.revision));
  const touched = changedBetween(
    fingerprintsOf(base, deps.hasher),
    fingerprintsOf(manifests, deps.hasher),
  );
  const olderProblems = new Set(base.problems.map(problemKey));
  const read = { revision: tree.revision, manifests, changed: touched, previous: current.byName };
  const { judged, own, asked } = manifests.policies;
  return {
    loaded: asLoaded(read, current),
    base,
    touched,
    policyChanges: comparePolicies(judged, own, asked, rootOf(deps.stacksPath)),
    newProblems: manifests.problems.filter((problem) => !olderProblems.has(problemKey(problem))),
  };
}
