// Whose turn it is: what a stack waits for, who is sent for when that is over, and how many stacks of a
// template go at a time.
import fc from "fast-check";
import { beforeEach, describe, expect, test } from "vitest";
import type { Loaded } from "../../../src/engine/state/desired-state.ts";
import {
  beginsRollout,
  dependencyWait,
  mayDeploy,
  templateWait,
} from "../../../src/engine/order/order.ts";
import type { Judged, Siblings } from "../../../src/engine/order/order.ts";
import { createTurns } from "../../../src/engine/order/turns.ts";
import type { Turns } from "../../../src/engine/order/turns.ts";
import type { View } from "../../../src/engine/state/world.ts";
import type { DesiredStack } from "../../../src/model/desired.ts";
import type { Action } from "../../../src/model/plan.ts";
import type { Outcome, Waiting } from "../../../src/model/status.ts";
import { indexOwnership } from "../../../src/plan/ownership.ts";
import { webStack } from "../../support/arbitrary-stack.ts";
import { emptyWorld, instance } from "../../support/model-state.ts";
import { converge } from "../../support/model-world.ts";
import { createVirtualClock } from "../../support/virtual-clock.ts";
import type { VirtualClock } from "../../support/virtual-clock.ts";

interface LoadedOptions {
  readonly sequence?: number;
  readonly changedAt?: Readonly<Record<string, number>>;
  readonly broken?: readonly string[];
  readonly rollout?: { readonly maxParallel: number | null; readonly stopOnFailure: boolean };
}
function loadedOf(stacks: readonly DesiredStack[], options: LoadedOptions = {}): Loaded {
  const sequence = options.sequence ?? 1;
  const rollout = options.rollout ?? { maxParallel: null, stopOnFailure: false };
  return {
    revision: { id: `r${sequence}`, title: "" },
    sequence,
    changedIn: new Map(),
    changedAt: new Map(
      stacks.map(({ name }) => [name, options.changedAt?.[name] ?? sequence] as const),
    ),
    manifests: {
      stacks: [...stacks],
      problems: [],
      namesUnknown: false,
      brokenStacks: new Set(options.broken),
      missingStacks: new Set(),
      templates: [{ name: "box", rollout }],
    } as unknown as Loaded["manifests"],
    byName: new Map(stacks.map((stack) => [stack.name, stack])),
    previousNames: new Set(),
    previous: new Map(),
  };
}
const stack = (name: string, given: Partial<DesiredStack> = {}): DesiredStack =>
  webStack({}, { name, ...given });
const judged = (outcome: Outcome, given: Partial<Judged> = {}): Judged => ({
  sequence: 1,
  ready: outcome.kind === "converged",
  outcome,
  message: "message" in outcome ? outcome.message : "in sync",
  desired: true,
  ...given,
});
const converged: Outcome = { kind: "converged" };
const alone = { expects: () => true, builds: { wait: () => null } };
const progressing: Outcome = { kind: "progressing", message: "app/web: deploying" };
const degraded: Outcome = { kind: "degraded", message: "web: it crashed" };
const failed: Outcome = { kind: "failed", message: "no answer", retryAfterMs: null };

