// What the adapter reports of its requests, for metrics and traces.
import { expect, test } from "vitest";
import { inScope } from "../../src/lib/scope.ts";
import type { Signal } from "../../src/ports-telemetry.ts";
import { until } from "../support/until.ts";
import { app, failureOf, platformOn, serve } from "./support.ts";
import type { Handler } from "./support.ts";

type Told = Extract<Signal, { kind: "dokploy-request" }>;

async function world(handler: Handler) {
  const { url } = await serve(handler);
  const told: Told[] = [];
  const platform = platformOn(url, {
    tell: (signal) => {
      if (signal.kind === "dokploy-request") told.push(signal);
    },
  });
  return { platform, told };
}

const deployed: Handler = () => ({ json: { success: true } });

test("each request is told once, with its procedure, its end and its time", async () => {
  const { platform, told } = await world(deployed);
  await platform.deploy(app("app-1"), { title: "title", description: "why" }, 60_000);
  expect(told).toHaveLength(1);
  expect(told[0]).toMatchObject({
    procedure: "application.deploy",
    calls: 1,
    isWrite: true,
    outcome: "ok",
    stack: null,
    service: null,
  });
  expect(told[0]?.endedAtMs).toBeGreaterThanOrEqual(told[0]?.startedAtMs ?? Infinity);
});

test.each([
  [429, "rate-limited"],
  [403, "forbidden"],
  [404, "unsupported"],
  [400, "invalid"],
  [500, "uncertain"],
] as const)("an answer with status %i is told as %s", async (status, outcome) => {
  const json = { message: "no", code: "SOMETHING", data: { code: "X", path: null } };
  const { platform, told } = await world(() => ({ status, json }));
  const error = await failureOf(
    platform.deploy(app("app-1"), { title: "title", description: "why" }, 60_000),
  );
  expect(told.map((one) => one.outcome)).toEqual([error.code]);
  expect(error.code).toBe(outcome);
});

test("a lost answer is told, and so is each try of a read", async () => {
  const { platform, told } = await world(() => ({ cut: "before" }));
  await failureOf(platform.deploy(app("app-1"), { title: "title", description: "why" }, 60_000));
  expect(told.map(({ outcome }) => outcome)).toEqual(["uncertain"]);
  await failureOf(platform.serviceLog(app("app-1"), 10));
  expect(told.length).toBeGreaterThan(2);
  expect(new Set(told.slice(1).map(({ outcome }) => outcome))).toEqual(new Set(["unavailable"]));
});

test("a request that is never sent is not told", async () => {
  const { platform, told } = await world(deployed);
  void platform.stop();
  await failureOf(platform.deploy(app("app-1"), { title: "title", description: "why" }, 60_000));
  expect(told).toEqual([]);
});

test("a request belongs to the stack that asked, also when another one's end lets it go", async () => {
  const gates: (() => void)[] = [];
  const { platform, told } = await world(async () => {
    await new Promise<void>((resolve) => void gates.push(resolve));
    return { json: { success: true } };
  });
  const all = ["a", "b", "c", "d", "e", "f"].map((stack) =>
    inScope({ stack, service: "app/web" }, () =>
      platform.deploy(app(`app-${stack}`), { title: "title", description: "why" }, 60_000),
    ),
  );
  const sent = Promise.all(all);
  // Four go at once; each that ends lets another one go.
  await Promise.all(
    all.map(async () => {
      const open = await until("a request came", () => gates.shift());
      open();
    }),
  );
  await sent;
  expect(told.map(({ stack }) => stack).sort()).toEqual(["a", "b", "c", "d", "e", "f"]);
  expect(new Set(told.map(({ service }) => service))).toEqual(new Set(["app/web"]));
});

test("a batch is one request, named by its first procedure", async () => {
  const { platform, told } = await world(({ procedure }) => ({
    json: procedure
      .replace("trpc/", "")
      .split(",")
      .map(() => ({ result: { data: { json: [] } } })),
  }));
  // What comes of such empty lists does not matter here.
  await platform.list().catch(() => undefined);
  expect(told[0]).toMatchObject({ procedure: "project.all", calls: 4, isWrite: false });
});
