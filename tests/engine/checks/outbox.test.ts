// How a host is told: in spite of everything, once, and without hurry when it asks for that.
import { beforeEach, expect, test } from "vitest";
import { createOutbox } from "../../../src/engine/checks/outbox.ts";
import type { Outbox } from "../../../src/engine/checks/outbox.ts";
import { CapstanError } from "../../../src/lib/errors.ts";
import type { CheckRow } from "../../../src/model/checks.ts";
import type { Check } from "../../../src/model/forge.ts";
import type { CheckStore } from "../../../src/ports-forge.ts";
import { memoryChecks } from "../../support/memory-checks.ts";
import { createVirtualClock } from "../../support/virtual-clock.ts";
import type { VirtualClock } from "../../support/virtual-clock.ts";

const row = (context: string, state: CheckRow["state"] = "pending"): CheckRow => ({
  sha: "a".repeat(40),
  context,
  stack: null,
  reason: state === "pending" ? "queued" : "healthy",
  state,
  description: `${context} is ${state}`,
  change: null,
  atMs: 0,
  owed: true,
});

let store: CheckStore;
let clock: VirtualClock;
let told: Check[];
/** What the host has, as it says. */
let had: (check: Check) => boolean;
let tries: number;
let answer: (check: Check) => void;
let news: (string | null)[];
let dropped: string[];
let signals: string[];
let outbox: Outbox;

beforeEach(() => {
  store = memoryChecks();
  clock = createVirtualClock();
  told = [];
  tries = 0;
  news = [];
  dropped = [];
  signals = [];
  answer = () => undefined;
  had = () => false;
  outbox = createOutbox({
    forge: {
      hasCheck: async (check) => had(check),
      setCheck: async (check) => {
        tries += 1;
        answer(check);
        told.push(check);
      },
    },
    store,
    clock,
    random: () => 0,
    urlOf: (sha) => `https://capstan.example.com/commits/${sha}`,
    failing: (message) => void news.push(message),
    dropped: ({ context }, message) => void dropped.push(`${context}: ${message}`),
    tell: (signal) => {
      if (signal.kind === "check-told") signals.push(signal.outcome);
    },
  });
});

test("each try is counted as told, failed or dropped", async () => {
  answer = () => {
    throw new CapstanError("unavailable", "nobody answers");
  };
  owe(row("one"));
  await clock.advance(0);
  expect(signals).toEqual(["failed"]);
  answer = () => undefined;
  await clock.advance(10_000);
  expect(signals).toEqual(["failed", "told"]);
  answer = () => {
    throw new CapstanError("invalid", "never");
  };
  owe(row("two"));
  await clock.advance(0);
  expect(signals).toEqual(["failed", "told", "dropped"]);
});

function owe(...rows: readonly CheckRow[]): void {
  store.saveChecks(rows);
  outbox.wake();
}

test("P1 what is owed is told at once, and only once", async () => {
  owe(row("one"), row("two"));
  await clock.advance(0);
  outbox.wake();
  await clock.advance(3_600_000);
  expect(told.map(({ context }) => context)).toEqual(["one", "two"]);
  expect(told[0]?.url).toBe(`https://capstan.example.com/commits/${"a".repeat(40)}`);
});

test("P1 what an earlier process told, and could not take down, is not told again", async () => {
  store.saveChecks([row("one"), row("two")]);
  had = ({ context }) => context === "one";
  outbox.wake();
  await clock.advance(0);
  expect(told.map(({ context }) => context)).toEqual(["two"]);
  expect(store.owedCount()).toBe(0);
  // What this process says itself is not asked for.
  had = () => true;
  owe(row("one", "success"));
  await clock.advance(0);
  expect(told.map(({ context, state }) => `${context} ${state}`)).toEqual([
    "two pending",
    "one success",
  ]);
});

test("P1 a host that cannot say what it has is told", async () => {
  store.saveChecks([row("one")]);
  had = () => {
    throw new CapstanError("forbidden", "it does not say");
  };
  outbox.wake();
  await clock.advance(0);
  expect(told).toHaveLength(1);
});

test("P1 a host that was down when a process took over is asked again, before it is told", async () => {
  store.saveChecks([row("one"), row("two")]);
  had = () => {
    throw new CapstanError("unavailable", "nobody answers");
  };
  answer = (check) => void had(check);
  outbox.wake();
  await clock.advance(500);
  had = ({ context }) => context === "one";
  answer = () => undefined;
  await clock.advance(60_000);
  expect(told.map(({ context }) => context)).toEqual(["two"]);
});

test("P1 a process that lost its lead while it asked the host tells nothing", async () => {
  store.saveChecks([row("one")]);
  had = () => {
    store.written = async () => {
      throw new CapstanError("conflict", "another one leads");
    };
    return false;
  };
  outbox.wake();
  await clock.advance(500);
  await outbox.stop();
  expect(told).toEqual([]);
});

