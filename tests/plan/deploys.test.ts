// When an application is deployed again: drift, verdicts, a person's word; and when it is not.
import { beforeEach, describe, expect, test } from "vitest";
import type { DesiredStack } from "../../src/model/desired.ts";
import { parseMarker, unsettledHash } from "../../src/model/marker.ts";
import type { Plan } from "../../src/model/plan.ts";
import { causeText } from "../../src/plan/cause-words.ts";
import { webStack } from "../support/web-stack.ts";
import { allServices, emptyWorld, stored } from "../support/model-state.ts";
import type { ModelService, ModelState } from "../support/model-state.ts";
import { carryOut, converge, planIn } from "../support/model-world.ts";
import type { PlanExtras, Verdicts } from "../support/model-world.ts";

let state: ModelState;
const desired = webStack();
const hash = desired.services[0]!.hash.run;
const leftAlone: DesiredStack = webStack(
  {},
  { sync: { selfHeal: false, prune: true, windows: [] } },
);

beforeEach(() => {
  state = emptyWorld();
  converge(state, desired);
});
const service = (): ModelService => allServices(state)[0]!;
const typesOf = ({ actions }: Plan): readonly string[] => actions.map(({ type }) => type);
const attempts = (plan: Plan): readonly number[] =>
  plan.actions.flatMap((action) => (action.type === "rollout" ? [action.want.attempt] : []));
const reasons = (plan: Plan): string =>
  plan.actions.map(({ cause }) => causeText(cause)).join("; ");
const byPerson: PlanExtras = { redeploy: new Map([["app/web", "Ann"]]) };

describe("H3 drift of what runs", () => {
  test.each<[string, () => void, RegExp]>([
    ["a service removed by hand", () => state.running.clear(), /removed by hand/],
    [
      "a stopped one",
      () => (state.running.get(service().appName)!.replicas = 0),
      /stopped by hand/,
    ],
    [
      "a scaled one",
      () => (state.running.get(service().appName)!.replicas = 5),
      /scaled by hand to 5 of 1/,
    ],
  ])("%s is deployed again, as one more attempt", (_, spoil, reason) => {
    spoil();
    const plan = planIn(state, desired);
    expect(reasons(plan)).toMatch(reason);
    expect(attempts(plan)).toEqual([2]);
    converge(state, desired);
    expect(state.deploys).toHaveLength(2);
  });

  test("with selfHeal: false it is told and left", () => {
    state.running.clear();
    const plan = planIn(state, leftAlone);
    expect(plan.actions).toEqual([]);
    expect(plan.notes.map(({ kind }) => kind)).toEqual(["ignored-drift"]);
  });

  test.each<[string, () => PlanExtras]>([
    ["the swarm's list cannot be believed", () => ({ swarm: null })],
    [
      "Dokploy is deploying it",
      () => {
        service().status = "running";
        return {};
      },
    ],
    [
      "it never appears in the list",
      () => {
        service().appName = "dokploy-web-abcdef";
        return {};
      },
    ],
  ])("nothing is inferred where %s", (_, prepare) => {
    state.running.clear();
    const extras = prepare();
    expect(planIn(state, desired, new Map(), extras).actions).toEqual([]);
  });

  test("nothing that runs is no drift where nothing shall run", () => {
    const none = webStack({ replicas: 0 });
    converge(state, none);
    state.running.clear();
    expect(planIn(state, none).actions).toEqual([]);
  });

  test("a number that people keep is theirs, zero included", () => {
    const free = webStack({}, { ignore: ["replicas"] });
    converge(state, free);
    for (const replicas of [0, 7]) {
      state.running.get(service().appName)!.replicas = replicas;
      expect(planIn(state, free).actions).toEqual([]);
    }
    state.running.clear();
    expect(typesOf(planIn(state, free))).toContain("rollout");
  });
});

