// Whose turn it is: who is sent for when a wait is over, and how many stacks of a template go at a time.
import fc from "fast-check";
import { beforeEach, describe, expect, test } from "vitest";
import { createStackRecords } from "../../../src/engine/memory/stack-records.ts";
import type { Loaded } from "../../../src/engine/state/desired-state.ts";
import { createAdmission } from "../../../src/engine/order/admission.ts";
import type { Admission } from "../../../src/engine/order/admission.ts";
import type { View } from "../../../src/engine/state/world.ts";
import type { DesiredStack } from "../../../src/model/desired.ts";
import type { Outcome, Waiting } from "../../../src/model/status.ts";
import { indexOwnership } from "../../../src/plan/ownership.ts";
import { emptyWorld, instance } from "../../support/model-state.ts";
import { converge } from "../../support/model-world.ts";
import { createVirtualClock } from "../../support/virtual-clock.ts";
import type { VirtualClock } from "../../support/virtual-clock.ts";
import { waking } from "../../support/wakeups.ts";
import {
  alone,
  converged,
  degraded,
  failed,
  judged,
  loadedOf,
  progressing,
  rolling,
  stack,
} from "./fixture.ts";

describe("admission", () => {
  let clock: VirtualClock;
  let woken: string[];
  let busy: Set<string>;
  let admission: Admission;
  const view = (): View => ({
    takenAtMs: 0,
    ownership: indexOwnership("default", []),
    swarm: null,
  });
  const take = (loaded: Loaded, name: string, action = rolling): Waiting | null =>
    admission.admit(loaded.byName.get(name)!, [action], loaded, view());
  /** Takes a turn and ends the run as the engine does: in flight, or waiting. */
  const run = (loaded: Loaded, name: string): Waiting | null => {
    const waiting = take(loaded, name);
    end(loaded, name, waiting ?? progressing);
    return waiting;
  };
  const end = (loaded: Loaded, name: string, outcome: Outcome): void =>
    admission.ended(name, judged(outcome, { sequence: loaded.sequence }));
  const drain = (): string[] => woken.splice(0);

  beforeEach(() => {
    clock = createVirtualClock(Date.parse("2026-11-23T05:00:00Z"));
    woken = [];
    busy = new Set();
    admission = createAdmission({
      records: createStackRecords(),
      clock,
      wakeups: waking((name) => void woken.push(name)),
      isBusy: (name) => busy.has(name),
      ...alone,
    });
  });
  const windowed = (allow: string): DesiredStack =>
    stack("shop", {
      sync: { selfHeal: true, prune: true, windows: [{ allow, forMs: 60_000, timezone: "UTC" }] },
    });

  test("H6 who waits for a window is sent for when it opens, be it in two months, and no timer is left", async () => {
    const loaded = loadedOf([windowed("0 6 31 1 *")]);
    expect(run(loaded, "shop")?.reason).toBe("window");
    await clock.advance(Date.parse("2027-01-31T06:00:00Z") - clock.now() - 1);
    expect(drain()).toEqual([]);
    await clock.advance(1);
    expect(drain()).toEqual(["shop"]);
    expect(take(loaded, "shop")).toBeNull();
    expect(clock.pending()).toBe(0);
  });

  test("H6 a timer that ends early, as timers of weeks do, sends for nobody", async () => {
    const loaded = loadedOf([windowed("0 6 * * *")]);
    const after = clock.after.bind(clock);
    clock.after = (ms, ring) => after(Math.min(ms, 60_000), ring);
    run(loaded, "shop");
    await clock.advance(59 * 60_000);
    expect(drain()).toEqual([]);
    await clock.advance(60_000);
    expect(drain()).toEqual(["shop"]);
  });

  test("H6 a stack that no longer waits, or an engine that stops, has no alarm", () => {
    const loaded = loadedOf([windowed("0 6 * * *")]);
    run(loaded, "shop");
    expect(clock.pending()).toBe(1);
    end(loaded, "shop", converged);
    expect(clock.pending()).toBe(0);
    run(loaded, "shop");
    admission.stop();
    expect(clock.pending()).toBe(0);
    run(loaded, "shop");
    expect(clock.pending()).toBe(0);
  });

  test("H6 an empty plan needs no open window, no dependency and no place", () => {
    const shop = { ...windowed("0 6 * * *"), dependsOn: ["db"], template: "box" };
    expect(admission.admit(shop, [], loadedOf([shop]), view())).toBeNull();
  });

  test("H5 a dependent is sent for whenever there is news of what it waits for, and not otherwise", () => {
    const loaded = loadedOf([stack("db"), stack("web", { dependsOn: ["db"] })]);
    admission.loaded(loaded);
    expect(run(loaded, "web")?.reason).toBe("dependency");
    end(loaded, "db", progressing);
    expect(drain()).toEqual(["web"]);
    run(loaded, "web");
    end(loaded, "db", progressing);
    expect(drain()).toEqual([]);
    end(loaded, "db", converged);
    expect(drain()).toEqual(["web"]);
    expect(run(loaded, "web")).toBeNull();
    end(loaded, "db", degraded);
    expect(drain()).toEqual([]);
  });

  test("H5 a change of the dependency that is seen while it runs counts as pending", () => {
    const stacks = [stack("db"), stack("web", { dependsOn: ["db"] })];
    const first = loadedOf(stacks);
    const second = loadedOf(stacks, { sequence: 2 });
    admission.loaded(second);
    // This run of db began before the second revision came.
    end(first, "db", converged);
    expect(run(second, "web")?.message).toContain("its newest change");
    drain();
    end(second, "db", converged);
    expect(drain()).toEqual(["web"]);
    expect(run(second, "web")).toBeNull();
  });

  const boxes = (...names: string[]): DesiredStack[] =>
    names.map((name) => stack(name, { template: "box" }));
  const rollout = { maxParallel: 1, stopOnFailure: true };

  test("H8 a place is given back when the rollout ended, and the next in line is sent for, once", () => {
    const loaded = loadedOf(boxes("ann", "bob", "cleo"), { rollout });
    admission.loaded(loaded);
    expect(
      [run(loaded, "ann"), run(loaded, "bob"), run(loaded, "cleo")].map((one) => one?.reason),
    ).toEqual([undefined, "template", "template"]);
    expect(drain()).toEqual([]);
    end(loaded, "ann", converged);
    end(loaded, "ann", converged);
    expect(drain()).toEqual(["bob"]);
    expect(run(loaded, "cleo")?.message).toContain("waits for bob");
    expect(run(loaded, "bob")).toBeNull();
  });

  test("H8 one that was sent for and has nothing to do any more leaves its place to the next", () => {
    const loaded = loadedOf(boxes("ann", "bob", "cleo"), { rollout });
    admission.loaded(loaded);
    for (const name of ["ann", "bob", "cleo"]) run(loaded, name);
    end(loaded, "ann", converged);
    end(loaded, "bob", converged);
    expect(drain()).toEqual(["bob", "cleo"]);
  });

  test("H8 a place is kept while rollouts go on, whatever a run in between says", () => {
    const loaded = loadedOf(boxes("ann", "bob"), { rollout });
    admission.loaded(loaded);
    run(loaded, "ann");
    busy.add("ann");
    end(loaded, "ann", failed);
    expect(run(loaded, "bob")?.reason).toBe("template");
  });

  test("H8 what an earlier process left under way counts, until its own run has told how it is", () => {
    const stacks = boxes("ann", "bob", "cleo");
    const loaded = loadedOf(stacks, { rollout: { maxParallel: 2, stopOnFailure: true } });
    const state = emptyWorld();
    for (const one of stacks) converge(state, one);
    for (const project of state.projects) {
      if (project.name !== "cleo") continue;
      const [service] = project.environments.flatMap(({ services }) => services);
      const { description } = service!;
      Object.assign(service!, { description: description?.replace(/ done=\S+/, "") });
    }
    const earlier = { ...view(), ownership: indexOwnership(instance, state.projects) };
    admission.loaded(loaded);
    const asked = (name: string) =>
      admission.admit(loaded.byName.get(name)!, [rolling], loaded, earlier);
    const waiting = asked("ann");
    expect(waiting?.message).toContain("waits until it is known what became of cleo");
    end(loaded, "ann", waiting!);
    expect(asked("cleo")).toBeNull();
    end(loaded, "cleo", progressing);
    expect(drain()).toEqual(["ann"]);
    expect(asked("ann")).toBeNull();
    expect(asked("bob")?.message).toContain("waits for ann, cleo");
  });

  test("H8 two that failed at once do not hold each other, and new input frees the others", () => {
    const stacks = boxes("ann", "bob", "cleo");
    const two = { maxParallel: 2, stopOnFailure: true };
    const loaded = loadedOf(stacks, { rollout: two });
    admission.loaded(loaded);
    for (const name of ["ann", "bob", "cleo"]) run(loaded, name);
    end(loaded, "ann", degraded);
    end(loaded, "bob", degraded);
    expect(run(loaded, "cleo")?.message).toContain("ann failed on the newest change");
    drain();
    expect(run(loaded, "ann")).toBeNull();
    expect(run(loaded, "bob")).toBeNull();
    end(loaded, "ann", degraded);
    end(loaded, "bob", degraded);
    admission.loaded(loadedOf(stacks, { sequence: 2, rollout: two }));
    expect(drain()).toContain("cleo");
  });

  test("H8 never more than maxParallel, and everybody has a turn, in any order of runs", () => {
    const names = ["ann", "bob", "cleo", "dan", "eve", "fay"];
    const step = fc.tuple(fc.nat(5), fc.constantFrom("run", "end", "fail"));
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3 }), fc.array(step), (maxParallel, steps) => {
        const loaded = loadedOf(boxes(...names), {
          rollout: { maxParallel, stopOnFailure: false },
        });
        const queue = new Set(names);
        const inFlight = new Set<string>();
        const done = new Set<string>();
        const own = createAdmission({
          records: createStackRecords(),
          clock,
          wakeups: waking((name) => void queue.add(name)),
          isBusy: () => false,
          ...alone,
        });
        own.loaded(loaded);
        const act = (name: string, what: string): void => {
          if (what === "run" && queue.delete(name)) {
            if (inFlight.has(name) || done.has(name)) return;
            const waiting = own.admit(loaded.byName.get(name)!, [rolling], loaded, view());
            if (waiting === null) inFlight.add(name);
            own.ended(name, judged(waiting ?? progressing));
          } else if (what !== "run" && inFlight.delete(name)) {
            done.add(name);
            own.ended(name, judged(what === "end" ? converged : degraded));
          }
          expect(inFlight.size).toBeLessThanOrEqual(maxParallel);
        };
        for (const [index, what] of steps) act(names[index]!, what);
        for (let round = 0; round < names.length * 4; round++) {
          for (const name of [...queue]) act(name, "run");
          for (const name of [...inFlight]) act(name, "end");
        }
        expect(done.size).toBe(names.length);
      }),
    );
  });
});
