// A job before a rollout, as plans see it: who waits for it, what has it run, and when it is stopped.
import { describe, expect, test } from "vitest";
import type { ApplicationSpec } from "../../src/model/specs.ts";
import type { Action, Plan } from "../../src/model/plan.ts";
import { parseMarker } from "../../src/model/marker.ts";
import { stackView } from "../../src/plan/render/view.ts";
import { buildStack } from "../support/build-stack.ts";
import { allServices, emptyWorld, stored } from "../support/model-state.ts";
import type { ModelState } from "../support/model-state.ts";
import { carryOut, converge, planIn } from "../support/model-world.ts";
import type { Verdicts } from "../support/model-world.ts";
import { plainSpec } from "../support/web-stack.ts";

function shop(
  spec: Partial<ApplicationSpec> = {},
  {
    before = "./migrate",
    variables = {},
  }: { before?: string; variables?: Record<string, string> } = {},
) {
  const web = { ...plainSpec, ...spec };
  const parts = { environment: "production", name: "web", spec: web, ignore: [], description: "" };
  return buildStack({ name: "shop", variables, services: [{ ...parts, before }], more: {} });
}

const line = (action: Action): string => {
  const service = "service" in action ? ` ${action.service}` : "";
  const waits = "waitsFor" in action ? (action.waitsFor ?? []) : [];
  return `${action.type}${service}${waits.length === 0 ? "" : ` after ${waits.join()}`}`;
};
const lines = (plan: Plan): readonly string[] =>
  plan.actions.filter(({ type }) => type !== "mark").map(line);
const rolledOut = (plans: readonly Plan[]): readonly string[] =>
  plans.flatMap(({ actions }) =>
    actions.flatMap((action) =>
      action.type === "rollout" && action.waitsFor.length === 0 ? [action.service] : [],
    ),
  );
const jobIn = (state: ModelState) =>
  allServices(state).find(({ description }) => parseMarker(description)?.key === "job/web")!;

function settled(desired = shop()): ModelState {
  const state = emptyWorld();
  converge(state, desired);
  return state;
}

/** What a rollout of the job came to, when its actions were carried out up to it. */
function judged(state: ModelState, plan: Plan, kind: "healthy" | "failed"): Verdicts {
  const verdicts: Verdicts = new Map();
  carryOut(state, plan, verdicts);
  const { id, description } = jobIn(state);
  const want = parseMarker(description)!.want!;
  verdicts.set(id, kind === "healthy" ? { kind, want } : { kind, want, reason: "it failed" });
  return verdicts;
}

describe("W10 the application waits", () => {
  test("nothing of a new one is made before its job has ended well", () => {
    const plan = planIn(emptyWorld(), shop());
    expect(lines(plan)).toEqual([
      "create-project",
      "create-service app/web after job/web",
      "create-child app/web after job/web",
      "create-child app/web after job/web",
      "configure-service app/web after job/web",
      "create-service job/web",
      "create-child job/web",
      "configure-service job/web",
      "rollout job/web",
      "rollout app/web after job/web",
    ]);
    expect(stackView(plan).groups.map(({ title, reason }) => [title, reason])).toEqual([
      ["project shop", null],
      ["web", "deployed when its job has ended well"],
      ["job before web", "runs before web"],
    ]);
  });

  test("a plan shows that it is run, and counts no restart for it", () => {
    const view = stackView(planIn(settled(), shop({ image: "nginx:2" })));
    expect(view.groups.map(({ title, change }) => [title, change])).toEqual([
      ["web", "restart"],
      ["job before web", "run"],
    ]);
    expect(view.restarts).toBe(1);
  });

  test("of one that runs nothing is written down beforehand, but for variables, which change at once", () => {
    const mounts = [{ type: "volume", volume: "shop-data", target: "/other" }] as const;
    const held = planIn(settled(), shop({ image: "nginx:2", mounts }));
    const marked = (plan: Plan): readonly string[] =>
      plan.actions.flatMap((action) =>
        action.type === "mark" ? action.marks.map(({ key }) => key) : [],
      );
    expect(marked(held)).toEqual(["job/web"]);
    const env = { TZ: "${{project.TZ}}" };
    const state = settled(shop({ env }, { variables: { TZ: "UTC" } }));
    const desired = shop({ env }, { variables: { TZ: "Europe/Amsterdam" } });
    expect(marked(planIn(state, desired))).toEqual(["app/web", "job/web"]);
    expect(rolledOut(converge(state, desired))).toEqual(["job/web", "app/web"]);
  });

  test("a job that failed keeps it waiting, without another try", () => {
    const state = settled();
    const desired = shop({ image: "nginx:2" });
    const verdicts = judged(state, planIn(state, desired), "failed");
    const plan = planIn(state, desired, verdicts);
    expect(rolledOut([plan])).toEqual([]);
    expect(lines(plan).at(-1)).toBe("stop-service job/web");
    carryOut(state, plan, verdicts);
    expect(lines(planIn(state, desired, verdicts))).toEqual([
      "configure-service app/web after job/web",
      "rollout app/web after job/web",
    ]);
    const next = shop({ image: "nginx:3" });
    expect(rolledOut(converge(state, next))).toEqual(["job/web", "app/web"]);
  });
});

