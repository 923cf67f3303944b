import { expect, test } from "vitest";
import type { StackNode } from "../../../src/engine/reader/stack-node.ts";
import { stackTree } from "../../../src/engine/reader/stack-tree.ts";
import type { TreeInput } from "../../../src/engine/reader/stack-tree.ts";
import { describe as describing } from "../../../src/model/marker.ts";
import type { Marker } from "../../../src/model/marker.ts";
import type {
  ObservedProject,
  ObservedService,
  SwarmService,
} from "../../../src/model/observed.ts";
import type { Action } from "../../../src/model/plan.ts";
import type { Outcome, StackStatus } from "../../../src/model/status.ts";
import { status } from "../../cli/support.ts";

const instance = "default";

function marker(key: string, id: string, done: Marker["done"]): Marker {
  const want = { hash: "0123456789ab", attempt: 1 };
  return {
    owner: `${instance}/shop`,
    key,
    id: id.slice(0, 8),
    want,
    done: done ?? null,
    bad: null,
    keep: false,
    rev: null,
    live: null,
  };
}

function service(name: string, more: Partial<ObservedService> = {}): ObservedService {
  const id = `${name}-id-12345`;
  return {
    kind: "application",
    id,
    name,
    appName: `shop-${name}`,
    description: describing("", marker(`app/${name}`, id, { hash: "0123456789ab", attempt: 1 })),
    createdAt: "2026-01-01",
    serverId: null,
    status: "done",
    ...more,
  };
}

function project(...services: readonly ObservedService[]): ObservedProject {
  return {
    projectId: "p1",
    name: "shop",
    description: null,
    variables: {},
    createdAt: "2026-01-01",
    environments: [
      { environmentId: "e1", name: "production", isDefault: true, services },
      { environmentId: "e2", name: "empty", isDefault: false, services: [] },
    ],
  };
}

const runs = (name: string, running: number, wanted: number): [string, SwarmService] => [
  `shop-${name}`,
  { id: `s-${name}`, appName: `shop-${name}`, image: `acme/${name}:1`, running, wanted },
];

function tree(more: Partial<TreeInput>): StackNode | null {
  return stackTree({
    stack: "shop",
    instance,
    desired: null,
    projects: [],
    swarm: new Map(),
    status: null,
    rolling: new Set(),
    failed: new Set(),
    orphans: [],
    ...more,
  });
}

function all(node: StackNode | null): readonly StackNode[] {
  return node === null ? [] : [node, ...node.children.flatMap(all)];
}

const healthOf = (more: Partial<TreeInput>, id = "app/web") =>
  all(tree(more)).find((node) => node.id === id)?.health;

test.each([
  ["runs whole", [runs("web", 2, 2)], "healthy"],
  ["runs in part", [runs("web", 1, 2)], "degraded"],
  ["was scaled to none", [runs("web", 0, 0)], "stopped"],
  ["is gone from the swarm", [], "degraded"],
] as const)("a service that %s", (_, swarm, health) => {
  expect(healthOf({ projects: [project(service("web"))], swarm: new Map(swarm) })).toBe(health);
});

test("a rollout under way, one that was given up, and a silent swarm count more than what runs", () => {
  const projects = [project(service("web"))];
  const swarm = new Map([runs("web", 1, 1)]);
  const id = "web-id-12345";
  expect(healthOf({ projects, swarm, rolling: new Set([id]) })).toBe("progressing");
  expect(healthOf({ projects, swarm, failed: new Set([id]) })).toBe("degraded");
  expect(healthOf({ projects, swarm: null })).toBe("unknown");
});

test("what was never deployed, and what the swarm's list never shows, is not called sick", () => {
  const id = "web-id-12345";
  const fresh = service("web", { description: describing("", marker("app/web", id, null)) });
  expect(healthOf({ projects: [project(fresh)] })).toBe("none");
  const compose = service("web", { kind: "compose" });
  expect(healthOf({ projects: [project(compose)] })).toBe("unknown");
  const hidden = service("web", { appName: "dokploy-web" });
  expect(healthOf({ projects: [project(hidden)] })).toBe("unknown");
});