describe("H5 what a stack waits for", () => {
  const web = stack("web", { dependsOn: ["db"] });
  const wait = (
    db: DesiredStack | null,
    last: Judged | undefined,
    options: LoadedOptions = {},
  ): string | null =>
    dependencyWait(
      web,
      loadedOf(db === null ? [web] : [web, db], options),
      new Map(last === undefined ? [] : [["db", last]]),
    );
  const db = stack("db");

  test("H5 nothing when its dependency is Ready on this revision, or on an older one that is still its newest", () => {
    expect(wait(db, judged(converged))).toBeNull();
    expect(wait(db, judged(converged), { sequence: 4, changedAt: { db: 1 } })).toBeNull();
    expect(dependencyWait(stack("alone"), loadedOf([]), new Map())).toBeNull();
  });

  test("H5 a dependency that is Ready on an older revision is waited for", () => {
    const message = wait(db, judged(converged), { sequence: 4, changedAt: { db: 2 } });
    expect(message).toBe("waits for db: its newest change has not been carried out yet");
  });

  const cases: readonly (readonly [string, DesiredStack | null, Judged | undefined, string])[] = [
    ["unknown", db, undefined, "it has not been checked yet"],
    ["suspended", stack("db", { suspend: true }), judged(converged), "it is suspended in Git"],
    ["rolling out", db, judged(progressing), "it is being rolled out (app/web: deploying)"],
    ["degraded", db, judged(degraded), "it failed (web: it crashed)"],
    ["failing", db, judged(failed), "it failed (no answer)"],
    ["not in Git", null, judged(converged), "it is not in Git"],
    [
      "unhealthy",
      db,
      judged(converged, { ready: false, message: "app/web: 0 of 1 replicas are running" }),
      "it is not healthy (app/web: 0 of 1 replicas are running)",
    ],
    [
      "waiting",
      db,
      judged({ kind: "waiting", reason: "approval", message: "removals wait", afterMs: null }),
      "it waits itself (removals wait)",
    ],
  ];
  test.each(cases)("H5 a dependency that is %s is waited for by name", (_, one, last, reason) => {
    expect(wait(one, last)).toBe(`waits for db: ${reason}`);
  });

  test("H5 one whose manifest is broken is told, though it was Ready before", () => {
    const message = wait(null, judged(converged), { broken: ["db"] });
    expect(message).toBe("waits for db: its manifest has a problem");
  });

  test("H5 all that are not Ready are named", () => {
    const both = stack("web", { dependsOn: ["cache", "db", "queue"] });
    const loaded = loadedOf([both, db, stack("cache"), stack("queue")]);
    const known = new Map([
      ["cache", judged(degraded)],
      ["db", judged(converged)],
    ]);
    expect(dependencyWait(both, loaded, known)).toBe(
      "waits for cache: it failed (web: it crashed); queue: it has not been checked yet",
    );
  });
});

describe("H8 whether a stack may join its template's rollout", () => {
  const none: Siblings = { inFlight: [], unknown: [], failed: new Map() };
  const both = { maxParallel: 2, stopOnFailure: true };

  test("H8 there is room below maxParallel, and without it always", () => {
    const two = { ...none, inFlight: ["ann", "bob"] };
    expect(templateWait("box", both, { ...none, inFlight: ["ann"] }, true)).toBeNull();
    expect(templateWait("box", both, two, true)).toBe(
      "waits for ann, bob: the template box is rolled out to 2 stacks at a time",
    );
    const unlimited = { maxParallel: null, stopOnFailure: false };
    expect(templateWait("box", unlimited, two, true)).toBeNull();
  });

  test("H8 a failure holds those that its change reaches, and only when the template says so", () => {
    const one = { ...none, failed: new Map([["ann", "web: it crashed"]]) };
    expect(templateWait("box", both, one, true)).toContain("ann failed on the newest change");
    expect(templateWait("box", both, one, true)).toContain("web: it crashed");
    expect(templateWait("box", both, one, false)).toBeNull();
    expect(templateWait("box", { ...both, stopOnFailure: false }, one, true)).toBeNull();
  });
});

test("H6 a deploy that was not requested yet is not when its stack is suspended or closed", () => {
  const windows = [{ allow: "0 6 * * *", forMs: 3_600_000, timezone: "UTC" }];
  const closing = stack("shop", { sync: { selfHeal: true, prune: true, windows } });
  expect(mayDeploy(closing, Date.parse("2026-11-23T06:30:00Z"))).toBe(true);
  expect(mayDeploy(closing, Date.parse("2026-11-23T07:00:00Z"))).toBe(false);
  expect(mayDeploy(stack("shop", { suspend: true }), 0)).toBe(false);
  expect(mayDeploy(undefined, 0)).toBe(true);
});

