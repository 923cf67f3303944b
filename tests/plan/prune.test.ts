// Stacks and services that left Git.
import { beforeEach, describe, expect, test } from "vitest";
import type { DesiredStack } from "../../src/model/desired.ts";
import type { Plan } from "../../src/model/plan.ts";
import { causeText } from "../../src/plan/cause-words.ts";
import { planPrune } from "../../src/plan/prune.ts";
import { webStack } from "../support/web-stack.ts";
import { addApplication, allServices, emptyWorld, instance } from "../support/model-state.ts";
import type { ModelState } from "../support/model-state.ts";
import { carryOut, converge, planIn } from "../support/model-world.ts";

let state: ModelState;
beforeEach(() => {
  state = emptyWorld();
});

const plan = (): Plan => planPrune("shop", instance, state.projects);
const typesOf = ({ actions }: Plan): readonly string[] => actions.map(({ type }) => type);

function withStaging(stack: DesiredStack): DesiredStack {
  const staging = { ...stack.services[0]!, key: "app/web@staging", environment: "staging" };
  const services = [...stack.services, staging];
  return { ...stack, environments: ["production", "staging"], services };
}

describe("O3 a stack that left Git", () => {
  test("its services go one by one, the project last", () => {
    converge(state, withStaging(webStack()));
    expect(typesOf(plan())).toEqual(["delete-service", "delete-service", "delete-project"]);
    carryOut(state, plan(), new Map());
    expect(state.projects).toEqual([]);
    expect(state.running.size).toBe(0);
  });

  test("H7 says which manifest an ignore file leaves out", () => {
    converge(state, webStack());
    const context = {
      before: null,
      revision: "f".repeat(40),
      strayed: [],
      leftOut: "old/shop.yaml",
    };
    const { actions } = planPrune("shop", instance, state.projects, context);
    const told = actions.map((action) => ("cause" in action ? causeText(action.cause) : null));
    expect(new Set(told)).toEqual(new Set([".capstanignore leaves out old/shop.yaml"]));
  });

  test("O4 what was half removed is still ours and goes on, from any point", () => {
    converge(state, withStaging(webStack()));
    for (let count = 0; count <= 3; count++) {
      const half = structuredClone(state);
      carryOut(half, plan(), new Map(), count);
      carryOut(half, planPrune("shop", instance, half.projects), new Map());
      expect(half.projects).toEqual([]);
    }
  });

  test.each<[string, string | null]>([
    ["an unowned service", null],
    ["another instance's", "[capstan:1 owner=other/shop key=app/web id=none]"],
    ["another stack's", "[capstan:1 owner=default/else key=app/web id=none]"],
    ["a copy of ours", "[capstan:1 owner=default/shop key=app/web id=p9999999]"],
    ["one that is kept", "[capstan:1 owner=default/shop key=app/x id=none keep=yes]"],
  ])("leaves %s, and the project with it", (_, description) => {
    converge(state, webStack());
    const other = addApplication(state, state.projects[0]!.environments[0]!, "x", description);
    expect(typesOf(plan())).toEqual(["delete-service"]);
    expect(plan().notes).toHaveLength(1);
    carryOut(state, plan(), new Map());
    expect(allServices(state).map(({ id }) => id)).toEqual([other.id]);
    expect(plan().actions).toEqual([]);
  });

  test("takes one of another server along", () => {
    converge(state, webStack());
    const [environment] = state.projects[0]!.environments;
    const marker = "[capstan:1 owner=default/shop key=app/x id=none]";
    addApplication(state, environment!, "x", marker).serverId = "s-1";
    const removed = plan().actions.flatMap((one) =>
      one.type === "delete-service" ? [[one.service, one.serverId]] : [],
    );
    expect(removed).toEqual([
      ["app/web", null],
      ["app/x", "s-1"],
    ]);
    expect(typesOf(plan())).toContain("delete-project");
  });

  test.each([
    ["deletionPolicy: retain", webStack({}, { deletionPolicy: "retain" })],
    ["prune: false", webStack({}, { sync: { selfHeal: true, prune: false, windows: [] } })],
  ])("O7 with %s is kept and said to be, and comes back as it was", (_, stack) => {
    converge(state, stack);
    expect(plan().actions).toEqual([]);
    expect(plan().notes.map(({ kind }) => kind)).toEqual(["retained"]);
    expect(planIn(state, stack).actions).toEqual([]);
    expect(state.deploys).toHaveLength(1);
  });
});

describe("O7 what its last manifest said counts, written down on the server or not", () => {
  test.each([
    ["deletionPolicy: retain", webStack({}, { deletionPolicy: "retain" })],
    ["prune: false", webStack({}, { sync: { selfHeal: true, prune: false, windows: [] } })],
  ])("%s in the commit before the removal", (_, before) => {
    converge(state, webStack());
    const context = { before, revision: "abcdef", strayed: [] };
    const kept = planPrune("shop", instance, state.projects, context);
    expect(typesOf(kept)).toEqual(["mark"]);
    expect(kept.notes.map(({ kind }) => kind)).toEqual(["retained"]);
    carryOut(state, kept, new Map());
    // From now on it stands there, whoever remembers.
    expect(plan().actions).toEqual([]);
  });

  test("deletionPolicy: retain in the commit that removes a service", () => {
    converge(state, webStack());
    const next = planIn(state, { ...webStack({}, { deletionPolicy: "retain" }), services: [] });
    expect(typesOf(next)).not.toContain("delete-service");
    expect(next.notes).toContainEqual({
      kind: "retained",
      message: expect.stringContaining("app/web") as string,
    });
  });
});

test("what was moved by hand into another project stays, and is said to", () => {
  converge(state, webStack());
  const [home] = state.projects;
  const moved = home!.environments[0]!.services.splice(0, 1);
  const elsewhere = { ...structuredClone(home!), projectId: "elsewhere", name: "theirs" };
  elsewhere.description = null;
  elsewhere.environments[0]!.services.push(...moved);
  const context = { before: null, revision: "abcdef", strayed: [elsewhere] };
  const { actions, notes } = planPrune("shop", instance, [home!], context);
  expect(actions.map(({ type }) => type)).toEqual(["delete-project"]);
  expect(notes).toEqual([
    { kind: "unmanaged", message: expect.stringMatching(/app\/web .*theirs/) as string },
  ]);
  state.projects.push(elsewhere);
  const left = planIn(state, { ...webStack(), services: [] });
  expect(left.notes).toEqual([
    { kind: "unmanaged", message: expect.stringMatching(/app\/web .*theirs/) as string },
  ]);
});

describe("a service that left the manifest", () => {
  test("goes after the others are rolled out, and its environment with it when that is empty", () => {
    converge(state, withStaging(webStack()));
    const plans = converge(state, webStack({ image: "nginx:2" }));
    expect(typesOf(plans[0]!).slice(-2)).toEqual(["delete-service", "delete-environment"]);
    expect(state.projects[0]!.environments.map(({ name }) => name)).toEqual(["production"]);
  });

  test.each([
    ["prune: false", { sync: { selfHeal: true, prune: false, windows: [] } }],
    ["deletionPolicy: retain", { deletionPolicy: "retain" as const }],
  ])("O7 is kept with %s", (_, more) => {
    converge(state, webStack({}, more));
    const empty = { ...webStack({}, more), services: [] };
    const next = planIn(state, empty);
    expect(next.actions).toEqual([]);
    expect(next.notes.map(({ kind }) => kind)).toEqual(["retained"]);
  });
});
