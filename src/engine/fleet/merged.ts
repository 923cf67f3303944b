// What several engines say together. Of Git they say the same; of their servers each its own.
import type { Problem } from "../../model/desired.ts";
import type { Hold } from "../../model/hold.ts";
import type { SecretReport, SecretLine } from "../../model/secret-report.ts";
import { onceEach } from "../../manifest/load-dokploys.ts";
import type { EngineState, Inventory, PassResult } from "../engine.ts";
import type { PlanSet, ProposalPlan } from "../reader/plan-sets.ts";
import type { Loaded } from "../state/desired-state.ts";
import { namedHold, namedLoaded, namedOrphan, namedProblem } from "./named.ts";
import { prefixOf } from "./members.ts";
import type { Member } from "./members.ts";

/** Stands between the digests of several. */
const between = "+";

/** The digests of one that stands for several. */
export function digestsOf(digest: string): readonly string[] {
  return digest.split(between);
}

/** A mistake in a file is told by every engine: here once. */
export function mergedProblems(
  all: readonly (readonly [Member, readonly Problem[]])[],
): readonly Problem[] {
  return onceEach(
    all.flatMap(([member, problems]) => problems.map((problem) => namedProblem(member, problem))),
  );
}

/** What waits on several servers, as one list with one approval. */
export function mergedHolds(all: readonly Hold[]): Hold | null {
  const [first] = all;
  if (first === undefined || all.length === 1) return first ?? null;
  const digests = all.map(({ digest }) => digest);
  return {
    digest: digests.includes(null) ? null : digests.join(between),
    reason: first.reason,
    removals: all.flatMap(({ removals }) => removals),
  };
}

export function heldOf(members: readonly Member[]): Hold | null {
  return mergedHolds(
    members.flatMap((member) => {
      const hold = member.engine.held();
      return hold === null ? [] : [namedHold(member, hold)];
    }),
  );
}

const linesOf = (
  members: readonly (readonly [Member, EngineState])[],
  line: (state: EngineState) => string | null,
): string | null => {
  const told = members.flatMap(([member, state]) => {
    const text = line(state);
    return text === null ? [] : [`${prefixOf(member)}${text}`];
  });
  return told.length === 0 ? null : told.join("; ");
};

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);

/** The oldest; null while one is missing. */
function oldest(times: readonly (number | null)[]): number | null {
  return times.some((at) => at === null) ? null : Math.min(...times.flatMap((at) => at ?? []));
}

/**
 * One that is down must not make the others look as if they were: one server is enough. Git each reads for itself, and
 * some pages are of one of them; who waits for another process says so.
 */
function isReady(states: readonly EngineState[]): boolean {
  const hasTried = states.every(({ revision, waitsFor }) => revision !== null || waitsFor !== null);
  return hasTried && states.some(({ ready }) => ready);
}

export function mergedState(members: readonly Member[], startedAtMs: number): EngineState {
  const all = members.map((member) => [member, member.engine.state()] as const);
  const states = all.map(([, state]) => state);
  const waiting = states.filter(({ waitsFor }) => waitsFor !== null);
  return {
    startedAtMs,
    ready: isReady(states),
    waitsFor: waiting.length < states.length ? null : linesOf(all, ({ waitsFor }) => waitsFor),
    revision: states.find(({ revision }) => revision !== null)?.revision ?? null,
    sourceError: states.find(({ sourceError }) => sourceError !== null)?.sourceError ?? null,
    storeError: states.find(({ storeError }) => storeError !== null)?.storeError ?? null,
    platformError: linesOf(all, ({ platformError }) => platformError),
    swarmError: linesOf(all, ({ swarmError }) => swarmError),
    secretErrors: [...new Set(states.flatMap(({ secretErrors }) => secretErrors))],
    lastListMs: oldest(states.map(({ lastListMs }) => lastListMs)),
    activeDeployments: sum(states.map(({ activeDeployments }) => activeDeployments)),
    queued: sum(states.map(({ queued }) => queued)),
    due: {
      count: sum(states.map(({ due }) => due.count)),
      oldestMs: Math.max(...states.map(({ due }) => due.oldestMs)),
    },
    running: sum(states.map(({ running }) => running)),
    problems: mergedProblems(all.map(([member, { problems }]) => [member, problems])),
    orphans: all.flatMap(([member, { orphans }]) =>
      orphans.map((orphan) => namedOrphan(member, orphan)),
    ),
    dokploys: all.map(([{ dokploy, title, engine }, state]) => ({
      name: dokploy,
      title,
      ready: state.ready,
      error: state.platformError ?? state.swarmError,
      waitsFor: state.waitsFor,
      lastListMs: state.lastListMs,
      stacks: engine.stacks().length,
    })),
  };
}