const base = { cause: { kind: "resumed" }, risk: "none", changes: [] } as const;
const marking: Action = { ...base, type: "mark", marks: [] };
const rolling = { ...base, type: "rollout", service: "app/web" } as unknown as Action;

test("H8 a rollout is what deploys; a marker is none", () => {
  expect(beginsRollout([marking])).toBe(false);
  expect(beginsRollout([marking, rolling])).toBe(true);
});

describe("turns", () => {
  let clock: VirtualClock;
  let woken: string[];
  let busy: Set<string>;
  let turns: Turns;
  const view = (): View => ({
    takenAtMs: 0,
    ownership: indexOwnership("default", []),
    swarm: null,
  });
  const take = (loaded: Loaded, name: string, action = rolling): Waiting | null =>
    turns.take(loaded.byName.get(name)!, [action], loaded, view());
  /** Takes a turn and ends the run as the engine does: in flight, or waiting. */
  const run = (loaded: Loaded, name: string): Waiting | null => {
    const waiting = take(loaded, name);
    end(loaded, name, waiting ?? progressing);
    return waiting;
  };
  const end = (loaded: Loaded, name: string, outcome: Outcome): void =>
    turns.ended(name, judged(outcome, { sequence: loaded.sequence }));
  const drain = (): string[] => woken.splice(0);

  beforeEach(() => {
    clock = createVirtualClock(Date.parse("2026-11-23T05:00:00Z"));
    woken = [];
    busy = new Set();
    turns = createTurns({
      clock,
      wake: (name) => void woken.push(name),
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
    turns.stop();
    expect(clock.pending()).toBe(0);
    run(loaded, "shop");
    expect(clock.pending()).toBe(0);
  });

  test("H6 an empty plan needs no open window, no dependency and no place", () => {
    const shop = { ...windowed("0 6 * * *"), dependsOn: ["db"], template: "box" };
    expect(turns.take(shop, [], loadedOf([shop]), view())).toBeNull();
  });

  test("H5 a dependent is sent for whenever there is news of what it waits for, and not otherwise", () => {
    const loaded = loadedOf([stack("db"), stack("web", { dependsOn: ["db"] })]);
    turns.loaded(loaded);
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
    turns.loaded(second);
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
    turns.loaded(loaded);
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
    turns.loaded(loaded);
    for (const name of ["ann", "bob", "cleo"]) run(loaded, name);
    end(loaded, "ann", converged);
    end(loaded, "bob", converged);
    expect(drain()).toEqual(["bob", "cleo"]);
  });

  test("H8 a place is kept while rollouts go on, whatever a run in between says", () => {
    const loaded = loadedOf(boxes("ann", "bob"), { rollout });
    turns.loaded(loaded);
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
    turns.loaded(loaded);
    const asked = (name: string) =>
      turns.take(loaded.byName.get(name)!, [rolling], loaded, earlier);
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
    turns.loaded(loaded);
    for (const name of ["ann", "bob", "cleo"]) run(loaded, name);
    end(loaded, "ann", degraded);
    end(loaded, "bob", degraded);
    expect(run(loaded, "cleo")?.message).toContain("ann failed on the newest change");
    drain();
    expect(run(loaded, "ann")).toBeNull();
    expect(run(loaded, "bob")).toBeNull();
    end(loaded, "ann", degraded);
    end(loaded, "bob", degraded);
    turns.loaded(loadedOf(stacks, { sequence: 2, rollout: two }));
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
        const own = createTurns({
          clock,
          wake: (name) => void queue.add(name),
          isBusy: () => false,
          ...alone,
        });
        own.loaded(loaded);
        const act = (name: string, what: string): void => {
          if (what === "run" && queue.delete(name)) {
            if (inFlight.has(name) || done.has(name)) return;
            const waiting = own.take(loaded.byName.get(name)!, [rolling], loaded, view());
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
