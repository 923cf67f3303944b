// What the whole server would lose, and whether it may go.
import fc from "fast-check";
import { beforeEach, describe, expect, test } from "vitest";
import type { Loaded } from "../../../src/engine/state/desired-state.ts";
import { createPruning } from "../../../src/engine/removal/prune.ts";
import type { PruneDecision, Pruning } from "../../../src/engine/removal/prune.ts";
import { createTombstones } from "../../../src/engine/removal/tombstones.ts";
import type { Tombstones } from "../../../src/engine/removal/tombstones.ts";
import type { DesiredStack } from "../../../src/model/desired.ts";
import { indexOwnership } from "../../../src/plan/ownership.ts";
import { arbitraryStack } from "../../support/arbitrary-stack.ts";
import { testHasher } from "../../support/build-stack.ts";
import { webStack } from "../../support/web-stack.ts";
import { addApplication, allServices, emptyWorld, instance } from "../../support/model-state.ts";
import type { ModelState } from "../../support/model-state.ts";
import { memoryStore } from "../../support/memory.ts";
import { createVirtualClock } from "../../support/virtual-clock.ts";
import { converge, planIn } from "../../support/model-world.ts";

let state: ModelState;
let tombstones: Tombstones;
let pruning: Pruning;
beforeEach(() => {
  state = emptyWorld();
  tombstones = createTombstones(memoryStore(), createVirtualClock());
  pruning = createPruning(testHasher, tombstones);
});

function loadedOf(
  stacks: readonly DesiredStack[],
  more: {
    broken?: readonly string[];
    missing?: readonly string[];
    namesUnknown?: boolean;
  } = {},
): Loaded {
  return {
    revision: { id: "r1", title: "" },
    sequence: 1,
    changedIn: new Map(),
    changedAt: new Map(),
    manifests: {
      stacks: [...stacks],
      problems: [],
      namesUnknown: more.namesUnknown ?? false,
      brokenStacks: new Set(more.broken),
      missingStacks: new Set(more.missing),
    } as unknown as Loaded["manifests"],
    byName: new Map(stacks.map((stack) => [stack.name, stack])),
    previousNames: new Set(stacks.flatMap(({ previousName }) => previousName ?? [])),
    previous: new Map(),
  };
}
function decide(loaded: Loaded, approved: readonly string[] = []): PruneDecision {
  return pruning.decide(loaded, indexOwnership(instance, state.projects), new Set(approved));
}
/** What a run does with a decision that holds nothing. */
function letGo(loaded: Loaded, approved: readonly string[] = []): PruneDecision {
  const decision = decide(loaded, approved);
  expect(decision.held).toBeNull();
  pruning.letGo(decision, loaded, indexOwnership(instance, state.projects));
  return decision;
}
const named = (...names: string[]): DesiredStack[] => names.map((name) => webStack({}, { name }));
function begin(...names: string[]): void {
  for (const stack of named(...names)) converge(state, stack);
}
const services = (stack: DesiredStack, count: number): DesiredStack => ({
  ...stack,
  services: Array.from({ length: count }, (_, n) => ({
    ...stack.services[0]!,
    name: `w${n}`,
    key: `app/w${n}`,
  })),
});

test("nothing left Git: nothing goes and nothing is held", () => {
  begin("a", "b");
  expect(decide(loadedOf(named("a", "b")))).toEqual({ gone: [], removals: [], held: null });
});

test("O5 a broken stack, and one that is about to move, are in Git", () => {
  begin("a", "b", "c", "d");
  const moved = webStack({}, { name: "c2", previousName: "c" });
  const loaded = loadedOf([...named("a"), moved], { broken: ["b"] });
  expect(decide(loaded).gone).toEqual(["d"]);
});

test("H5 a stack that others still depend on is not gone", () => {
  begin("a", "b", "c", "d");
  expect(decide(loadedOf(named("a", "b"), { broken: ["c"], missing: ["d"] })).gone).toEqual([]);
});

test("O5 nothing at all goes while names are unknown", () => {
  begin("a", "b", "c", "d");
  expect(decide(loadedOf(named("a", "b", "c"), { namesUnknown: true })).held).not.toBeNull();
});

