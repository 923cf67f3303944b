// Law O10: which of the swarm's services are called orphans, and what it costs to know.
import { beforeEach, expect, test } from "vitest";
import { createOrphans } from "../../../src/engine/removal/orphans.ts";
import type { Orphans } from "../../../src/engine/removal/orphans.ts";
import type { View } from "../../../src/engine/state/world.ts";
import type { ObservedProject } from "../../../src/model/observed.ts";
import { indexOwnership } from "../../../src/plan/ownership.ts";
import type { LiveService } from "../../../src/ports.ts";
import type { Tombstone } from "../../../src/ports-store.ts";
import { project } from "../../support/effects.ts";

let live: Map<string, LiveService>;
let existing: Set<string>;
let known: string[];
let tombstones: Tombstone[];
let asked: string[];
let told: string[];
let orphans: Orphans;
beforeEach(() => {
  live = new Map();
  existing = new Set();
  known = [];
  tombstones = [];
  asked = [];
  told = [];
  orphans = createOrphans({
    platform: {
      liveServices: async (ids) => {
        asked.push(...ids);
        return new Map([...live].filter(([id]) => ids.includes(id)));
      },
      hasProject: async (id) => {
        asked.push(`project ${id}`);
        return existing.has(id);
      },
    },
    tombstones: { all: () => tombstones },
    knownProjects: () => known,
    tell: (_, message) => told.push(message),
  });
});

const labelled: LiveService = { want: "0123456789ab.1", updateState: null };
const foreign: LiveService = { want: null, updateState: null };
const view = (names: readonly string[], projects: readonly ObservedProject[] = []): View => ({
  takenAtMs: 0,
  ownership: indexOwnership("default", projects),
  swarm: new Map(
    names.map((appName) => [
      appName,
      { id: `id-${appName}`, appName, image: "nginx:1", running: 1, wanted: 1 },
    ]),
  ),
});
const tombstone = (appName: string): Tombstone => ({
  id: "a1",
  stack: "shop",
  kind: "application",
  appName,
  reason: "no longer in Git",
  sinceMs: 0,
});
const names = (): string[] => orphans.current().map(({ appName }) => appName);

test("what carries the label and no application has is an orphan; what carries none is not", async () => {
  live = new Map([
    ["id-ours", labelled],
    ["id-theirs", foreign],
  ]);
  await orphans.look(view(["ours", "theirs"]));
  expect(names()).toEqual(["ours"]);
  expect(told).toEqual([expect.stringContaining("`docker service rm ours`, unless another")]);
});

test("what Capstan removed is an orphan without a label too, and its stack is named", async () => {
  live.set("id-ours", foreign);
  tombstones = [tombstone("ours")];
  await orphans.look(view(["ours"]));
  expect(orphans.current()).toMatchObject([{ appName: "ours", stack: "shop" }]);
});

test("each is looked at once and told once, and again when it was gone in between", async () => {
  live.set("id-ours", labelled);
  for (let n = 0; n < 3; n++) await orphans.look(view(["ours"]));
  expect([asked, told.length]).toEqual([["id-ours"], 1]);
  await orphans.look(view([]));
  expect(names()).toEqual([]);
  await orphans.look(view(["ours"]));
  expect([asked.length, told.length]).toEqual([2, 2]);
});

test("one whose removal is under way is none: it is gone when looked at", async () => {
  tombstones = [tombstone("ours")];
  await orphans.look(view(["ours"]));
  expect([names(), told]).toEqual([[], []]);
});

test("what an application has is looked at by nobody", async () => {
  const [environment] = project("p1").environments;
  const service = {
    kind: "application" as const,
    id: "a1",
    name: "web",
    appName: "shop-web",
    description: null,
    createdAt: "",
    serverId: null,
    status: "done",
  };
  const shop = { ...project("p1"), environments: [{ ...environment!, services: [service] }] };
  await orphans.look(view(["shop-web"], [shop]));
  expect([asked, names()]).toEqual([[], []]);
});

test("R4 a list that lacks a project which exists makes no orphans; one that is gone is asked for once", async () => {
  live.set("id-ours", labelled);
  known = ["p1"];
  existing.add("p1");
  await orphans.look(view(["ours"]));
  expect([names(), told]).toEqual([[], []]);
  existing.clear();
  for (let n = 0; n < 3; n++) await orphans.look(view(["ours"]));
  expect(names()).toEqual(["ours"]);
  expect(asked).toEqual(["project p1", "project p1", "id-ours"]);
});

test("R3 while the swarm does not answer, what was known stays", async () => {
  live.set("id-ours", labelled);
  await orphans.look(view(["ours"]));
  await orphans.look({ ...view([]), swarm: null });
  expect(names()).toEqual(["ours"]);
});

test("many new ones are looked at a hundred at a time", async () => {
  const many = Array.from({ length: 150 }, (_, n) => `s${n}`);
  for (const name of many) live.set(`id-${name}`, labelled);
  await orphans.look(view(many));
  expect([asked.length, names().length]).toEqual([100, 100]);
  await orphans.look(view(many));
  expect([asked.length, names().length]).toEqual([150, 150]);
});
