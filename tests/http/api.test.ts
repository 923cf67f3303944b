import { afterEach, describe, expect, test } from "vitest";
import { CapstanError } from "../../src/lib/errors.ts";
import { blank } from "../../src/engine/reader/stack-node.ts";
import type { Plan } from "../../src/model/plan.ts";
import { createFakeEngine, emptyPlan, status, type FakeEngine } from "../cli/support.ts";
import type { ApiDeps } from "../../src/http/api/api.ts";
import { bearer, createApiWorld, operatorToken, tokens, type ApiWorld } from "./api-support.ts";

const worlds: ApiWorld[] = [];
afterEach(() => {
  for (const world of worlds.splice(0)) world.close();
});

function open(
  engine: FakeEngine = createFakeEngine(),
  redact?: (text: string) => string,
  deps: Partial<ApiDeps> = {},
): ApiWorld {
  const more = redact === undefined ? {} : { redact };
  const world = createApiWorld({ engine, tokens, deps, ...more });
  worlds.push(world);
  return {
    ...world,
    request: (method, path, more = {}) =>
      world.request(method, `/api/v1${path}`, {
        ...more,
        headers: { ...bearer(operatorToken), ...more.headers },
      }),
  };
}

const waits = status("shop", { kind: "waiting", reason: "window", message: "closed", afterMs: 1 });
const plan: Plan = {
  stack: "shop",
  actions: [
    {
      type: "create-environment",
      environment: "staging",
      cause: { kind: "missing" },
      risk: "none",
      changes: [{ path: "name", was: null, is: "staging" }],
    },
  ],
  notes: [{ kind: "unmanaged", message: "old is nobody's" }],
  conflict: null,
};

function withStacks(...names: readonly string[]): FakeEngine {
  const engine = createFakeEngine();
  engine.setStacks(names.map((name) => status(name, { kind: "converged" })));
  return engine;
}

describe("GET /stacks", () => {
  test("tells of each stack whether it is ready and why not", async () => {
    const engine = createFakeEngine();
    engine.setStacks([
      status("blog", { kind: "converged" }, { urls: ["https://b.example.com"] }),
      waits,
    ]);
    const { json } = await open(engine).request("GET", "/stacks");
    expect(json).toMatchObject({
      stacks: [
        { name: "blog", ready: true, outcome: "converged", urls: ["https://b.example.com"] },
        { name: "shop", ready: false, outcome: "waiting", lastRun: "1970-01-01T00:00:00.000Z" },
      ],
      total: 2,
      next: null,
    });
  });

  test("P7 is bounded, and goes on after a name", async () => {
    const world = open(withStacks("a", "b", "c"));
    const first = await world.request("GET", "/stacks?limit=2");
    expect(first.json).toMatchObject({ total: 3, next: "b" });
    expect(first.json.stacks).toHaveLength(2);
    const second = await world.request("GET", "/stacks?limit=2&after=b");
    expect(second.json).toMatchObject({ stacks: [{ name: "c" }], next: null });
    expect((await world.request("GET", "/stacks?limit=1001")).status).toBe(400);
    const many = open(withStacks(...Array.from({ length: 1_200 }, (_, index) => `s${index}`)));
    expect((await many.request("GET", "/stacks")).json.stacks).toHaveLength(500);
  });
});

