// Outages, which no event ends, and what is told of them.
import { beforeEach, expect, test } from "vitest";
import { CapstanError } from "../../src/lib/errors.ts";
import type { Event } from "../../src/model/status.ts";
import type { Message } from "../../src/notify/notice.ts";
import { createNotifier } from "../../src/notify/notifier.ts";
import type { Notifier } from "../../src/notify/notifier.ts";
import { parseTarget } from "../../src/notify/target.ts";
import { rememberTold } from "../../src/notify/told.ts";
import type { Store } from "../../src/ports-store.ts";
import { memoryStore } from "../support/memory.ts";
import { createVirtualClock } from "../support/virtual-clock.ts";
import type { VirtualClock } from "../support/virtual-clock.ts";

let clock: VirtualClock;
let sent: Message[];
let store: Store;
let isGitDown: boolean | null;
let isDokployDown: boolean | null;
let files: string[] | null;
let refuse: boolean;
let notifier: Notifier;

function open(): Notifier {
  const parsed = parseTarget("ntfy+https://ntfy.sh/topic");
  if (!parsed.ok) throw new Error(parsed.problem);
  return createNotifier({
    ...rememberTold(store, clock.now()),
    targets: [parsed.target],
    instance: "default",
    async send(_, message) {
      if (refuse) throw new CapstanError("unavailable", "nobody takes it");
      sent.push(message);
    },
    clock,
    random: () => 0,
    newId: () => "id",
    groupMs: 1_000,
    repeatMs: 3_600_000,
    publicUrl: null,
    failing: () => undefined,
    facts: {
      labelsOf: () => ({}),
      brokenFiles: () => files,
      isGitDown: () => isGitDown,
      isDokployDown: () => isDokployDown,
    },
  });
}

beforeEach(() => {
  clock = createVirtualClock();
  sent = [];
  files = [];
  store = memoryStore();
  isGitDown = false;
  isDokployDown = false;
  refuse = false;
  notifier = open();
});

const event = (more: Partial<Event>): Event => ({
  atMs: clock.now(),
  kind: "note",
  level: "error",
  stack: null,
  revision: null,
  message: "because",
  ...more,
});
const titles = (): readonly string[] =>
  sent.flatMap(({ notices }) => notices.map(({ title }) => title));

test("an outage is told when it lasts, and its end", async () => {
  isDokployDown = true;
  notifier.onEvent(event({ kind: "platform-error", message: "nobody answers" }));
  await clock.advance(119_000);
  expect(titles()).toEqual([]);
  await clock.advance(5_000);
  expect(titles()).toEqual(["Dokploy cannot be reached"]);
  expect(sent[0]?.notices[0]?.text).toBe("nobody answers");
  await clock.advance(600_000);
  isDokployDown = false;
  await clock.advance(20_000);
  expect(titles()).toEqual(["Dokploy cannot be reached", "Dokploy answers again"]);
  expect(clock.pending()).toBe(0);
});

test("a restart of Git's host or of Dokploy is not told", async () => {
  isGitDown = true;
  notifier.onEvent(event({ kind: "source-error" }));
  await clock.advance(60_000);
  isGitDown = false;
  await clock.advance(600_000);
  expect(titles()).toEqual([]);
});

test("an outage that ended while Capstan was stopped is told as ended", async () => {
  isGitDown = true;
  notifier.onEvent(event({ kind: "source-error" }));
  await clock.advance(200_000);
  expect(titles()).toEqual(["Git cannot be read"]);
  await notifier.stop();
  isGitDown = false;
  notifier = open();
  await clock.advance(60_000);
  expect(titles()).toEqual(["Git cannot be read", "Git can be read again"]);
  expect(store.memos()).toEqual([]);
});

test("what is not known yet at a start has not ended", async () => {
  isGitDown = true;
  isDokployDown = true;
  notifier.onEvent(event({ kind: "source-error" }));
  notifier.onEvent(event({ kind: "platform-error" }));
  files = ["shop.yaml"];
  notifier.onEvent(event({ kind: "problem", problem: { file: "shop.yaml", line: 1, column: 1 } }));
  await clock.advance(200_000);
  const before = titles();
  expect(before).toHaveLength(3);
  await notifier.stop();

  isGitDown = isDokployDown = files = null;
  notifier = open();
  await clock.advance(600_000);
  expect(titles()).toEqual(before);

  isGitDown = isDokployDown = false;
  files = [];
  await clock.advance(60_000);
  expect(titles()).toHaveLength(6);
});