describe("O6", () => {
  test("more than a third waits for an approval of exactly its digest", () => {
    begin("a", "b", "c", "d");
    const digest = decide(loadedOf(named("a", "b"))).held?.digest ?? "";
    expect(decide(loadedOf(named("a")), [digest]).held).not.toBeNull();
    expect(decide(loadedOf(named("a", "b")), [digest]).held).toBeNull();
  });

  test("a removal that was let go is not stopped by its own progress", () => {
    begin("a", "b", "c", "d");
    const loaded = loadedOf(named("a", "b"));
    const digest = decide(loaded).held?.digest ?? "";
    letGo(loaded, [digest]);
    state.projects = state.projects.slice(1);
    expect(decide(loaded).held).toBeNull();
  });

  test("what was let go and is not gone yet does not make the next list look smaller", () => {
    begin("a", "b");
    letGo(loadedOf(named("a")));
    // Were b gone by now, a would be all that there is.
    expect(decide(loadedOf([])).held?.reason.kind).toBe("all-stacks");
  });

  test("what left Git and is kept does not make a list look smaller", () => {
    converge(state, webStack({}, { name: "kept", deletionPolicy: "retain" }));
    begin("a");
    expect(decide(loadedOf([])).held?.reason.kind).toBe("all-stacks");
  });

  test("what Git takes back is judged anew when it goes again", () => {
    begin("a", "b", "c", "d");
    const loaded = loadedOf(named("a", "b"));
    const digest = decide(loaded).held?.digest ?? "";
    letGo(loaded, [digest]);
    expect(decide(loaded).held).toBeNull();
    const view = {
      takenAtMs: Infinity,
      ownership: indexOwnership(instance, state.projects),
      swarm: null,
    };
    for (const stack of ["c", "d"]) tombstones.settle(stack, view, new Set());
    expect(decide(loaded).held).not.toBeNull();
  });

  test("O4 planning lets nothing go: only a run that removes does", () => {
    begin("a", "b", "c", "d", "e");
    expect(decide(loadedOf(named("a", "b", "c", "d"))).held).toBeNull();
    expect(tombstones.ids().size).toBe(0);
    letGo(loadedOf(named("a", "b", "c", "d")));
    expect([...tombstones.stacks()]).toEqual(["e"]);
  });

  test("O4 a stack whose absence is not known yet is looked at, also when nothing of it is listed", () => {
    begin("a", "b", "c", "d", "e");
    letGo(loadedOf(named("a", "b", "c", "d")));
    state.projects = state.projects.slice(0, 4);
    expect(decide(loadedOf(named("a", "b", "c", "d"))).gone).toEqual(["e"]);
  });

  test("O5 what was let go is held too when a file that may name it cannot be read", () => {
    begin("a", "b", "c", "d", "e");
    letGo(loadedOf(named("a", "b", "c", "d")));
    expect(decide(loadedOf(named("a", "b", "c", "d"), { namesUnknown: true })).held).not.toBeNull();
  });

  test("services of a stack that was not pruned until now count like any others", () => {
    const many = services(webStack(), 6);
    const kept = { ...many, sync: { ...many.sync, prune: false } };
    converge(state, kept);
    // The project's marker still says that it is kept; Git says otherwise, and names one service.
    const { held, removals } = decide(loadedOf([services(webStack(), 1)]));
    expect(removals.flatMap(({ resources }) => resources)).toHaveLength(5);
    expect(held?.reason).toEqual({ kind: "many-services", going: 5, owned: 6 });
  });

  test("services that a rename leaves behind count like any others", () => {
    converge(state, services(webStack(), 6));
    const renamed = webStack({}, { name: "store", previousName: "shop" });
    const { held, removals } = decide(loadedOf([services(renamed, 1)]));
    expect(removals.flatMap(({ resources }) => resources)).toHaveLength(5);
    expect(held?.reason).toEqual({ kind: "many-services", going: 5, owned: 6 });
  });

  test("what a stack with prune: false keeps is no removal", () => {
    converge(state, services(webStack(), 6));
    const kept = { ...webStack(), sync: { selfHeal: true, prune: false, windows: [] } };
    expect(decide(loadedOf([services(kept, 1)])).removals).toEqual([]);
  });

  test("a project that stays, as something in it is not ours, is no removal once ours is gone", () => {
    begin("a", "b", "c", "d");
    const [project] = state.projects;
    addApplication(state, project!.environments[0]!, "theirs", null);
    const { gone, removals } = decide(loadedOf(named("b", "c", "d")));
    expect(gone).toEqual(["a"]);
    const { id, name } = allServices(state)[0]!;
    const resources = [
      { kind: "service", id, name },
      { kind: "project", id: project!.projectId, name: project!.name },
    ];
    expect(removals).toEqual([{ stack: "a", resources }]);
    project!.environments[0]!.services.shift();
    expect(decide(loadedOf(named("b", "c", "d"))).removals).toEqual([]);
  });
});

test("O7 what is kept is gone from Git and no removal", () => {
  converge(state, webStack({}, { deletionPolicy: "retain" }));
  expect(decide(loadedOf([]))).toEqual({ gone: ["shop"], removals: [], held: null });
});

test("O6 what the guards count is what the plan removes, for any stack, renamed or made twice", () => {
  fc.assert(
    fc.property(
      arbitraryStack,
      arbitraryStack,
      fc.boolean(),
      fc.boolean(),
      (before, next, renamed, twice) => {
        state = emptyWorld();
        converge(state, { ...before, name: renamed ? "old-shop" : next.name, previousName: null });
        if (twice) {
          const { services: made } = state.projects[0]!.environments[0]!;
          const copies = made.map((one) => ({ ...one, id: `${one.id}-copy`, status: "idle" }));
          for (const copy of copies) {
            copy.description = copy.description?.replace(/id=\S+/, "id=none") ?? null;
            copy.createdAt = "2099-01-01T00:00:00.000Z";
          }
          made.push(...copies);
        }
        const desired = { ...next, adopt: false, previousName: renamed ? "old-shop" : null };
        const plan = planIn(state, desired, new Map(), { previous: before });
        const removed = plan.actions.flatMap((action) =>
          action.type === "delete-service" && action.cause.kind === "left-git" ? [action.id] : [],
        );
        const { removals } = decide(loadedOf([desired]));
        const counted = removals.flatMap(({ resources }) => resources.map(({ id }) => id));
        if (plan.conflict === null) expect(counted.sort()).toEqual(removed.sort());
      },
    ),
    { numRuns: 150 },
  );
});