describe("GET /stacks/:name", () => {
  test("tells conditions, plan, notes, services and why it was deployed last", async () => {
    const engine = createFakeEngine();
    engine.setStacks([{ ...waits, plan }]);
    const live = { service: "app/web", appName: "shop-web-x1", running: 1, wanted: 2 };
    const deploy = {
      service: "app/web",
      reason: "ops asked for a redeploy",
      cause: { kind: "person", by: "ops", rolledBack: false },
      revision: "abc",
      atMs: 0,
    };
    const lastRun = { status: "error", at: "2026-11-29T02:00:07.000Z" };
    const job = { service: "app/web", kind: "schedule", name: "nightly", lastRun };
    const web = { id: "app/web", kind: "application", name: "web", health: "healthy" };
    const id = "app/web/schedule/nightly";
    const nightly = {
      id,
      kind: "schedule",
      name: "nightly",
      health: "none",
      detail: "0 2 * * * UTC",
    };
    Object.assign(engine, {
      services: () => [live],
      deploys: () => [deploy],
      suspension: () => ({ stack: "shop", by: "ops", sinceMs: 0 }),
      jobs: async () => [job],
      tree: () => ({ ...blank, ...web, children: [{ ...blank, ...nightly }] }),
    });
    const { json } = await open(engine).request("GET", "/stacks/shop");
    expect(json).toMatchObject({
      jobs: [job],
      tree: { children: [{ detail: "0 2 * * * UTC, last run error, 2026-11-29 02:00 UTC" }] },
    });
    expect(json).toMatchObject({
      name: "shop",
      suspended: { by: "ops", since: "1970-01-01T00:00:00.000Z" },
      conditions: [{ type: "Ready", status: "False" }],
      services: [{ name: "web", service: "app/web", running: 1, wanted: 2 }],
      notes: [{ message: "old is nobody's" }],
      plan: { change: "changed", actions: [{ title: "create environment staging" }] },
      lastDeploys: [{ service: "app/web", reason: "ops asked for a redeploy" }],
    });
  });

  test("shows the rest of a stack while Dokploy cannot be asked for runs", async () => {
    const engine = withStacks("shop");
    Object.assign(engine, { jobs: () => Promise.reject(new CapstanError("unavailable", "down")) });
    const { status, json } = await open(engine).request("GET", "/stacks/shop");
    expect([status, json.name, json.jobs]).toEqual([200, "shop", null]);
  });

  test("guesses which one was meant", async () => {
    const answer = await open(withStacks("shop")).request("GET", "/stacks/shpo");
    expect(answer.json).toEqual({
      type: "about:blank",
      title: "Not Found",
      status: 404,
      detail: "there is no stack shpo",
      hint: "did you mean `shop`?",
    });
  });
});

describe("GET /plan", () => {
  test("is the plan of all, or of one stack, as the command prints it as JSON", async () => {
    const engine = withStacks("shop");
    Object.assign(engine, {
      plan: async (options: { stacks?: readonly string[] }) => {
        engine.asked.push(`plan ${options.stacks?.join(",") ?? "all"}`);
        return { ...emptyPlan, plans: [plan] };
      },
    });
    const world = open(engine);
    expect((await world.request("GET", "/plan")).json).toMatchObject({
      line: expect.any(String),
      stacks: [{ name: "shop", change: "changed" }],
      totalStacks: 1,
    });
    await world.request("GET", "/plan?stack=shop");
    expect(engine.asked).toEqual(["plan all", "plan shop"]);
    expect((await world.request("GET", "/plan?stack=nope")).status).toBe(404);
  });

  test("those who ask at the same time share one", async () => {
    const engine = withStacks("shop");
    const world = open(engine);
    await Promise.all([world.request("GET", "/plan"), world.request("GET", "/plan")]);
    expect(engine.asked).toEqual(["plan all"]);
  });
});

