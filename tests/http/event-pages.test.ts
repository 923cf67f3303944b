// Events page by page: from the newest in memory to the oldest that was recorded, each once, in order.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createHistory } from "../../src/engine/events/history.ts";
import { createEventIds, createEventLog } from "../../src/engine/events/events.ts";
import type { NewEvent } from "../../src/engine/events/events.ts";
import { silentLogger } from "../../src/lib/logger.ts";
import { createRedactor } from "../../src/lib/redact.ts";
import type { Store } from "../../src/ports-store.ts";
import { openStore } from "../../src/store/store.ts";
import { createFakeEngine } from "../cli/support.ts";
import { createVirtualClock } from "../support/virtual-clock.ts";
import { createApiWorld } from "./api-support.ts";
import type { ApiWorld } from "./api-support.ts";

let folder: string;
let store: Store;
const clock = createVirtualClock();
const closing: (() => void)[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "capstan-events-"));
  store = openStore(folder);
});
afterEach(() => {
  for (const close of closing.splice(0)) close();
  store.close();
  rmSync(folder, { recursive: true, force: true });
});

/** A process with the store of the one before; what it says is recorded as the engine does it. */
async function process(isLeading = true) {
  await clock.advance(1_000);
  const startedAtMs = clock.now();
  const redactor = createRedactor();
  const log = createEventLog(clock, silentLogger, redactor, createEventIds(startedAtMs));
  const history = createHistory({ store, events: log, redactor });
  if (isLeading) history.begin();
  const fake = createFakeEngine();
  const world = createApiWorld({
    engine: {
      ...fake,
      state: () => ({ ...fake.state(), startedAtMs }),
      events: () => log.all(),
      onAnyEvent: (listener) => log.listenToAll(listener),
      recorded: (limit, filter) => store.events(limit, filter),
    },
  });
  closing.push(() => {
    world.close();
  });
  return { log, world, history };
}

const said = (message: string, more: Partial<NewEvent> = {}): NewEvent => ({
  ...{ kind: "note", level: "info", stack: "shop", revision: null, message },
  ...more,
});

interface Page {
  readonly events: readonly { readonly id: string; readonly message: string }[];
  readonly older: string | null;
}

async function pageOf(world: ApiWorld, query: string): Promise<Page> {
  const { json } = await world.request("GET", `/api/v1/events?${query}`);
  return json;
}

/** All pages, the newest first; what each says, the newest last. */
async function allPages(world: ApiWorld, query: string, meanwhile = (): void => undefined) {
  const pages: (readonly string[])[] = [];
  const ids: string[] = [];
  for (let before: string | null = ""; before !== null;) {
    const page: Page = await pageOf(world, `${query}${before === "" ? "" : `&before=${before}`}`);
    pages.push(page.events.map(({ message }) => message));
    ids.push(...page.events.map(({ id }) => id));
    before = page.older;
    meanwhile();
  }
  expect(new Set(ids).size).toBe(ids.length);
  return pages;
}

const numbers = (from: number, to: number, step = 1): readonly string[] =>
  Array.from({ length: Math.ceil((to - from) / step) }, (_, index) => String(from + index * step));

test("P7 goes back from what is in memory to what is recorded, each event once, also while new ones come", async () => {
  const { log, world } = await process();
  for (const message of numbers(0, 2_345)) log.add(said(message));
  let more = 0;
  const pages = await allPages(world, "limit=400", () => {
    for (let index = 0; index < 300; index += 1) log.add(said(`new ${(more += 1)}`));
  });
  expect(pages.map((page) => page.length)).toEqual([400, 400, 400, 400, 400, 345]);
  expect([...pages].reverse().flat()).toEqual(numbers(0, 2_345));
});

test("a page that ends where everything ends has nothing older", async () => {
  const { log, world } = await process();
  for (const message of numbers(0, 20)) log.add(said(message));
  const pages = await allPages(world, "limit=10");
  expect(pages).toEqual([numbers(10, 20), numbers(0, 10)]);
  expect(await pageOf(world, "limit=0")).toEqual({ events: [], older: null });
});

test("what earlier processes recorded comes before, and a cursor of theirs stays good", async () => {
  const first = await process();
  for (const message of numbers(0, 1_500)) first.log.add(said(message));
  const { older } = await pageOf(first.world, "limit=100");
  first.world.close();
  const second = await process();
  expect((await pageOf(second.world, "limit=3")).events.map(({ message }) => message)).toEqual(
    numbers(1_497, 1_500),
  );
  for (const message of numbers(1_500, 1_510)) second.log.add(said(message));
  const pages = await allPages(second.world, "limit=1000");
  expect([...pages].reverse().flat()).toEqual(numbers(0, 1_510));
  const next = await pageOf(second.world, `limit=100&before=${String(older)}`);
  expect(next.events.map(({ message }) => message)).toEqual(numbers(1_300, 1_400));
});

test("a process that only waits shows what the others recorded, and its own once", async () => {
  const first = await process();
  for (const message of numbers(0, 30)) first.log.add(said(message));
  const waiting = await process(false);
  waiting.log.add(said("waits"));
  expect((await allPages(waiting.world, "limit=20")).reverse().flat()).toEqual([
    ...numbers(0, 30),
    "waits",
  ]);
});

test("pages are of the events that fit, in memory and in the store alike", async () => {
  const { log, world } = await process();
  const action = { type: "rollout", status: "done", service: "app/web", target: "web" } as const;
  for (const [index, message] of numbers(0, 3_000).entries()) {
    const stack = index % 2 === 0 ? "shop" : "blog";
    const level = index % 3 === 0 ? "warn" : "info";
    const by = index % 10 === 0 ? "olga" : "zoe";
    const cause = { kind: "person", by, rolledBack: false } as const;
    const more: Partial<NewEvent> =
      index % 20 === 0
        ? { kind: "action", action: { ...action, cause } }
        : index % 10 === 0
          ? { asked: { what: "redeploy", by } }
          : {};
    log.add(said(message, { stack, level, ...more }));
  }
  const flat = async (query: string) => (await allPages(world, query)).reverse().flat();
  expect(await flat("limit=300&stack=shop")).toEqual(numbers(0, 3_000, 2));
  expect(await flat("limit=300&level=warn,error")).toEqual(numbers(0, 3_000, 3));
  expect(await flat("limit=300&kind=action&stack=shop")).toEqual(numbers(0, 3_000, 20));
  expect(await flat("limit=100&by=olga")).toEqual(numbers(0, 3_000, 10));
  expect(await flat("limit=100&by=nobody")).toEqual([]);
});

test("how runs ended is recorded where it is news", async () => {
  const { log, world, history } = await process();
  const ended = (message: string, changed: boolean): void => {
    const times = { startedAtMs: clock.now(), endedAtMs: clock.now() };
    const run = { stack: "shop", revision: "abc", outcome: "failed", reasons: [] } as const;
    history.ended({ ...run, ...times, message, changed });
    log.add(said(message, { kind: "outcome" }));
  };
  ended("no route", true);
  ended("no route, as before", false);
  for (const message of numbers(0, 1_000)) log.add(said(message));
  const [, older] = await allPages(world, "limit=1000");
  expect(older).toEqual(["no route"]);
});

test.each(["yesterday", "0", "h-", "'; DROP TABLE events; --", "a".repeat(99)])(
  "a cursor that is none is refused: %s",
  async (before) => {
    const { world } = await process();
    const path = `/api/v1/events?before=${encodeURIComponent(before)}`;
    const { status, json } = await world.request("GET", path);
    expect(status).toBe(400);
    expect(json.detail).toContain("before must be the id of an event");
  },
);
