// What a server, or the database, that does not answer does to the turns of others and to the end of this process.
import { beforeEach, expect, test } from "vitest";
import { createGiven } from "../../../src/engine/fleet/given.ts";
import { createSpread } from "../../../src/engine/fleet/spread.ts";
import type { Spread } from "../../../src/engine/fleet/spread.ts";
import type { LeaseStanding } from "../../../src/ports-lease.ts";
import type { ReplicaNote, Replicas } from "../../../src/ports-replicas.ts";
import { createVirtualClock } from "../../support/virtual-clock.ts";
import type { VirtualClock } from "../../support/virtual-clock.ts";

const held: LeaseStanding = { kind: "held" };

let clock: VirtualClock;
let said: (ReplicaNote | "left")[];
let leave: Replicas["leave"];
let spread: Spread;

beforeEach(() => {
  clock = createVirtualClock();
  said = [];
  leave = async () => undefined;
  const replicas: Replicas = {
    id: "self",
    async exchange(note) {
      said.push(note);
      return [];
    },
    async leave() {
      said.push("left");
      await leave();
    },
  };
  spread = createSpread({ replicas, servers: ["a", "b"], given: createGiven(), clock });
});

/** One that is free; it is taken as `taking` says. */
const free = (taking: Promise<LeaseStanding>) => ({
  take: (onlyLooks = false) =>
    onlyLooks ? Promise.resolve<LeaseStanding>({ kind: "free" }) : taking,
});

test("W12 a server that does not answer keeps no other one waiting", async () => {
  void spread.turn("a").take(free(new Promise(() => undefined)));
  let standing: LeaseStanding | null = null;
  void spread
    .turn("b")
    .take(free(Promise.resolve(held)))
    .then((one) => (standing = one));
  await clock.advance(4_000);
  expect(standing).toEqual(held);
  expect(clock.pending()).toBe(0);
});

test("W12 a database that does not answer keeps the end waiting for two seconds at most", async () => {
  leave = () => new Promise(() => undefined);
  spread.begin(() => true);
  let hasLeft = false;
  void spread.leaving().then(() => (hasLeft = true));
  await clock.advance(2_000);
  expect([hasLeft, clock.pending()]).toEqual([true, 0]);
});

test("W12 nobody waits for one that has left: it says nothing more", async () => {
  const taking = Promise.withResolvers<LeaseStanding>();
  const taken = spread.turn("a").take(free(taking.promise));
  await clock.advance(10);
  await spread.leaving();
  taking.resolve(held);
  await taken;
  expect(said.at(-1)).toBe("left");
});

test("W12 a server that this process may not guard is not left to it", async () => {
  await spread.turn("a").take(free(Promise.resolve({ kind: "unguarded" })));
  spread.turn("b").cannot();
  spread.begin(() => true);
  await clock.advance(2_000);
  expect(said.at(-1)).toEqual({ leads: [], waits: [] });
  spread.end();
});
