import { once } from "node:events";
import { connect } from "node:net";
import { afterEach, expect, test } from "vitest";
import { overview } from "../../src/http/api/shapes/dashboard.ts";
import { stackSummary } from "../../src/http/api/shapes/stack.ts";
import { createSseStreams } from "../../src/http/api/sse.ts";
import { systemClock } from "../../src/lib/clock.ts";
import { createFakeEngine, status, type FakeEngine } from "../cli/support.ts";
import { createApiWorld, type ApiWorld } from "./api-support.ts";
import { watching, type Watching } from "./sse-support.ts";
import { serveEngine } from "../support/serve-engine.ts";

const always = async (): Promise<boolean> => true;

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

function open(engine: FakeEngine, redact?: (text: string) => string): ApiWorld {
  const world = createApiWorld({ engine, ...(redact === undefined ? {} : { redact }) });
  closers.push(() => {
    world.close();
  });
  return world;
}

async function watch(world: ApiWorld, lastId?: string): Promise<Watching> {
  const headers = {
    accept: "text/event-stream",
    ...(lastId === undefined ? {} : { "last-event-id": lastId }),
  };
  const answer = await world.raw("/api/v1/stream", headers);
  expect(answer.status).toBe(200);
  expect(answer.headers.get("x-accel-buffering")).toBe("no");
  const stream = watching(answer);
  closers.push(() => stream.leave());
  return stream;
}

const fine = (name: string) => status(name, { kind: "converged" });
const failing = (name: string) => status(name, { kind: "terminal", message: "no image" });
const isStack =
  (name: string) =>
  ({ event, data }: { event: string; data: { name?: string } }): boolean =>
    event === "stack" && data.name === name;

function withStacks(...names: readonly string[]): FakeEngine {
  const engine = createFakeEngine();
  engine.setStacks(names.map(fine));
  return engine;
}

test("a stream begins with the overview and every stack", async () => {
  const stream = await watch(open(withStacks("blog", "shop")));
  await stream.next(isStack("shop"));
  const [first, second, ...stacks] = stream.messages;
  expect(first).toMatchObject({
    event: "overview",
    data: { counts: { ready: 2, failing: 0 }, person: { role: "operator" } },
  });
  expect(overview.parse(first!.data)).toBeDefined();
  expect(second).toMatchObject({ event: "reset" });
  expect(stacks.map(({ data }) => data.name)).toEqual(["blog", "shop"]);
  expect(stackSummary.parse(stacks[0]!.data)).toBeDefined();
});

test("a change is told once, with the counts, and what did not change is not", async () => {
  const engine = withStacks("blog", "shop");
  const stream = await watch(open(engine));
  await stream.next(isStack("shop"));
  const before = stream.messages.length;
  engine.setStacks([{ ...fine("blog"), lastRunMs: 9 }, failing("shop")]);
  for (let index = 0; index < 50; index += 1) engine.tell({ message: `${index}` });
  const changed = await stream.next(isStack("shop"));
  expect(changed?.data).toMatchObject({ state: "failing", stateText: "Failing" });
  const told = stream.messages.slice(before);
  expect(told.filter(({ event }) => event === "event")).toHaveLength(50);
  expect(told.filter(({ event }) => event === "stack").map(({ data }) => data.name)).toEqual([
    "shop",
  ]);
  expect(told.find(({ event }) => event === "overview")?.data.counts).toMatchObject({
    ready: 1,
    failing: 1,
  });
});

test("a stack that is gone is told", async () => {
  const engine = withStacks("blog", "shop");
  const stream = await watch(open(engine));
  await stream.next(isStack("shop"));
  engine.setStacks([fine("shop")]);
  engine.tell({ message: "removed" });
  expect((await stream.next(({ event }) => event === "gone"))?.data).toEqual({ name: "blog" });
});

