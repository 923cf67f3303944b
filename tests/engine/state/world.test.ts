// One list for all runs: shared, never older than asked for, with our own writes laid over it.
import { beforeEach, describe, expect, test } from "vitest";
import { createWorld } from "../../../src/engine/state/world.ts";
import type { View, World } from "../../../src/engine/state/world.ts";
import { CapstanError } from "../../../src/lib/errors.ts";
import type {
  ObservedProject,
  ObservedSnapshot,
  SwarmService,
} from "../../../src/model/observed.ts";
import { createVirtualClock, settled } from "../../support/virtual-clock.ts";
import type { VirtualClock } from "../../support/virtual-clock.ts";

interface Listing {
  readonly atMs: number;
  readonly answer: (projects?: readonly ObservedProject[]) => void;
  readonly fail: (error: CapstanError) => void;
}

let clock: VirtualClock;
let listings: Listing[];
let world: World;
let believed: View[];
beforeEach(() => {
  clock = createVirtualClock();
  listings = [];
  believed = [];
  world = createWorld({
    instance: "default",
    clock,
    list: () =>
      new Promise<ObservedSnapshot>((resolve, reject) => {
        const atMs = clock.now();
        listings.push({
          atMs,
          answer: (projects = []) => {
            resolve({ takenAtMs: atMs, projects, swarm: null });
          },
          fail: reject,
        });
      }),
    listed: (view) => void believed.push(view),
  });
});

/** The newest list, answered after some time. */
async function answer(projects: readonly ObservedProject[] = [], tookMs = 0): Promise<void> {
  await clock.advance(tookMs);
  listings.at(-1)?.answer(projects);
  await settled();
}
const failure = new CapstanError("unavailable", "no answer");

describe("R1 runs share a list", () => {
  test("a thousand at once make one request", async () => {
    const views = Array.from({ length: 1000 }, () => world.since(0));
    await answer();
    expect(new Set(await Promise.all(views)).size).toBe(1);
    expect(listings).toHaveLength(1);
    await world.since(0);
    expect(listings).toHaveLength(1);
    expect(believed).toHaveLength(1);
  });

  test("one that asks for a newer list than the one under way gets one more, shared by all of them", async () => {
    const old = world.since(0);
    await clock.advance(10);
    const views = Array.from({ length: 100 }, () => world.since(clock.now()));
    await answer();
    expect((await old).takenAtMs).toBe(listings[0]?.atMs);
    expect(listings).toHaveLength(2);
    await answer();
    for (const view of await Promise.all(views)) {
      expect(view.takenAtMs).toBe(listings[1]?.atMs);
    }
    expect(listings).toHaveLength(2);
  });

  test("a view that is new enough needs no request; an older one does", async () => {
    const first = world.since(0);
    await answer();
    const { takenAtMs } = await first;
    await world.since(takenAtMs);
    expect(listings).toHaveLength(1);
    await clock.advance(5);
    void world.since(takenAtMs + 1);
    await settled();
    expect(listings).toHaveLength(2);
    await answer();
  });

  test("no view from before a lost answer is used again", async () => {
    const first = world.since(0);
    await answer();
    await first;
    await clock.advance(100);
    world.distrust(clock.now());
    world.distrust(clock.now() - 50);
    const next = world.since(0);
    await settled();
    expect(listings).toHaveLength(2);
    await answer();
    expect((await next).takenAtMs).toBe(listings[1]?.atMs);
  });

  test("a moment that is not there yet, or a clock that is set back, costs a list a run and not a storm", async () => {
    const future = world.since(clock.now() + 3_600_000);
    for (let n = 0; n < 5; n++) await answer();
    await future;
    expect(listings).toHaveLength(1);
    world.distrust(clock.now() + 3_600_000);
    clock.set(clock.now() - 60_000);
    const views = [world.since(0), world.since(0)];
    for (let n = 0; n < 5; n++) await answer();
    await Promise.all(views);
    // The second asked when the first one's list was under way already.
    expect(listings).toHaveLength(3);
  });
});