export function mergedInventory(all: readonly (readonly [Member, Inventory])[]): Inventory | null {
  const [first] = all;
  if (first === undefined) return null;
  const parts = all.map(([, inventory]) => inventory);
  return {
    platform: first[1].platform,
    projects: sum(parts.map(({ projects }) => projects)),
    ours: sum(parts.map(({ ours }) => ours)),
    revision: first[1].revision,
    stacks: sum(parts.map(({ stacks }) => stacks)),
    dokploys: all.map(([{ dokploy, title }, inventory]) => ({ name: dokploy, title, inventory })),
  };
}

/** Of plans with the names that people see. */
export function mergedPlans(all: readonly (readonly [Member, PlanSet])[]): PlanSet {
  const [first] = all;
  if (first === undefined) throw new Error("there is a plan of one or more");
  const sets = all.map(([, set]) => set);
  const { revision, revisionTitle } = first[1];
  const plans = sets.flatMap((set) => set.plans).sort((a, b) => (a.stack < b.stack ? -1 : 1));
  const orphans = sets.flatMap((set) => set.orphans ?? []);
  return {
    ...{ revision, revisionTitle, plans },
    problems: onceEach(sets.flatMap(({ problems }) => problems)),
    heldPrune: mergedHolds(sets.flatMap(({ heldPrune }) => heldPrune ?? [])),
    ...(sets.some((set) => set.orphans !== undefined) ? { orphans } : {}),
  };
}

export function mergedProposals(all: readonly (readonly [Member, ProposalPlan])[]): ProposalPlan {
  const sets = all.map(([, set]) => set);
  return {
    ...mergedPlans(all),
    touched: sets.flatMap(({ touched }) => touched).sort(),
    newProblems: onceEach(sets.flatMap(({ newProblems }) => newProblems)),
    policyChanges:
      sets.find(({ policyChanges }) => (policyChanges ?? null) !== null)?.policyChanges ?? null,
    withSecrets: sets.every(({ withSecrets }) => withSecrets),
  };
}

export function mergedPasses(all: readonly PassResult[]): PassResult {
  return {
    revision: all[0]?.revision ?? "",
    stacks: all.flatMap(({ stacks }) => stacks).sort((a, b) => (a.name < b.name ? -1 : 1)),
    problems: onceEach(all.flatMap(({ problems }) => problems)),
    ok: all.every(({ ok }) => ok),
  };
}

/** One line for each secret of each source, used where any of them uses it. */
export function mergedSecrets(all: readonly SecretReport[]): SecretReport {
  const lines = new Map<string, SecretLine>();
  for (const line of all.flatMap(({ secrets }) => secrets)) {
    const key = JSON.stringify([line.name, line.source]);
    const known = lines.get(key);
    const users = [...(known?.users ?? []), ...line.users];
    const isUsed = known !== undefined && known.state !== "unused";
    lines.set(key, { ...(isUsed ? known : line), users });
  }
  return {
    secrets: [...lines.values()].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0)),
    outages: [...new Set(all.flatMap(({ outages }) => outages))],
  };
}

const joined = <T>(maps: readonly ReadonlyMap<string, T>[]): ReadonlyMap<string, T> =>
  new Map(maps.flatMap((map) => [...map]));

/** The stacks of all; what is said of the manifests themselves is what the first one says. Null: none was read. */
export function mergedLoaded(all: readonly (readonly [Member, Loaded])[]): Loaded | null {
  const [first] = all;
  if (first === undefined) return null;
  const named = all.map(([member, loaded]) => namedLoaded(member, loaded));
  const previews = named.flatMap((one) => one.previews ?? []);
  return {
    ...first[1],
    byName: joined(named.map(({ byName }) => byName)),
    changedAt: joined(named.map(({ changedAt }) => changedAt)),
    changedIn: joined(named.map(({ changedIn }) => changedIn)),
    previews: {
      stacks: joined(previews.map(({ stacks }) => stacks)),
      unread: joined(previews.map(({ unread }) => unread)),
      held: () => null,
    },
  };
}
