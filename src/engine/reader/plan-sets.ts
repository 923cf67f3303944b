// Plans that are only looked at: of what is desired now, and of what a pull request would make desired.
// Nothing here writes, neither to Dokploy nor to the store.
import type { DesiredStack, Problem } from "../../model/desired.ts";
import type { Hold } from "../../model/hold.ts";
import type { Plan } from "../../model/plan.ts";
import type { PolicyChanges } from "../../model/policy-changes.ts";
import { planFromGit } from "../../plan/from-git.ts";
import { withAddressNotes } from "../../plan/addresses.ts";
import { planPrune } from "../../plan/prune.ts";
import { withRecords } from "../../plan/records.ts";
import { isKeptWhole } from "../../plan/retained.ts";
import type { SourceTree } from "../../ports.ts";
import type { Loaded } from "../state/desired-state.ts";
import { isInGit } from "../state/in-git.ts";
import { previewTree } from "./preview.ts";
import type { PreviewDeps } from "./preview.ts";
import { planOne } from "./plan-one.ts";
import type { PlanDeps } from "./plan-one.ts";
import type { Orphan } from "../removal/orphans.ts";
import { pruneContext } from "../removal/prune.ts";
import type { Pruning } from "../removal/prune.ts";
import type { View } from "../state/world.ts";

/** People read the plan of a pull request minutes later anyway; many of them share one list. */
const viewAgeMs = 30_000;
/** What these read shares requests: 50 services a request, four requests at once. */
const plannedTogether = 200;

export interface PlanSet {
  readonly revision: string;
  readonly revisionTitle: string;
  /** Stacks of Git and stacks that left it, sorted by name; converged ones have no actions. */
  readonly plans: readonly Plan[];
  readonly problems: readonly Problem[];
  /** What pruning would wait for; null when it would not. */
  readonly heldPrune: Hold | null;
  /** Only of a plan of all stacks; absent too when they could not be looked for. */
  readonly orphans?: readonly Orphan[];
}

/** What merging a pull request would do. Stacks that it does not touch have no actions. */
export interface ProposalPlan extends PlanSet {
  /** Stacks that it makes, changes, breaks, mends or takes out of Git; sorted. */
  readonly touched: readonly string[];
  /** Mistakes that the branch does not have. */
  readonly newProblems: readonly Problem[];
  /** What it would change in the policies; it is not judged by these itself (P9). Null or absent: nothing. */
  readonly policyChanges?: PolicyChanges | null;
  /**
   * False: made of Git alone, with names of fields and no value. Its texts are its author's own words: whoever
   * shows them must not mask secrets in them, as that tells which guess was right.
   */
  readonly withSecrets: boolean;
}

export interface PlanSetDeps extends PlanDeps {
  readonly pruning: Pruning;
  readonly instance: string;
}

async function planNamed(
  names: readonly string[],
  loaded: Loaded,
  view: View,
  deps: PlanSetDeps,
): Promise<readonly Plan[]> {
  const { instance, tombstones } = deps;
  const planOf = async (name: string): Promise<Plan | null> => {
    const stack = loaded.byName.get(name);
    if (stack !== undefined) {
      const request = { freshAtMs: 0, deep: new Set<string>(), redeploy: new Map() };
      return (await planOne(stack, loaded, request, deps)).plan;
    }
    if (isInGit(loaded, name)) return null;
    const owned = view.ownership.owned.get(name) ?? [];
    const plan = planPrune(name, instance, owned, pruneContext(name, loaded, view.ownership));
    const noted = { ...plan, notes: [...plan.notes, ...tombstones.notes(name, view)] };
    if (isKeptWhole(owned, loaded.previous.get(name) ?? null)) return noted;
    return withRecords(noted, await deps.hostRecords.planGone(name, loaded, 0));
  };
  const plans: Plan[] = [];
  for (let first = 0; first < names.length; first += plannedTogether) {
    const group = names.slice(first, first + plannedTogether);
    const planned = await Promise.all(group.map(planOf));
    plans.push(...planned.filter((plan) => plan !== null));
  }
  return withAddressNotes(plans, view);
}

/** Of what is desired now. */
export async function planSet(
  names: readonly string[],
  loaded: Loaded,
  view: View,
  deps: PlanSetDeps,
): Promise<PlanSet> {
  const { held } = deps.pruning.decide(loaded, view.ownership, new Set());
  return {
    revision: loaded.revision.id,
    revisionTitle: loaded.revision.title,
    plans: await planNamed(names, loaded, view, deps),
    problems: [...loaded.manifests.problems, ...loaded.manifests.outages],
    heldPrune: held,
  };
}

/** Asks neither the server nor a secret: whoever reads these plans may have written what is planned. */
function plansOfGit(
  names: readonly string[],
  base: ReadonlyMap<string, DesiredStack>,
  loaded: Loaded,
): readonly Plan[] {
  return names.flatMap((name) => {
    const next = loaded.byName.get(name) ?? null;
    // Broken: its problems are told.
    if (next === null && isInGit(loaded, name)) return [];
    return [planFromGit(name, base.get(name) ?? null, next)];
  });
}

/** Of a tree that is not desired: plans of what it touches, and of the rest that it is unchanged. */
export async function planProposal(
  tree: SourceTree,
  current: Loaded,
  withSecrets: boolean,
  deps: PlanSetDeps & { readonly preview: PreviewDeps },
): Promise<ProposalPlan> {
  const preview = await previewTree(tree, current, withSecrets, deps.preview);
  const { loaded, base, touched, newProblems, policyChanges } = preview;
  const view = await deps.world.since(deps.clock.now() - viewAgeMs);
  const { pruning } = deps;
  const decision = pruning.decide(loaded, view.ownership, new Set());
  const goneBefore = new Set(pruning.decide(current, view.ownership, new Set()).gone);
  const gone = decision.gone.filter((name) => !goneBefore.has(name));
  const named = new Set([...touched, ...gone]);
  const names = [...named].sort();
  const plans = withSecrets
    ? await planNamed(names, loaded, view, deps)
    : plansOfGit(names, new Map(base.stacks.map((stack) => [stack.name, stack])), loaded);
  const untouched = loaded.manifests.stacks
    .filter(({ name }) => !named.has(name))
    .map(({ name }): Plan => ({ stack: name, actions: [], notes: [], conflict: null }));
  return {
    revision: loaded.revision.id,
    revisionTitle: loaded.revision.title,
    plans: [...plans, ...untouched],
    problems: [...loaded.manifests.problems, ...loaded.manifests.outages],
    ...{ newProblems, policyChanges },
    // What waits already without it is not this pull request's matter.
    heldPrune: gone.length === 0 || decision.held === null ? null : decision.held,
    touched: [...named].sort(),
    withSecrets,
  };
}
