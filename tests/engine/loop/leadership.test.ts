import { expect, test } from "vitest";
import { createLeadership } from "../../../src/engine/loop/leadership.ts";
import { CapstanError } from "../../../src/lib/errors.ts";
import type { Lease } from "../../../src/ports-lease.ts";
import type { Lock } from "../../../src/ports-store.ts";
import { memoryStore } from "../../support/memory.ts";
import { createVirtualClock } from "../../support/virtual-clock.ts";

/** A lock whose holder the test names: null is nobody, or we. */
function namedLock() {
  const state = { holder: null as string | null, broken: false, releases: 0 };
  const lock: Lock = {
    take() {
      if (state.broken) throw new CapstanError("unavailable", "STATE_DIR is full");
      return state.holder;
    },
    release: () => void (state.releases += 1),
  };
  return { lock, state };
}

test("W12 the second waits, says for whom once, and takes over within a second of its end", async () => {
  const clock = createVirtualClock();
  const { lock, state } = namedLock();
  state.holder = "capstan run (process 7)";
  const leadership = createLeadership({
    lock,
    store: memoryStore(),
    lease: null,
    clock,
    lost: () => undefined,
  });
  const told: string[] = [];
  let answer: boolean | null = null;
  void leadership
    .wait(new AbortController().signal, (line) => told.push(line))
    .then((is) => (answer = is));
  await clock.advance(3_600_000);
  expect([answer, leadership.isHeld()]).toEqual([null, false]);
  state.broken = true;
  await clock.advance(5_000);
  state.broken = false;
  state.holder = null;
  await clock.advance(1_000);
  expect([answer, leadership.isHeld()]).toEqual([true, true]);
  expect(told).toEqual([
    "capstan run (process 7) works with the same STATE_DIR; this one waits, and takes over when it ends",
    "waiting for STATE_DIR: STATE_DIR is full",
  ]);
  await leadership.end();
  expect([state.releases, clock.pending()]).toEqual([1, 0]);
});

test("W12 waiting ends with its signal, and nothing is held", async () => {
  const clock = createVirtualClock();
  const { lock, state } = namedLock();
  state.holder = "another";
  const leadership = createLeadership({
    lock,
    store: memoryStore(),
    lease: null,
    clock,
    lost: () => undefined,
  });
  const abort = new AbortController();
  const waited = leadership.wait(abort.signal, () => undefined);
  await clock.advance(2_500);
  abort.abort();
  expect(await waited).toBe(false);
  expect([leadership.isHeld(), clock.pending()]).toEqual([false, 0]);
});

test("W12 a lock that another has taken meanwhile is noticed within a second, and told once", async () => {
  const clock = createVirtualClock();
  const { lock, state } = namedLock();
  const lost: string[] = [];
  const leadership = createLeadership({
    lock,
    store: memoryStore(),
    lease: null,
    clock,
    lost: (what) => lost.push(what),
  });
  await leadership.take(new AbortController().signal, () => undefined);
  await clock.advance(10_000);
  state.broken = true;
  await clock.advance(10_000);
  expect([lost, leadership.isHeld()]).toEqual([[], true]);
  state.broken = false;
  state.holder = "another";
  await clock.advance(10_000);
  const taken = "STATE_DIR was deleted, and another took it";
  expect([lost, leadership.isHeld()]).toEqual([[taken], false]);
});

/** A lease whose giving back is answered as the test says. */
function givenBack(answer: Promise<void>): Lease {
  return {
    take: () => Promise.resolve({ kind: "held" }),
    hold: () => Promise.resolve({ epoch: 1, sinceMs: 0 }),
    isHeld: () => true,
    onLost: () => undefined,
    giveBack: () => answer,
    report: () => Promise.resolve(null),
    break: () => Promise.resolve(),
  };
}

test("W12 the end waits for the lease to be given back, and for nothing after that", async () => {
  const clock = createVirtualClock();
  const { lock, state } = namedLock();
  const lease = givenBack(Promise.resolve());
  const leadership = createLeadership({
    lock,
    store: memoryStore(),
    lease,
    clock,
    lost: () => undefined,
  });
  await leadership.end();
  // A timer that is left keeps the process alive.
  expect([state.releases, clock.pending()]).toEqual([1, 0]);
});

test("W12 a server that does not answer keeps the end waiting for five seconds at most", async () => {
  const clock = createVirtualClock();
  const { lock, state } = namedLock();
  const lease = givenBack(new Promise(() => undefined));
  const leadership = createLeadership({
    lock,
    store: memoryStore(),
    lease,
    clock,
    lost: () => undefined,
  });
  const ended = leadership.end();
  await clock.advance(4_999);
  expect(state.releases).toBe(0);
  await clock.advance(1);
  await ended;
  expect([state.releases, clock.pending()]).toEqual([1, 0]);
});

test("W12 whose turn comes after the end takes nothing: nobody would give it back", async () => {
  const clock = createVirtualClock();
  const { lock } = namedLock();
  let takes = 0;
  const lease: Lease = {
    ...givenBack(Promise.resolve()),
    async take() {
      takes += 1;
      return { kind: "held" };
    },
  };
  const turn = Promise.withResolvers<undefined>();
  const leadership = createLeadership({
    ...{ lock, store: memoryStore(), lease, clock, lost: () => undefined },
    turn: {
      take: (asked) => turn.promise.then(() => asked.take()),
      gaveBack: () => undefined,
      cannot: () => undefined,
    },
  });
  const abort = new AbortController();
  const waited = leadership.wait(abort.signal, () => undefined);
  abort.abort();
  expect(await waited).toBe(false);
  await leadership.end();
  turn.resolve(undefined);
  await clock.advance(1_000);
  expect([takes, leadership.isHeld(), clock.pending()]).toEqual([0, false, 0]);
});

test("W12 what another process with the same STATE_DIR leads is not left to this one", async () => {
  const clock = createVirtualClock();
  const { lock, state } = namedLock();
  state.holder = "capstan run (process 7)";
  let cannot = 0;
  const leadership = createLeadership({
    ...{ lock, store: memoryStore(), lease: null, clock, lost: () => undefined },
    turn: {
      take: (asked) => asked.take(),
      gaveBack: () => undefined,
      cannot: () => void (cannot += 1),
    },
  });
  const abort = new AbortController();
  const waited = leadership.wait(abort.signal, () => undefined);
  await clock.advance(500);
  abort.abort();
  expect([await waited, cannot]).toEqual([false, 1]);
});
