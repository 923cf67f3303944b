// Law O4: what is remembered of removals, and which list proves what.
import { beforeEach, expect, test } from "vitest";
import { createTombstones, tombstonesOf } from "../../../src/engine/removal/tombstones.ts";
import type { NewTombstone, Tombstones } from "../../../src/engine/removal/tombstones.ts";
import type { View } from "../../../src/engine/state/world.ts";
import type { Action } from "../../../src/model/plan.ts";
import type { ObservedProject, ObservedService } from "../../../src/model/observed.ts";
import { indexOwnership } from "../../../src/plan/ownership.ts";
import type { Store } from "../../../src/ports-store.ts";
import { project } from "../../support/effects.ts";
import { memoryStore } from "../../support/memory.ts";
import { createVirtualClock } from "../../support/virtual-clock.ts";
import type { VirtualClock } from "../../support/virtual-clock.ts";

let store: Store;
let clock: VirtualClock;
let tombstones: Tombstones;
beforeEach(() => {
  store = memoryStore();
  clock = createVirtualClock();
  tombstones = createTombstones(store, clock);
});

const web: NewTombstone = {
  id: "a1",
  stack: "shop",
  kind: "application",
  appName: "shop-web",
  reason: "no longer in Git",
};
const shop: NewTombstone = { ...web, id: "p1", kind: "project", appName: null };
const service: ObservedService = {
  kind: "application",
  id: "a1",
  name: "web",
  appName: "shop-web",
  description: null,
  createdAt: "",
  serverId: null,
  status: "done",
};
function withService(): ObservedProject {
  const one = project("p1");
  return { ...one, environments: one.environments.map((e) => ({ ...e, services: [service] })) };
}
function view(projects: readonly ObservedProject[], running: readonly string[] | null): View {
  return {
    takenAtMs: clock.now(),
    ownership: indexOwnership("default", projects),
    swarm:
      running &&
      new Map(
        running.map((appName) => [
          appName,
          { id: appName, appName, image: "nginx", running: 1, wanted: 1 },
        ]),
      ),
  };
}
const going = new Set(["a1", "p1"]);
const left = (): string[] => tombstones.of("shop").map(({ id }) => id);

test("it is in the store at once, and known after a restart", () => {
  tombstones.remember([web, shop]);
  expect(store.tombstones()).toEqual([web, shop].map((one) => ({ ...one, sinceMs: clock.now() })));
  const restarted = createTombstones(store, clock);
  expect([...restarted.ids()]).toEqual(["a1", "p1"]);
  expect([...restarted.stacks()]).toEqual(["shop"]);
});

test("only what a plan deletes becomes one", () => {
  const cause = { kind: "left-git", what: "stack", kept: false };
  const actions = [
    { type: "rollout", service: "app/web", cause },
    { type: "delete-child", service: "app/web", childId: "c1", cause },
    { type: "delete-service", id: "a1", kind: "application", appName: "shop-web", cause },
    { type: "delete-environment", environmentId: "e1", cause },
    { type: "delete-project", projectId: "p1", cause },
  ] as unknown as Action[];
  expect(tombstonesOf("shop", actions).map(({ id, kind, appName }) => [id, kind, appName])).toEqual(
    [
      ["a1", "application", "shop-web"],
      ["e1", "environment", null],
      ["p1", "project", null],
    ],
  );
});

test("what exists and is going stays remembered", () => {
  tombstones.remember([web, shop]);
  expect(tombstones.settle("shop", view([withService()], ["shop-web"]), going)).toEqual({
    running: [],
    unknown: false,
  });
  expect(left()).toEqual(["a1", "p1"]);
});

test("what exists and is not going any more is forgotten: Git has it back", () => {
  tombstones.remember([web, shop]);
  tombstones.settle("shop", view([withService()], ["shop-web"]), new Set(["a1"]));
  expect(left()).toEqual(["a1"]);
  expect(store.tombstones()).toHaveLength(1);
});

test("what is neither listed nor running is gone", () => {
  tombstones.remember([web, shop]);
  expect(tombstones.settle("shop", view([], []), going)).toEqual({ running: [], unknown: false });
  expect(store.tombstones()).toEqual([]);
});

test("O3 a swarm service that runs on keeps its tombstone", () => {
  tombstones.remember([web, shop]);
  const { running } = tombstones.settle("shop", view([], ["shop-web"]), going);
  expect(running.map(({ appName }) => appName)).toEqual(["shop-web"]);
  expect(left()).toEqual(["a1"]);
});

test("O3 a list from before a deletion proves nothing, one from after it does", async () => {
  tombstones.remember([web, shop]);
  const before = view([], []);
  await clock.advance(5);
  tombstones.sent("shop");
  expect(tombstones.settle("shop", before, going)).toEqual({ running: [], unknown: true });
  expect(left()).toEqual(["a1", "p1"]);
  expect(tombstones.settle("shop", view([], []), going).unknown).toBe(false);
  expect(left()).toEqual([]);
});

test("R3 a swarm that does not answer proves no absence", () => {
  tombstones.remember([web, shop]);
  expect(tombstones.settle("shop", view([], null), going)).toEqual({ running: [], unknown: true });
  expect(left()).toEqual(["a1"]);
});

test("stacks do not settle each other's removals", () => {
  tombstones.remember([web, { ...shop, stack: "blog" }]);
  tombstones.settle("blog", view([], []), new Set());
  expect([...tombstones.stacks()]).toEqual(["shop"]);
});

test("O3 what ran on another server is gone when that one says so, or when Dokploy has it no more", () => {
  const far: NewTombstone = { ...web, serverId: "s-1" };
  const servers = [{ id: "s-1", name: "edge" }];
  const on = (names: readonly string[]) => new Map([["s-1", view([], names).swarm!]]);
  const settle = (seen: View) => tombstones.settle("shop", seen, going);
  tombstones.remember([far]);
  // The swarm of Dokploy's own host proves nothing of it.
  expect(settle({ ...view([], []), servers })).toEqual({ running: [], unknown: true });
  const still = settle({ ...view([], []), servers, remote: on(["shop-web"]) });
  expect(still.running.map(({ serverId }) => serverId)).toEqual(["s-1"]);
  expect(settle({ ...view([], null), servers, remote: on([]) })).toEqual({
    running: [],
    unknown: false,
  });
  expect(tombstones.of("shop")).toEqual([]);
  tombstones.remember([far]);
  expect(settle({ ...view([], []), servers: null }).unknown).toBe(true);
  expect(settle({ ...view([], []), servers: [] }).unknown).toBe(false);
  expect(tombstones.of("shop")).toEqual([]);
});
