// Law H4, the decisions: what ends a hold, which failures call for a rollback, to what, and in which order
// its plan writes.
import { beforeEach, expect, test } from "vitest";
import type { DesiredStack, RolloutPolicy } from "../../src/model/desired.ts";
import { parseMarker } from "../../src/model/marker.ts";
import type { PlanRollback, Verdict } from "../../src/plan/input.ts";
import { indexOwnership } from "../../src/plan/ownership.ts";
import {
  failuresToLeave,
  healthyMatches,
  heldStack,
  leftBehind,
  stackText,
  takenSince,
} from "../../src/plan/rollback.ts";
import { webStack } from "../support/web-stack.ts";
import { allServices, emptyWorld, instance } from "../support/model-state.ts";
import type { ModelState } from "../support/model-state.ts";
import { carryOut, converge, planIn } from "../support/model-world.ts";

let state: ModelState;
beforeEach(() => {
  state = emptyWorld();
});

const policy: RolloutPolicy = {
  timeoutMs: 1,
  stableForMs: 1,
  http: null,
  onFailure: "rollback",
  after: null,
};
function asking(stack: DesiredStack, rollout = policy): DesiredStack {
  return { ...stack, services: stack.services.map((service) => ({ ...service, rollout })) };
}
const healthy = asking(webStack({ image: "web:1" }));
const failed = asking(webStack({ image: "web:2" }));
const rollback: PlanRollback = {
  hash: "0123456789ab",
  failed: new Set(["app/web"]),
  cause: { kind: "rollback", from: "bbbbbbbbbbbb", to: "aaaaaaaaaaaa", why: "web: no" },
};
const ownership = () => indexOwnership(instance, state.projects);
const bads = (): readonly (string | null | undefined)[] =>
  [...state.projects, ...allServices(state)].map(
    ({ description }) => parseMarker(description)?.bad,
  );

/** The healthy revision ran, the failed one was written. */
function writeFailed(): void {
  converge(state, healthy);
  carryOut(state, planIn(state, failed), new Map());
}

test("H4 another build to wait for is a change of the stack, and stacks without one keep their hash", () => {
  const waiting = asking(failed, {
    ...policy,
    after: { repository: "acme/shop", workflow: "build.yaml" },
  });
  expect(stackText(waiting)).not.toBe(stackText(failed));
  expect(stackText(failed)).toContain('[1,1,null,"rollback"]');
});

test("H4 what a rollback leaves is noted before anything else, on the project and on what failed", () => {
  writeFailed();
  const [first] = planIn(state, healthy, new Map(), { rollback }).actions;
  expect(first).toMatchObject({ type: "mark", cause: rollback.cause });
  expect(first?.type === "mark" ? first.marks.map(({ marker }) => marker.bad) : []).toEqual([
    rollback.hash,
    rollback.hash,
  ]);
  expect(first?.type === "mark" ? first.marks.map(({ key }) => key) : []).toEqual([
    "project",
    "app/web",
  ]);
});

test("H4 W4 stopped after any of its actions, a rollback goes on and ends alike; W1 nothing is left to do then", () => {
  writeFailed();
  const whole = planIn(state, healthy, new Map(), { rollback });
  const deploys: number[] = [];
  for (let count = 0; count <= whole.actions.length; count++) {
    const half = structuredClone(state);
    carryOut(half, planIn(half, healthy, new Map(), { rollback }), new Map(), count);
    const left = leftBehind("shop", indexOwnership(instance, half.projects));
    if (count > 0) expect(left.get(rollback.hash)).toEqual(rollback.failed);
    const plans = converge(half, healthy, new Map(), { rollback });
    deploys.push(plans.flatMap(({ actions }) => actions).filter(isConfigure).length);
    expect(planIn(half, healthy, new Map(), { rollback }).actions).toEqual([]);
    expect(parseMarker(allServices(half)[0]!.description)).toMatchObject({ bad: rollback.hash });
  }
  expect(Math.max(...deploys)).toBe(1);
});
const isConfigure = ({ type }: { readonly type: string }): boolean => type === "configure-service";

test("H4 H7 its deploy says which revisions and why", () => {
  writeFailed();
  const { actions, notes } = planIn(state, healthy, new Map(), { rollback });
  expect(actions.filter(isConfigure).map(({ cause }) => cause)).toEqual([rollback.cause]);
  expect(notes).toContainEqual({
    kind: "held",
    message: "rolled back from bbbbbbbbbbbb to aaaaaaaaaaaa: web: no",
  });
});

test("H4 when it ends nothing of it is left in any marker", () => {
  writeFailed();
  converge(state, healthy, new Map(), { rollback });
  expect(bads()).toEqual([rollback.hash, rollback.hash]);
  converge(state, asking(webStack({ image: "web:3" })));
  expect(bads()).toEqual([null, null]);
});

