// R2: every application is read whole once in a period, evenly.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { checkable, createRota, differs } from "../../../src/engine/drift/deep-check.ts";
import type { Loaded } from "../../../src/engine/state/desired-state.ts";
import { indexOwnership } from "../../../src/plan/ownership.ts";
import { webStack } from "../../support/web-stack.ts";
import {
  addApplication,
  allServices,
  emptyWorld,
  instance,
  read,
  stored,
} from "../../support/model-state.ts";
import { converge } from "../../support/model-world.ts";
import { domainAt } from "../../support/kinds.ts";

const items = (ids: readonly number[]): readonly { serviceId: string }[] =>
  ids.map((n) => ({ serviceId: `a${String(n).padStart(6, "0")}` }));
const range = (count: number): number[] => Array.from({ length: count }, (_, n) => n * 10);

describe("R2 deep checks of N services over a period T are spread evenly, never a burst", () => {
  test("each comes once a period, and each tick gets its share to within one", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 400 }),
        fc.integer({ min: 1, max: 200 }),
        (n, ticks) => {
          const periodMs = 6_000;
          const rota = createRota(periodMs);
          const all = items(range(n));
          for (let period = 0; period < 3; period++) {
            const seen = new Map<string, number>();
            let total = 0;
            for (let tick = 0; tick < ticks; tick++) {
              const due = rota.next(all, periodMs / ticks);
              total += due.length;
              expect(due.length).toBeLessThanOrEqual(Math.ceil(n / ticks) + 1);
              for (const { serviceId } of due) {
                seen.set(serviceId, (seen.get(serviceId) ?? 0) + 1);
              }
            }
            expect(Math.abs(total - n)).toBeLessThanOrEqual(1);
            // Rounding may push one over the period's edge.
            expect(seen.size).toBeGreaterThanOrEqual(n - 1);
            expect(Math.max(...seen.values())).toBeLessThanOrEqual(2);
          }
        },
      ),
      { numRuns: 100 },
    );
  });

  test("those that could not be read come first in the next share, so that an outage costs nobody a period", () => {
    const rota = createRota(1000);
    const all = items(range(10));
    const lost = rota.next(all, 200);
    rota.giveBack();
    expect(rota.next(all, 200)).toEqual(lost);
    expect(rota.next(all, 200)).toEqual(all.slice(2, 4));
  });

  test("one that was late gets its share at once, and never more than all of them", () => {
    const rota = createRota(1000);
    expect(rota.next(items(range(10)), 500)).toHaveLength(5);
    expect(rota.next(items(range(10)), 60_000)).toHaveLength(10);
    expect(rota.next([], 60_000)).toEqual([]);
    expect(rota.next(items([1]), 1)).toHaveLength(0);
  });

  test("nobody is skipped and nobody comes twice while others come and go", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(60), fc.boolean()), { minLength: 100, maxLength: 100 }),
        (changes) => {
          const periodMs = 10_000;
          const rota = createRota(periodMs);
          const steady = range(40);
          const guests = new Set<number>();
          const seen = new Map<string, number>(
            items(steady).map(({ serviceId }) => [serviceId, 0]),
          );
          // Guests may be a quarter of all, so that the period stretches or shrinks by as much.
          for (let tick = 0; tick < 300; tick++) {
            const [where, arrives] = changes[tick % changes.length]!;
            const guest = where * 7 + 1;
            if (arrives && guests.size < 10) guests.add(guest);
            else guests.delete(guest);
            const ids = [...steady, ...guests].sort((a, b) => a - b);
            for (const { serviceId } of rota.next(items(ids), periodMs / 100)) {
              if (seen.has(serviceId)) {
                seen.set(serviceId, (seen.get(serviceId) ?? 0) + 1);
              }
            }
            const counts = [...seen.values()];
            expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
          }
          // Three periods: each was read about three times.
          for (const count of seen.values()) {
            expect(count).toBeGreaterThanOrEqual(2);
            expect(count).toBeLessThanOrEqual(4);
          }
        },
      ),
      { numRuns: 50 },
    );
  });

  test("a number that goes up and down between two checks holds nobody back", () => {
    const rota = createRota(100_000);
    const seen = new Map<string, number>();
    for (let tick = 0; tick < 400; tick++) {
      for (const { serviceId } of rota.next(items(range(tick % 2 === 0 ? 9 : 10)), 1_000)) {
        seen.set(serviceId, (seen.get(serviceId) ?? 0) + 1);
      }
    }
    const counts = items(range(9)).map(({ serviceId }) => seen.get(serviceId) ?? 0);
    expect(Math.min(...counts)).toBeGreaterThanOrEqual(3);
    expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
  });
});

describe("what is read whole", () => {
  const desired = webStack({
    domains: [domainAt("a.example.com")],
  });
  const loaded = { byName: new Map([["shop", desired]]) } as unknown as Loaded;
  const viewOf = (state: ReturnType<typeof emptyWorld>) => ({
    takenAtMs: 0,
    ownership: indexOwnership(instance, state.projects),
    swarm: null,
  });

  test("are the applications of this instance that Git wants, in one order", () => {
    const state = emptyWorld();
    const second = webStack({}, { name: "blog" });
    converge(state, second);
    converge(state, desired);
    const [project] = state.projects;
    const copied = allServices(state)[0]!.description;
    addApplication(state, project!.environments[0]!, "copy", copied);
    addApplication(state, project!.environments[0]!, "theirs", null);
    const both = {
      byName: new Map([
        ["shop", desired],
        ["blog", second],
      ]),
    } as unknown as Loaded;
    const found = checkable(both, viewOf(state));
    expect(found.map(({ stack }) => stack)).toEqual(["blog", "shop"]);
    state.projects.reverse();
    const turned = { byName: new Map([...both.byName].reverse()) } as unknown as Loaded;
    expect(checkable(turned, viewOf(state))).toEqual(found);
    expect(checkable(loaded, viewOf(state)).map(({ stack }) => stack)).toEqual(["shop"]);
  });

  test("differs where a run would have something to mend", () => {
    const state = emptyWorld();
    converge(state, desired);
    const { id } = allServices(state)[0]!;
    const [service] = desired.services;
    const now = (): boolean => differs(service!, read(state, id));
    expect(now()).toBe(false);
    const application = stored(state, id);
    application.spec.env = { MODE: "by hand" };
    expect(now()).toBe(true);
    application.spec.env = { MODE: "live" };
    application.autoDeploy = true;
    expect(now()).toBe(true);
    application.autoDeploy = false;
    const domain = application.children.find(({ child }) => child.kind === "domain");
    application.children.push({ id: "twice", child: domain!.child });
    expect(now()).toBe(true);
  });
});