test("a project is as well as the worst in it, and knows its place in Dokploy", () => {
  const swarm = new Map([runs("web", 1, 1), runs("api", 0, 1)]);
  const found = tree({ projects: [project(service("web"), service("api"))], swarm });
  expect(found).toMatchObject({
    id: "project",
    health: "degraded",
    place: { projectId: "p1", environmentId: "e1", service: null },
  });
  expect(all(found).map(({ id }) => id)).toEqual([
    "project",
    "environment/production",
    "app/web",
    "app/api",
  ]);
  expect(found?.children[0]?.children[0]?.place).toEqual({
    projectId: "p1",
    environmentId: "e1",
    service: { kind: "application", id: "web-id-12345" },
  });
});

test("O9, O10 what nobody manages and what was left over stands beside, with what it is", () => {
  const database = service("db", { kind: "postgres", description: "by hand" });
  const orphan = {
    appName: "shop-old",
    image: "acme/old:1",
    stack: "shop",
    command: "docker service rm shop-old",
  };
  const found = all(
    tree({ projects: [project(database)], swarm: new Map([runs("db", 1, 1)]), orphans: [orphan] }),
  );
  expect(found).toContainEqual(
    expect.objectContaining({
      id: "unmanaged/db-id-12345",
      kind: "unmanaged",
      detail: "postgres, 1 of 1 replicas",
      health: "healthy",
    }),
  );
  expect(found.at(-1)).toMatchObject({ id: "orphan/shop-old", kind: "orphan" });
});

test("of a stack of which nothing is known there is no tree", () => {
  expect(tree({})).toBeNull();
});

const update: Action = {
  type: "rollout",
  service: "app/web",
  applicationId: "web-id-12345",
  cause: { kind: "drift", change: { what: "fields", fields: ["image"] } },
  risk: "restart",
  changes: [],
} as unknown as Action;

function withPlan(outcome: Outcome): StackStatus {
  const plan = { stack: "shop", actions: [update], notes: [], conflict: null };
  return status("shop", outcome, { plan });
}

test.each<[Outcome, string | null]>([
  [{ kind: "converged" }, null],
  [{ kind: "progressing", message: "" }, null],
  [{ kind: "degraded", message: "" }, null],
  [{ kind: "failed", message: "", retryAfterMs: null }, "restart"],
  [{ kind: "waiting", reason: "suspended", message: "", afterMs: null }, "restart"],
  [{ kind: "waiting", reason: "window", message: "", afterMs: null }, "restart"],
  // What an approval holds back is removals alone.
  [{ kind: "waiting", reason: "approval", message: "", afterMs: null }, null],
])("after %j the plan's action is still to do: %s", (outcome, change) => {
  const found = all(tree({ projects: [project(service("web"))], status: withPlan(outcome) }));
  const web = found.find(({ id }) => id === "app/web");
  expect([web?.change, web?.drift]).toEqual([change, change !== null]);
});

test("texts from the server are one line", () => {
  const evil = service("web", { name: "a\u001b[2Jb\nc", description: null });
  const found = all(tree({ projects: [project(evil)] }));
  expect(found.map(({ name }) => name).join("")).not.toMatch(/[\u0000-\u001f]/);
});

test("a job before a rollout is shown as one, with its end in place of replicas", () => {
  const id = "job-id-12345";
  const want = { hash: "0123456789ab", attempt: 1 };
  const job = (done: Marker["done"]): ObservedService =>
    service("job before web", { id, description: describing("", marker("job/web", id, done)) });
  const swarm = new Map([runs("job before web", 0, 0)]);
  const shown = (done: Marker["done"], more: Partial<TreeInput> = {}) => {
    const root = tree({ projects: [project(job(done))], swarm, ...more });
    const [node] = root?.children[0]?.children ?? [];
    return [node?.kind, node?.name, node?.detail, node?.health];
  };
  expect(shown(want)).toEqual(["job", "job before web", "ended well", "healthy"]);
  expect(shown(null)).toEqual(["job", "job before web", "has not run yet", "none"]);
  expect(shown(null, { rolling: new Set([id]) })[3]).toBe("progressing");
  expect(shown(null, { failed: new Set([id]) }).slice(2)).toEqual(["failed", "degraded"]);
});
