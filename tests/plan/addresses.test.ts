// Addresses of the swarm's network: how many are taken, and which plans are warned.
import { expect, test } from "vitest";
import type { SwarmService } from "../../src/model/observed.ts";
import type { Action, Plan } from "../../src/model/plan.ts";
import { addressesTaken, withAddressNotes } from "../../src/plan/addresses.ts";
import { webStack } from "../support/web-stack.ts";

function swarm(count: number, replicas = 1): ReadonlyMap<string, SwarmService> {
  return new Map(
    Array.from({ length: count }, (_, index) => {
      const appName = `app-${index}`;
      return [
        appName,
        { id: `id-${index}`, appName, image: "nginx:1", running: replicas, wanted: replicas },
      ];
    }),
  );
}

const [web] = webStack().services;
const create = {
  type: "create-service",
  service: web!.key,
  kind: web!.kind,
  serverId: null,
  desired: { ...web!, spec: { ...web!.spec, replicas: 2 } },
  cause: { kind: "missing" },
  risk: "none",
  changes: [],
} as unknown as Action;
const plan = (stack: string, actions: readonly Action[] = []): Plan => ({
  stack,
  actions,
  notes: [],
  conflict: null,
});
const warned = (plans: readonly Plan[]): string[] =>
  plans.filter(({ notes }) => notes.some(({ kind }) => kind === "addresses")).map((p) => p.stack);

test("each service takes one and each of its tasks one", () => {
  expect(addressesTaken(swarm(10, 2)) - addressesTaken(swarm(0))).toBe(30);
  expect(addressesTaken(swarm(10, 0)) - addressesTaken(swarm(0))).toBe(10);
});

test("a plan that would take more than there are is warned, one that takes none is not", () => {
  const plans = [plan("new", [create]), plan("idle")];
  expect(warned(withAddressNotes(plans, { swarm: swarm(100) }))).toEqual([]);
  expect(warned(withAddressNotes(plans, { swarm: swarm(122) }))).toEqual(["new"]);
});

test("plans that fit one by one and not together are all warned", () => {
  const plans = Array.from({ length: 20 }, (_, index) => plan(`s${index}`, [create]));
  expect(withAddressNotes(plans.slice(0, 1), { swarm: swarm(100) })[0]?.notes).toEqual([]);
  expect(warned(withAddressNotes(plans, { swarm: swarm(100) }))).toHaveLength(20);
});

test("without a list of the swarm nothing is said", () => {
  expect(warned(withAddressNotes([plan("new", [create])], { swarm: null }))).toEqual([]);
});