test("P1 a host that is down is told everything when it is back, the newest state alone", async () => {
  answer = () => {
    throw new CapstanError("unavailable", "nobody answers");
  };
  owe(row("one"), row("two"));
  await clock.advance(60_000);
  // Not once for each: the host is down for all of them.
  expect(tries).toBeLessThan(10);
  owe(row("one", "success"));
  answer = () => undefined;
  await clock.advance(300_000);
  expect(told.map(({ context, state }) => `${context} ${state}`).sort()).toEqual([
    "one success",
    "two pending",
  ]);
  expect(news).toEqual(["nobody answers", null]);
});

test("P1 a host that limits its rate is left alone as long as it says", async () => {
  answer = () => {
    throw new CapstanError("rate-limited", "slow down", { retryAfterMs: 120_000 });
  };
  owe(row("one"));
  await clock.advance(0);
  answer = () => undefined;
  for (let seconds = 0; seconds < 119; seconds++) {
    owe(row("two"));
    await clock.advance(1_000);
  }
  expect(tries).toBe(1);
  await clock.advance(2_000);
  expect(told.map(({ context }) => context)).toEqual(["one", "two"]);
});

test("P1 a commit that the host does not know yet is tried again, holds nobody up, and is given up", async () => {
  answer = ({ context }) => {
    if (context === "gone") throw new CapstanError("not-found", "no such commit");
  };
  owe(row("gone"), row("one"));
  await clock.advance(0);
  expect(told.map(({ context }) => context)).toEqual(["one"]);
  await clock.advance(600_000);
  expect(dropped).toEqual(["gone: no such commit"]);
  const before = tries;
  await clock.advance(3_600_000);
  expect(tries).toBe(before);
});

test("P1 what the host will never take is dropped and said", async () => {
  answer = () => {
    throw new CapstanError("invalid", "1,000 statuses are enough");
  };
  owe(row("one"));
  await clock.advance(3_600_000);
  expect(tries).toBe(1);
  expect(dropped).toEqual(["one: 1,000 statuses are enough"]);
});

test("P1 news that come while a check is being told are told after it", async () => {
  answer = ({ state }) => {
    if (state === "pending") owe(row("one", "success"));
  };
  owe(row("one"));
  await clock.advance(0);
  expect(told.map(({ state }) => state)).toEqual(["pending", "success"]);
});

test("P1 what was not told before a stop is told by the next process", async () => {
  await outbox.stop();
  owe(row("one"));
  await clock.advance(60_000);
  expect(tries).toBe(0);
  expect(store.owedChecks(10)).toHaveLength(1);
});

test("P1 a check that the host answers with its own trouble each time does not keep the others waiting", async () => {
  answer = ({ context }) => {
    if (context === "poison") throw new CapstanError("unavailable", "500 Internal Server Error");
  };
  owe(row("poison"), row("one"), row("two"));
  await clock.advance(60_000);
  expect(told.map(({ context }) => context)).toEqual(["one", "two"]);
});

test("P1 commits that are waited for do not keep the others waiting, however many they are", async () => {
  answer = ({ context }) => {
    if (context.startsWith("gone")) throw new CapstanError("not-found", "no such commit");
  };
  owe(...Array.from({ length: 200 }, (_, index) => row(`gone ${index}`)), row("one"));
  await clock.advance(1_000);
  expect(told.map(({ context }) => context)).toEqual(["one"]);
});

test("P1 a host that was down for long does not count as one that does not know the commit", async () => {
  answer = () => {
    throw new CapstanError("unavailable", "nobody answers");
  };
  owe(row("one"));
  await clock.advance(3_600_000);
  let unknown = 1;
  answer = () => {
    if (unknown-- > 0) throw new CapstanError("not-found", "no such commit yet");
  };
  await clock.advance(600_000);
  expect(told.map(({ context }) => context)).toEqual(["one"]);
});

test("P1 a store that fails stops neither the process nor the telling, and makes nothing told twice", async () => {
  const whole = { ...store };
  let failing = 3;
  const fail = (): void => {
    if (failing-- > 0) throw new CapstanError("unavailable", "the disk is full");
  };
  store.checkTold = (check) => {
    fail();
    whole.checkTold(check);
  };
  owe(row("one"));
  await clock.advance(600_000);
  expect(told.map(({ context }) => context)).toEqual(["one"]);
  expect(news).toEqual(["the disk is full", null]);
  failing = 3;
  store.owedChecks = (limit) => {
    fail();
    return whole.owedChecks(limit);
  };
  owe(row("two"));
  await clock.advance(600_000);
  expect(told.map(({ context }) => context)).toEqual(["one", "two"]);
});
