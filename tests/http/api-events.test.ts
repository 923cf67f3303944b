import { afterEach, describe, expect, test } from "vitest";
import type { HttpServer } from "../../src/http/server.ts";
import { createFakeEngine, type FakeEngine } from "../cli/support.ts";
import { serveEngine } from "../support/serve-engine.ts";
import { createVirtualClock } from "../support/virtual-clock.ts";
import { createSseStreams } from "../../src/http/api/sse.ts";
import { createApiWorld, type ApiWorld } from "./api-support.ts";

const always = async (): Promise<boolean> => true;

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

function open(engine: FakeEngine): ApiWorld {
  const world = createApiWorld({ engine });
  closers.push(() => {
    world.close();
  });
  return world;
}

const stream = { accept: "text/event-stream" };

/** Reads until `count` events came, then leaves. */
async function read(answer: Response, count: number) {
  const reader = answer.body!.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  const events = () =>
    text
      .split("\n\n")
      .slice(0, -1)
      .filter((block) => block.startsWith("id: "))
      .map((block) => {
        const [id = "", data = ""] = block.split("\n");
        return { id: id.slice(4), ...JSON.parse(data.slice(6)) };
      });
  while (events().length < count) {
    const { value, done } = await reader.read();
    if (done) break;
    text += value;
  }
  await reader.cancel();
  return events();
}

describe("GET /events", () => {
  test("tells the newest last, of one stack, since a time, and is bounded (P7)", async () => {
    const engine = createFakeEngine();
    const world = open(engine);
    for (let index = 0; index < 1_500; index += 1) {
      engine.tell({ stack: index % 2 === 0 ? "shop" : "blog", message: `${index}`, atMs: index });
    }
    const messages = async (query: string): Promise<readonly string[]> => {
      const { json } = await world.request("GET", `/api/v1/events${query}`);
      return json.events.map(({ message }: { message: string }) => message);
    };
    expect(await messages("")).toHaveLength(100);
    expect(await messages("?limit=3")).toEqual(["1497", "1498", "1499"]);
    expect(await messages("?limit=2&stack=shop")).toEqual(["1496", "1498"]);
    expect(await messages("?since=1970-01-01T00:00:01.498Z")).toEqual(["1498", "1499"]);
    expect((await messages("?limit=1000")).length).toBe(1_000);
    expect((await world.request("GET", "/api/v1/events?since=yesterday")).status).toBe(400);
  });

  test("tells of one kind, of some levels, and what one person asked for", async () => {
    const engine = createFakeEngine();
    const world = open(engine);
    const done = { type: "rollout", status: "done", service: "app/web", target: "web" } as const;
    engine.tell({ kind: "note", message: "one", asked: { what: "redeploy", by: "ops" } });
    engine.tell({
      kind: "action",
      message: "two",
      action: { ...done, cause: { kind: "person", by: "ops", rolledBack: false } },
    });
    engine.tell({ kind: "drift", level: "warn", message: "three" });
    engine.tell({ kind: "rollout", level: "error", message: "four" });
    const messages = async (query: string): Promise<readonly string[]> => {
      const { json } = await world.request("GET", `/api/v1/events${query}`);
      return json.events?.map(({ message }: { message: string }) => message) ?? [json.detail];
    };
    expect(await messages("?by=ops")).toEqual(["one", "two"]);
    expect(await messages("?by=nobody")).toEqual([]);
    expect(await messages("?kind=drift")).toEqual(["three"]);
    expect(await messages("?kind=drift,rollout&kind=note")).toEqual(["one", "three", "four"]);
    expect(await messages("?level=warn,error")).toEqual(["three", "four"]);
    expect((await messages("?level=loud"))[0]).toContain("level");
    const answer = await world.raw("/api/v1/events?kind=drift", stream);
    engine.tell({ kind: "note", message: "five" });
    engine.tell({ kind: "drift", message: "six" });
    expect(await read(answer, 1)).toMatchObject([{ message: "six" }]);
  });

  test("as a stream tells what happens from then on", async () => {
    const engine = createFakeEngine();
    const world = open(engine);
    engine.tell({ message: "before" });
    const answer = await world.raw("/api/v1/events?stack=shop", stream);
    expect(answer.headers.get("content-type")).toContain("text/event-stream");
    engine.tell({ stack: "blog", message: "of another" });
    engine.tell({ stack: "shop", message: "after" });
    expect(await read(answer, 1)).toMatchObject([{ message: "after", stack: "shop" }]);
  });

  test("goes on after Last-Event-ID without a gap or a repetition", async () => {
    const engine = createFakeEngine();
    const world = open(engine);
    for (const message of ["one", "two", "three"]) engine.tell({ message });
    const { json } = await world.request("GET", "/api/v1/events");
    const headers = { ...stream, "last-event-id": json.events[0].id };
    const answer = await world.raw("/api/v1/events", headers);
    engine.tell({ message: "four" });
    const seen = await read(answer, 3);
    expect(seen.map(({ message }) => message)).toEqual(["two", "three", "four"]);
  });

  test("a limit is of the first answer, not of what was missed since", async () => {
    const engine = createFakeEngine();
    const world = open(engine);
    for (const message of ["one", "two", "three", "four"]) engine.tell({ message });
    const first = await read(await world.raw("/api/v1/events?limit=2", stream), 2);
    expect(first.map(({ message }) => message)).toEqual(["three", "four"]);
    const { json } = await world.request("GET", "/api/v1/events");
    const headers = { ...stream, "last-event-id": json.events[0].id };
    const again = await read(await world.raw("/api/v1/events?limit=2", headers), 3);
    expect(again.map(({ message }) => message)).toEqual(["two", "three", "four"]);
  });

  test("an id of an earlier process brings all that is held", async () => {
    const engine = createFakeEngine();
    const world = open(engine);
    engine.tell({ message: "one" });
    const answer = await world.raw("/api/v1/events", { ...stream, "last-event-id": "zzz-900" });
    expect(await read(answer, 1)).toMatchObject([{ message: "one" }]);
  });

  test("HEAD opens no stream", async () => {
    const world = open(createFakeEngine());
    for (let index = 0; index < 100; index += 1) {
      expect((await world.request("HEAD", "/api/v1/events", { headers: stream })).status).toBe(200);
    }
    expect((await world.raw("/api/v1/events", stream)).status).toBe(200);
  });

  test("P7 so many may watch and no more; who leaves makes room", async () => {
    const world = open(createFakeEngine());
    const first = await world.raw("/api/v1/events", stream);
    const others: Response[] = [];
    for (let index = 0; index < 63; index += 1)
      others.push(await world.raw("/api/v1/events", stream));
    const refused = await world.raw("/api/v1/events", stream);
    expect(refused.status).toBe(503);
    expect(refused.headers.get("retry-after")).toBe("30");
    await first.body!.cancel();
    expect((await world.raw("/api/v1/events", stream)).status).toBe(200);
  });
});