describe("what changes something", () => {
  test("is answered with 202 and says who asked", async () => {
    const world = open(withStacks("shop"));
    const asks = [
      ["/stacks/shop/reconcile", undefined],
      ["/stacks/shop/redeploy", '{"service":"web"}'],
      ["/stacks/shop/redeploy", undefined],
      ["/stacks/shop/suspend", undefined],
      ["/stacks/shop/resume", "{}"],
      ["/approve-prune", '{"digest":"12ab34cd56ef"}'],
    ] as const;
    for (const [path, body] of asks) {
      const answer = await world.request("POST", path, body === undefined ? {} : { body });
      expect(answer.status, path).toBe(202);
      expect(answer.json, path).toMatchObject({ by: "ops", message: expect.any(String) });
    }
    expect(world.engine.asked).toEqual([
      "reconcile shop by ops",
      "redeploy shop web by ops",
      "redeploy shop all by ops",
      "suspend shop by ops",
      "resume shop by ops",
      "approve 12ab34cd56ef by ops",
    ]);
  });

  test("refuses a body or an address with a mistake, names each, and does nothing", async () => {
    const world = open(withStacks("shop"));
    const wrong = [
      ["/stacks/shop/redeploy", '{"servic":"web"}', "servic"],
      ["/stacks/shop/redeploy", "{", "not JSON"],
      ["/stacks/shop/suspend", '{"for":"1h"}', "for"],
      ["/approve-prune", "{}", "digest"],
      ["/approve-prune", '{"digest":"all"}', "digest"],
      ["/stacks/shop/reconcile?force=1", "{}", "force"],
    ] as const;
    for (const [path, body, named] of wrong) {
      const answer = await world.request("POST", path, { body });
      expect(answer.status, path).toBe(400);
      expect(answer.json.detail, path).toContain(named);
    }
    expect(world.engine.asked).toEqual([]);
  });

  test("is refused when the body is too large", async () => {
    const body = JSON.stringify({ service: "x".repeat(100_000) });
    const answer = await open().request("POST", "/stacks/shop/redeploy", {
      body,
      headers: { "content-length": String(body.length) },
    });
    expect(answer.status).toBe(413);
  });

  test("tells the engine's refusals with status and hint", async () => {
    const engine = withStacks("shop");
    const refusals = [
      ["not-found", 404],
      ["conflict", 409],
      ["unavailable", 503],
      ["unauthorised", 502],
    ] as const;
    for (const [code, wanted] of refusals) {
      Object.assign(engine, {
        async approvePrune() {
          throw new CapstanError(code, "no such list", { hint: "look again" });
        },
      });
      const answer = await open(engine).request("POST", "/approve-prune", {
        body: '{"digest":"12ab34cd56ef"}',
      });
      expect(answer.status).toBe(wanted);
      expect(answer.json).toMatchObject({ detail: "no such list", hint: "look again" });
    }
  });

  test("a failure inside is told without its words", async () => {
    const engine = withStacks("shop");
    Object.assign(engine, {
      reconcile() {
        throw new Error("canary");
      },
    });
    const answer = await open(engine).request("POST", "/stacks/shop/reconcile");
    expect(answer.status).toBe(500);
    expect(answer.text).not.toContain("canary");
  });
});

describe("GET /stacks/:name/logs", () => {
  test("asks for the service and the number of lines, both bounded", async () => {
    const world = open(withStacks("shop"));
    const answer = await world.request("GET", "/stacks/shop/logs?service=web&lines=7");
    expect(answer.json).toEqual({
      logs: [{ name: "web", service: "app/web", lines: ["one", "two"] }],
    });
    await world.request("GET", "/stacks/shop/logs");
    expect(world.engine.asked).toEqual(["logs shop web 7", "logs shop all 100"]);
    expect((await world.request("GET", "/stacks/shop/logs?lines=100000")).status).toBe(400);
  });
});

test("a method that an address does not know is 405 with those that it knows", async () => {
  const world = open(withStacks("shop"));
  const answer = await world.request("PUT", "/stacks/shop");
  expect(answer.status).toBe(405);
  expect(answer.headers.get("allow")).toBe("GET, HEAD, DELETE");
  expect((await world.request("GET", "/stacks/shop/redeploy")).headers.get("allow")).toBe("POST");
  expect((await world.request("GET", "/nothing")).status).toBe(404);
});

test("P6 a body that a form of any page could send is refused, whatever it says", async () => {
  const world = open(withStacks("shop"));
  for (const type of ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"]) {
    const answer = await world.request("POST", "/stacks/shop/suspend", {
      body: "{}",
      headers: { "content-type": type },
    });
    expect(answer.status).toBe(415);
    expect(answer.type).toBe("application/problem+json");
  }
  expect(world.engine.asked).toEqual([]);
  for (const type of ["application/json", "Application/JSON; charset=utf-8"]) {
    const headers = { "content-type": type };
    const answer = await world.request("POST", "/stacks/shop/suspend", { body: "{}", headers });
    expect(answer.status).toBe(202);
  }
  expect((await world.request("POST", "/stacks/shop/suspend")).status).toBe(202);
});

test("P7 what an address says comes back in a few words only", async () => {
  const world = open(withStacks("shop"));
  const long = "x".repeat(10_000);
  for (const path of [`/stacks/${long}`, `/${long}`]) {
    expect((await world.request("GET", path)).text.length).toBeLessThan(1_000);
  }
});