test("who comes back gets what was missed and nothing twice", async () => {
  const engine = withStacks("blog", "news", "shop");
  const world = open(engine);
  const first = await watch(world);
  const last = await first.next(isStack("shop"));
  await first.leave();
  engine.setStacks([fine("news"), failing("shop")]);
  engine.tell({ message: "missed", stack: "shop" });
  const second = await watch(world, last!.id!);
  await second.next(({ event }) => event === "gone");
  const told = second.messages.map(({ event, data }) => [event, data.name ?? data.message]);
  expect(told).toEqual([
    ["overview", undefined],
    ["event", "missed"],
    ["stack", "shop"],
    ["gone", "blog"],
  ]);
});

test("an id of another process, or nonsense, begins anew", async () => {
  const world = open(withStacks("shop"));
  for (const id of ["zzz-4.2", "", "a.b.c", "0-0.99999999", "\u00ff"]) {
    const stream = await watch(world, id);
    await stream.next(isStack("shop"));
    expect(stream.messages.map(({ event }) => event)).toEqual(["overview", "reset", "stack"]);
    await stream.leave();
  }
});

test("P5 nothing secret goes over it", async () => {
  const engine = createFakeEngine();
  const [ready] = failing("shop").conditions;
  const sick = { ...failing("shop"), conditions: [{ ...ready!, message: "canary" }] };
  engine.setStacks([sick]);
  const state = { ...engine.state(), sourceError: "canary" };
  Object.assign(engine, { state: () => state });
  const stream = await watch(open(engine, (text) => text.replaceAll("canary", "(secret)")));
  engine.tell({ message: "canary" });
  await stream.next(({ event }) => event === "event");
  expect(JSON.stringify(stream.messages)).not.toContain("canary");
  expect(JSON.stringify(stream.messages)).toContain("(secret)");
});

test("without Accept it says what it is, and HEAD opens nothing", async () => {
  const world = open(withStacks("shop"));
  const { status: code, json } = await world.request("GET", "/api/v1/stream");
  expect([code, json.hint]).toEqual([400, "send `Accept: text/event-stream`"]);
  for (let index = 0; index < 100; index += 1) {
    await world.request("HEAD", "/api/v1/stream", { headers: { accept: "text/event-stream" } });
  }
  await watch(world);
});

test("P7 one person's streams leave room for others", () => {
  const limits = { most: 5, mostOfOne: 3, mostUnreadBytes: 1_000 };
  const streams = createSseStreams(systemClock, limits);
  const connection = {
    gone: new AbortController().signal,
    cut: () => undefined,
    client: "192.0.2.1",
    mayStay: always,
  };
  const ask = (who: string) => streams.open(who, connection, () => () => undefined) !== null;
  expect(["a", "a", "a", "a", "b", "b", "b"].map(ask)).toEqual([
    ...[true, true, true, false],
    ...[true, true, false],
  ]);
  expect(streams.size()).toBe(5);
  streams.close();
  expect(streams.size()).toBe(0);
});

test("P7 over a socket, a reader that stops reading is cut off and costs no more memory", async () => {
  const engine = withStacks("shop");
  const server = await serveEngine(engine);
  closers.push(() => server.close());
  const { port, host } = new URL(server.address);
  const socket = connect(Number(port), "127.0.0.1");
  closers.push(() => socket.destroy());
  const closed = once(socket, "close");
  socket.on("error", () => undefined);
  socket.write(`GET /api/v1/stream HTTP/1.1\r\nHost: ${host}\r\nAccept: text/event-stream\r\n\r\n`);
  await once(socket, "readable");
  const text = "x".repeat(8_000);
  let sent = 0;
  // It reads nothing: what the kernel does not take gathers here, and then the server ends it.
  while (sent < 4_000) {
    sent += 1;
    engine.tell({ message: text });
    if (sent % 50 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  // Although nobody reads what is left, nothing of it stays.
  let received = 0;
  socket.on("data", (chunk: Buffer) => (received += chunk.length));
  await closed;
  expect(received).toBeLessThan((sent * text.length) / 2);
});