describe("H3 drift of fields, seen by a deep read", () => {
  /** A person's redeploy has the fields read, as a deep check would. */
  function healed(stack: DesiredStack): Plan {
    service().description = service().description!.replace(/live=\S+/, "live=none");
    return planIn(state, stack);
  }

  test("is corrected, deployed once, and told with was and is", () => {
    stored(state, service().id).spec.image = "nginx:by-hand";
    const plan = healed(desired);
    expect(reasons(plan)).toContain("drift: image changed on the server");
    expect(plan.actions.flatMap(({ changes }) => changes)).toContainEqual({
      path: "image",
      was: "nginx:by-hand",
      is: "nginx:1",
    });
    expect(attempts(plan)).toEqual([2]);
  });

  test("with selfHeal: false it is left, and what Git changes later is still applied", () => {
    stored(state, service().id).spec.image = "nginx:by-hand";
    expect(typesOf(healed(leftAlone))).not.toContain("configure-service");
    const changed = webStack({ env: { MODE: "test" } }, { sync: leftAlone.sync });
    expect(typesOf(planIn(state, changed))).toContain("configure-service");
  });

  test("with selfHeal: false a person's word still deploys what Git says", () => {
    stored(state, service().id).spec.image = "nginx:by-hand";
    const plan = planIn(state, leftAlone, new Map(), byPerson);
    expect(reasons(plan)).toContain("Ann asked for a redeploy");
    expect(attempts(plan)).toEqual([2]);
  });

  test("a setting that lets Dokploy deploy by itself is corrected without a deploy", () => {
    stored(state, service().id).autoDeploy = true;
    const plan = healed(desired);
    expect(typesOf(plan)).toEqual(["configure-service"]);
    converge(state, desired);
    expect(state.deploys).toHaveLength(1);
  });

  test("W4 a mount that drifted is deployed although a crash came after it was put back", () => {
    stored(state, service().id).children = [];
    service().description = service().description!.replace(/live=\S+/, "live=none");
    const plan = planIn(state, desired);
    for (let count = 1; count < plan.actions.length; count++) {
      const crashed = structuredClone(state);
      carryOut(crashed, plan, new Map(), count);
      converge(crashed, desired);
      expect(crashed.deploys).toHaveLength(2);
    }
  });
});

describe("W7 verdicts", () => {
  const want = { hash, attempt: 1 };
  function owed(): void {
    service().description = service().description!.replace(/done=\S+/, "done=none");
  }

  test("healthy is written down, with the commit, and nothing is deployed", () => {
    owed();
    const verdicts: Verdicts = new Map([[service().id, { kind: "healthy", want }]]);
    const plan = planIn(state, desired, verdicts, { revision: "feedfacefeedface" });
    expect(typesOf(plan)).toEqual(["mark"]);
    carryOut(state, plan, verdicts);
    expect(parseMarker(service().description)).toMatchObject({ done: want, rev: "feedfacefeed" });
    expect(planIn(state, desired, verdicts).actions).toEqual([]);
  });

  test("an attempt that was given up is not deployed again, until its input changes", () => {
    owed();
    const verdicts: Verdicts = new Map([
      [service().id, { kind: "failed", want, reason: "no image" }],
    ]);
    expect(planIn(state, desired, verdicts).actions).toEqual([]);
    expect(attempts(planIn(state, webStack({ image: "nginx:2" }), verdicts))).toEqual([2]);
    expect(attempts(planIn(state, desired, verdicts, byPerson))).toEqual([2]);
  });

  test("one that is due again is a new attempt, and says why", () => {
    owed();
    const verdicts: Verdicts = new Map([
      [service().id, { kind: "retry", want, reason: "no image" }],
    ]);
    const plan = planIn(state, desired, verdicts);
    expect(attempts(plan)).toEqual([2]);
    expect(reasons(plan)).toContain("again after a failure: no image");
  });

  test("a verdict on another attempt says nothing of this one", () => {
    owed();
    for (const kind of ["failed", "retry"] as const) {
      const verdicts: Verdicts = new Map([
        [service().id, { kind, want: { hash, attempt: 7 }, reason: "" }],
      ]);
      expect(attempts(planIn(state, desired, verdicts))).toEqual([1]);
    }
  });
});

describe("a change of several requests", () => {
  test("is noted before its first one, and the note goes with its last", () => {
    const next = webStack({ mounts: [], env: {} });
    const plan = planIn(state, next);
    expect(typesOf(plan)).toEqual(["mark", "delete-child", "configure-service", "rollout"]);
    carryOut(state, plan, new Map(), 1);
    expect(parseMarker(service().description)).toMatchObject({
      want: { hash: unsettledHash, attempt: 1 },
      done: { hash, attempt: 1 },
    });
    // Once is enough.
    expect(typesOf(planIn(state, next))).toEqual(["delete-child", "configure-service", "rollout"]);
    converge(state, next);
    expect(parseMarker(service().description)?.want).toEqual({
      hash: next.services[0]!.hash.run,
      attempt: 2,
    });
  });

  test("of one request needs no note", () => {
    expect(typesOf(planIn(state, webStack({ image: "nginx:2" })))).toEqual([
      "configure-service",
      "rollout",
    ]);
  });
});