describe("R3 a list that fails", () => {
  test("ends the runs that wait for it with its error, and the next runs wait before they ask again", async () => {
    const runs = Array.from({ length: 50 }, () => world.since(0).catch((error: unknown) => error));
    await settled();
    listings[0]?.fail(failure);
    expect(new Set(await Promise.all(runs))).toEqual(new Set([failure]));
    await expect(world.since(0)).rejects.toBe(failure);
    expect(listings).toHaveLength(1);
    expect(world.current()).toBeNull();
    await clock.advance(500);
    const again = world.since(0);
    await answer();
    await again;
    expect(listings).toHaveLength(2);
  });

  test("does not take away a view that is new enough", async () => {
    const first = world.since(0);
    await answer();
    const { takenAtMs } = await first;
    await clock.advance(10);
    const second = world.since(clock.now()).catch(() => null);
    await settled();
    listings[1]?.fail(failure);
    expect(await second).toBeNull();
    expect((await world.since(0)).takenAtMs).toBe(takenAtMs);
  });

  test("is asked for less and less often, at most once a minute, and as late as the server says", async () => {
    const waits: number[] = [];
    for (let n = 0; n < 12; n++) {
      const asked = listings.length;
      const startMs = clock.now();
      while (listings.length === asked) {
        void world.since(0).catch(() => null);
        await settled();
        if (listings.length === asked) await clock.advance(250);
      }
      waits.push(clock.now() - startMs);
      listings.at(-1)?.fail(failure);
      await settled();
    }
    expect(waits.slice(0, 4)).toEqual([0, 500, 1000, 2000]);
    expect(Math.max(...waits)).toBe(60_000);
    const told = new CapstanError("rate-limited", "slow down", { retryAfterMs: 300_000 });
    await clock.advance(60_000);
    const run = world.since(0).catch(() => null);
    await settled();
    listings.at(-1)?.fail(told);
    await run;
    await clock.advance(299_999);
    await expect(world.since(0)).rejects.toBe(told);
  });
});

describe("R8 the next list comes not before four times the last one's duration", () => {
  async function nextAfter(tookMs: number, end: () => Promise<void>): Promise<number> {
    const first = world.since(0).catch(() => null);
    await settled();
    await clock.advance(tookMs);
    await end();
    await first;
    const endedMs = clock.now();
    const asked = listings.length;
    while (listings.length === asked) {
      void world.since(endedMs).catch(() => null);
      await clock.advance(500);
    }
    return listings.at(-1)!.atMs - endedMs;
  }

  test("after a slow answer", async () => {
    expect(await nextAfter(30_000, () => answer())).toBe(120_000);
  });

  test("after a slow failure, which is when the server needs it most", async () => {
    const rest = await nextAfter(120_000, async () => {
      listings[0]?.fail(failure);
      await settled();
    });
    expect(rest).toBe(480_000);
  });

  test("quick answers need no rest", async () => {
    expect(await nextAfter(100, () => answer())).toBe(0);
  });
});

describe("a look at the swarm that is newer than the list's", () => {
  const swarm = (running: number): ReadonlyMap<string, SwarmService> =>
    new Map([["shop-web", { id: "s", appName: "shop-web", image: "", running, wanted: 1 }]]);
  const shown = (): number | undefined => world.current()?.swarm?.get("shop-web")?.running;

  test("is what views show, also through a list that was asked for before it; an older look is not", async () => {
    const first = world.since(0);
    await answer();
    await first;
    await clock.advance(10);
    const second = world.since(clock.now());
    await clock.advance(10);
    world.recordSwarm({ swarm: swarm(1) }, clock.now());
    world.recordSwarm({ swarm: swarm(0) }, clock.now() - 5);
    expect(shown()).toBe(1);
    await answer();
    await second;
    expect(shown()).toBe(1);
    await clock.advance(10);
    const third = world.since(clock.now());
    await answer();
    await third;
    expect(shown()).toBeUndefined();
  });
});