describe("W6 what has a job run", () => {
  test.each([
    ["its image", shop({ image: "nginx:2" }), ["job/web", "app/web"]],
    ["its env", shop({ env: {} }), ["job/web", "app/web"]],
    ["its command", shop({}, { before: "./other" }), ["job/web"]],
    ["the number of replicas", shop({ replicas: 3 }), ["app/web"]],
    ["the application's command", shop({ command: "./serve" }), ["app/web"]],
    ["an alias", shop({ aliases: ["shop", "shop-web"] }), ["app/web"]],
    ["a port", shop({ ports: [] }), ["app/web"]],
  ])("%s", (_, desired, expected) => {
    expect(rolledOut(converge(settled(), desired))).toEqual(expected);
  });

  test("not what somebody changed in Dokploy: that is put right", () => {
    const state = settled();
    const job = jobIn(state);
    stored(state, job.id).spec.env = { MODE: "other" };
    const before = job.description;
    const plan = planIn(
      state,
      shop(),
      new Map([
        [job.id, { kind: "retry", want: { hash: "0".repeat(12), attempt: 9 }, reason: "" }],
      ]),
    );
    expect(lines(plan)).toEqual(["configure-service job/web"]);
    expect(plan.actions[0]?.cause).toMatchObject({ kind: "drift" });
    carryOut(state, plan, new Map());
    expect(stored(state, job.id).spec.env).toEqual({ MODE: "live" });
    expect(jobIn(state).description).toBe(before);
    expect(planIn(state, shop()).actions).toEqual([]);
  });

  test("a person's redeploy, with the application after it", () => {
    const redeploy = new Map([
      ["app/web", "alice"],
      ["job/web", "alice"],
    ]);
    const plan = planIn(settled(), shop(), new Map(), { redeploy });
    expect(lines(plan)).toEqual([
      "configure-service app/web after job/web",
      "configure-service job/web",
      "rollout job/web",
      "rollout app/web after job/web",
    ]);
  });

  test("a swarm service that is gone, or runs, is no drift of it", () => {
    const state = settled();
    const { appName } = jobIn(state);
    state.running.get(appName)!.replicas = 1;
    state.running.get(appName)!.ended = false;
    expect(planIn(state, shop()).actions).toEqual([]);
    state.running.delete(appName);
    expect(planIn(state, shop()).actions).toEqual([]);
  });
});

test("W8 a command that runs is not cut off by the next commit: its end is waited for", () => {
  const state = settled();
  const second = shop({ image: "nginx:2" });
  carryOut(state, planIn(state, second), new Map());
  const { id, appName, description } = jobIn(state);
  const live = state.running.get(appName)!;
  live.ended = false;
  const third = shop({ image: "nginx:3" });
  const plan = planIn(state, third);
  const want = parseMarker(description)!.want!;
  expect(lines(plan)).toEqual([
    "configure-service app/web after job/web",
    "rollout job/web",
    "rollout app/web after job/web",
  ]);
  expect(plan.actions.find(({ type }) => type === "rollout")).toMatchObject({ want });
  // It took too long, and another one may begin.
  const gaveUp: Verdicts = new Map([[id, { kind: "failed", want, reason: "" }]]);
  expect(lines(planIn(state, third, gaveUp))).toContain("configure-service job/web");
  live.ended = true;
  expect(rolledOut(converge(state, third))).toEqual(["job/web", "app/web"]);
});

test("H4 a rollback leaves a job as it is, and makes none", () => {
  const state = settled();
  converge(state, shop({ image: "nginx:2" }));
  const rollback = {
    hash: "0123456789ab",
    failed: new Set(["app/web"]),
    cause: { kind: "rollback", from: "b", to: "a", why: "" } as const,
  };
  const plan = planIn(state, shop(), new Map(), { rollback });
  expect(lines(plan)).toEqual(["configure-service app/web", "rollout app/web"]);
  expect(lines(planIn(emptyWorld(), shop(), new Map(), { rollback })).join()).not.toContain("job");
});