test("what reached nobody is told by the next process, if it still is so", async () => {
  const outcome = { kind: "terminal", reason: null, ready: false } as const;
  const fails = (): void => {
    notifier.onEvent(event({ kind: "outcome", stack: "shop", outcome }));
  };
  refuse = true;
  fails();
  await clock.advance(60_000);
  await notifier.stop();
  expect(titles()).toEqual([]);

  refuse = false;
  notifier = open();
  fails();
  await clock.advance(60_000);
  expect(titles()).toEqual(["shop is failing"]);
});

test("an end that reached nobody is told by the next process", async () => {
  const outcome = { kind: "terminal", reason: null, ready: false } as const;
  const well = { kind: "converged", reason: null, ready: true } as const;
  notifier.onEvent(event({ kind: "outcome", stack: "shop", outcome }));
  await clock.advance(60_000);
  refuse = true;
  notifier.onEvent(event({ kind: "outcome", stack: "shop", outcome: well }));
  await clock.advance(600_000);
  await notifier.stop();
  expect(titles()).toEqual(["shop is failing"]);

  refuse = false;
  notifier = open();
  notifier.onEvent(event({ kind: "outcome", stack: "shop", outcome: well }));
  await clock.advance(600_000);
  expect(titles()).toEqual(["shop is failing", "shop is well again"]);
});

test("a run that fails is told when it went on failing", async () => {
  const failed = { kind: "failed", reason: null, ready: false } as const;
  notifier.onEvent(event({ kind: "outcome", stack: "shop", outcome: failed }));
  await clock.advance(299_000);
  expect(titles()).toEqual([]);
  await clock.advance(5_000);
  expect(titles()).toEqual(["shop is failing"]);
});

test("while Dokploy is down no stack is told to fail for that", async () => {
  isDokployDown = true;
  notifier.onEvent(event({ kind: "platform-error" }));
  const failed = { kind: "failed", reason: null, ready: false } as const;
  for (const stack of ["shop", "blog", "wiki"]) {
    notifier.onEvent(event({ kind: "outcome", stack, outcome: failed }));
  }
  await clock.advance(3_600_000);
  expect(titles()).toEqual(["Dokploy cannot be reached"]);
  isDokployDown = false;
  notifier.onEvent(event({ kind: "outcome", stack: "shop", outcome: failed }));
  await clock.advance(3_600_000);
  expect(titles()).toEqual([
    "Dokploy cannot be reached",
    "Dokploy answers again",
    "shop is failing",
  ]);
});

test.each([
  ["removed", null],
  ["waiting", "retained"],
] as const)("a stack that is %s is forgotten", async (kind, reason) => {
  const outcome = (of: "degraded" | "removed" | "waiting", why: string | null) =>
    event({ kind: "outcome", stack: "shop", outcome: { kind: of, reason: why, ready: false } });
  notifier.onEvent(outcome("degraded", null));
  await clock.advance(2_000);
  notifier.onEvent(outcome(kind, reason));
  await clock.advance(3_600_000);
  expect(titles()).toEqual(["shop is failing"]);
  expect(store.memos()).toEqual([]);
});

test.each(["progressing", "waiting"] as const)("%s alone is no news", async (kind) => {
  const outcome = { kind, reason: kind === "waiting" ? "window" : null, ready: false };
  notifier.onEvent(event({ kind: "outcome", stack: "shop", outcome }));
  await clock.advance(3_600_000);
  expect(titles()).toEqual([]);
});

test("what is left in the store and cannot be read is dropped", () => {
  const memo = { kind: "notice", stack: "", atMs: clock.now() } as const;
  store.saveMemo({ ...memo, key: "a", text: "nonsense" });
  store.saveMemo({ ...memo, key: "b", text: '{"subject":{"type":"moon"},"condition":"failing"}' });
  expect(rememberTold(store, clock.now()).told.size).toBe(0);
  expect(store.memos()).toEqual([]);
});

test("a stop sends what waits", async () => {
  const outcome = { kind: "terminal", reason: null, ready: false } as const;
  notifier.onEvent(event({ kind: "outcome", stack: "shop", outcome }));
  await notifier.stop();
  await notifier.stop();
  expect(titles()).toEqual(["shop is failing"]);
});