test("H4 a rollback deletes no service and no environment, and names what it leaves", () => {
  const extra = { ...failed.services[0]!, key: "app/x@staging", environment: "staging", name: "x" };
  const bigger: DesiredStack = {
    ...failed,
    environments: ["production", "staging"],
    services: [...failed.services, extra],
  };
  converge(state, healthy);
  converge(state, bigger);
  const { actions, notes } = planIn(state, healthy, new Map(), { rollback });
  expect(actions.map(({ type }) => type).filter((type) => type.startsWith("delete"))).toEqual([]);
  expect(notes.map(({ message }) => message).join()).toContain("app/x@staging is not in aaaa");
});

test("H4 what a stack is known by does not depend on where it is written, nor on any order", () => {
  const labels = { team: "a", tier: "b" };
  const stack = { ...failed, labels, dependsOn: ["a", "b"], variables: { A: "1", B: "2" } };
  const other: DesiredStack = {
    ...stack,
    place: { file: "elsewhere.yaml", line: 9, column: 9 },
    labels: { tier: "b", team: "a" },
    dependsOn: ["b", "a"],
    variables: { B: "2", A: "1" },
    services: stack.services.map((service) => ({
      ...service,
      place: { file: "elsewhere.yaml", line: 10, column: 1 },
    })),
  };
  expect(stackText(other)).toBe(stackText(stack));
  expect(stackText({ ...stack, variables: { A: "1" } })).not.toBe(stackText(stack));
});

test.each<[string, DesiredStack]>([
  ["a service's configuration", healthy],
  ["its time-out", asking(failed, { ...policy, timeoutMs: 2 })],
  ["its probe", asking(failed, { ...policy, http: { path: "/", status: 200 } })],
  ["what is done on failure", asking(failed, { ...policy, onFailure: "keep" })],
  ["a domain", withLive()],
  ["the description", { ...failed, description: "Shop" }],
  ["a window", { ...failed, sync: { ...failed.sync, windows: [window()] } }],
  ["the number of services", { ...failed, services: [] }],
])("H4 a change of %s makes it another stack", (_, changed) => {
  expect(stackText(changed)).not.toBe(stackText(failed));
});
function withLive(): DesiredStack {
  const [service] = failed.services;
  return {
    ...failed,
    services: [{ ...service!, hash: { ...service!.hash, live: "ffffffffffff" } }],
  };
}
function window() {
  return { allow: "0 6 * * *", forMs: 1, timezone: "UTC" };
}

test("H4 a secret variable shows only in the hashes of the services that use it", () => {
  const stack = { ...failed, variables: { KEY: "s3cret" }, secretVariables: new Set(["KEY"]) };
  expect(stackText(stack)).not.toContain("s3cret");
});

test("H4 only a failure of this revision, of a service that asks for it, calls for a rollback", () => {
  writeFailed();
  const { id } = allServices(state)[0]!;
  const { hash } = failed.services[0]!;
  const verdict = (kind: Verdict["kind"], of: string): Verdict => ({
    kind,
    want: { hash: of, attempt: 1 },
    reason: "no",
  });
  const found = (stack: DesiredStack, given: Verdict | null): number =>
    failuresToLeave(stack, ownership(), (one) => (one === id ? given : null)).length;
  expect(found(failed, verdict("failed", hash.run))).toBe(1);
  expect(found(failed, verdict("failed", "ffffffffffff"))).toBe(0);
  expect(found(failed, verdict("healthy", hash.run))).toBe(0);
  expect(found(failed, null)).toBe(0);
  expect(found(asking(failed, { ...policy, onFailure: "keep" }), verdict("failed", hash.run))).toBe(
    0,
  );
});

test("H4 an older stack counts as healthy where it is what markers prove of it", () => {
  writeFailed();
  const all = new Set(["app/web"]);
  expect(healthyMatches(healthy, all, ownership())).toBe(1);
  expect(healthyMatches(failed, all, ownership())).toBe(0);
});

test("H4 what another stack has taken since is named; the stack itself takes nothing from itself", () => {
  const port = { published: 2222, target: 22, protocol: "tcp" as const, mode: "ingress" as const };
  const older = webStack({ ports: [port], aliases: [] });
  const taker = webStack({ ports: [port], aliases: [] }, { name: "blog", project: "blog" });
  expect(
    takenSince(older, [
      older,
      webStack({ ports: [], aliases: [] }, { name: "free", project: "free" }),
    ]),
  ).toBeNull();
  expect(takenSince(older, [older, taker])).toContain("which the stack blog has now");
});

test("H4 while an older stack is held, what may be written when is what Git says now", () => {
  const sync = { ...failed.sync, windows: [window()] };
  const now = { ...failed, suspend: true, dependsOn: ["db"], sync, project: "renamed" };
  expect(heldStack(healthy, now)).toMatchObject({
    suspend: true,
    dependsOn: ["db"],
    sync,
    project: "shop",
    services: healthy.services,
  });
});