describe("a stream", () => {
  function make() {
    const engine = createFakeEngine();
    const clock = createVirtualClock();
    const limits = { most: 64, mostOfOne: 64, mostUnreadBytes: 50_000 };
    const streams = createSseStreams(clock, limits);
    const answer = (gone = new AbortController().signal) =>
      streams.open(
        "ops",
        { gone, cut: () => undefined, client: "192.0.2.1", mayStay: always },
        (send) =>
          engine.onEvent(({ message }) => {
            send({ data: message });
          }),
      )!;
    return { engine, clock, streams, answer };
  }

  test("says now and then that it is there", async () => {
    const { clock, streams, answer } = make();
    const text = answer().text();
    await clock.advance(30_000);
    streams.close();
    expect((await text).match(/^: still here$/gm)).toHaveLength(2);
  });

  test("ends when the one who watches has gone, and when the server ends", async () => {
    const { engine, streams, answer } = make();
    const gone = new AbortController();
    const left = answer(gone.signal).text();
    gone.abort();
    engine.tell({ message: "too late" });
    expect(await left).not.toContain("too late");
    const stays = answer().text();
    streams.close();
    expect(await stays).toContain("retry:");
    const connection = {
      gone: new AbortController().signal,
      cut: () => undefined,
      client: "192.0.2.1",
      mayStay: always,
    };
    expect(streams.open("ops", connection, () => () => undefined)).toBeNull();
  });

  test("P7 who reads too slowly is cut off instead of filling the memory", async () => {
    const { engine, answer } = make();
    const slow = answer();
    for (let index = 0; index < 10_000; index += 1) engine.tell({ message: `${index}` });
    expect((await slow.text()).length).toBeLessThan(100_000);
  });
});

test("closing the server ends those who watch over a socket", async () => {
  const engine = createFakeEngine();
  const server: HttpServer = await serveEngine(engine);
  closers.push(() => server.close());
  const answer = await fetch(`${server.address}/api/v1/events`, { headers: stream });
  expect(answer.status).toBe(200);
  const text = answer.text().catch(() => "cut off");
  engine.tell({ message: "one" });
  await server.close();
  expect(await text).toBeDefined();
});
