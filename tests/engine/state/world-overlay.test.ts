// Our own acknowledged writes, laid over a list, show as a fresh list would show them.
import fc from "fast-check";
import { beforeEach, describe, expect, test } from "vitest";
import { createWorld } from "../../../src/engine/state/world.ts";
import type { View } from "../../../src/engine/state/world.ts";
import type { ObservedProject } from "../../../src/model/observed.ts";
import { indexOwnership } from "../../../src/plan/ownership.ts";
import { arbitraryEffect, createServer, project } from "../../support/effects.ts";
import { createVirtualClock } from "../../support/virtual-clock.ts";
import type { VirtualClock } from "../../support/virtual-clock.ts";

let clock: VirtualClock;
beforeEach(() => {
  clock = createVirtualClock();
});

describe("our own acknowledged writes", () => {
  /** An index as sets: lists in it are ordered by age, and all of these are of one age. */
  function picture(projects: Iterable<ObservedProject>): unknown {
    const ownership = indexOwnership("default", projects);
    const byId = (one: { projectId: string }, other: { projectId: string }): number =>
      one.projectId < other.projectId ? -1 : 1;
    const groups = (map: ReadonlyMap<string, readonly ObservedProject[]>): unknown =>
      [...map]
        .map(([name, all]) => [name, all.map(({ projectId }) => projectId)] as const)
        .sort(([a], [b]) => (a < b ? -1 : 1));
    return {
      projects: [...ownership.byId.values()].sort(byId).map((one) => ({
        ...one,
        environments: one.environments.map((environment) => ({
          ...environment,
          services: [...environment.services].sort((a, b) => (a.id < b.id ? -1 : 1)),
        })),
      })),
      owned: groups(ownership.owned),
      strayed: groups(ownership.strayed),
      byName: groups(ownership.byName),
    };
  }
  const groupsOf = ({ ownership }: View): unknown => {
    const whole = picture(ownership.byId.values());
    const groups = (map: ReadonlyMap<string, readonly ObservedProject[]>): unknown =>
      [...map]
        .map(([name, all]) => [name, all.map(({ projectId }) => projectId)] as const)
        .sort(([a], [b]) => (a < b ? -1 : 1));
    return {
      ...(whole as object),
      owned: groups(ownership.owned),
      strayed: groups(ownership.strayed),
      byName: groups(ownership.byName),
    };
  };

  test("show as a fresh list would show them, and in views that were handed out before", () => {
    return fc.assert(
      fc.asyncProperty(
        fc.array(arbitraryEffect, { maxLength: 40 }),
        fc.array(arbitraryEffect, { maxLength: 40 }),
        async (before, after) => {
          const server = createServer();
          for (const one of before) server.carryOut(one);
          const asked = Promise.resolve(server.list());
          const local = createWorld({
            instance: "default",
            clock,
            list: async () => ({ takenAtMs: clock.now(), projects: await asked, swarm: null }),
          });
          const view = await local.since(0);
          for (const one of after) {
            if (!server.carryOut(one)) continue;
            local.record(one);
            expect(groupsOf(view)).toEqual(picture(server.list()));
          }
        },
      ),
      { numRuns: 200 },
    );
  });

  test("are kept when they were made during a list that may lack them, wherever it read", () => {
    return fc.assert(
      fc.asyncProperty(
        fc.array(arbitraryEffect, { maxLength: 20 }),
        fc.array(arbitraryEffect, { maxLength: 20 }),
        fc.nat(20),
        async (before, during, readAfter) => {
          const server = createServer();
          for (const one of before) server.carryOut(one);
          let finish: (projects: readonly ObservedProject[]) => void = () => undefined;
          const local = createWorld({
            instance: "default",
            clock,
            list: async () => ({
              takenAtMs: clock.now(),
              projects: await new Promise<readonly ObservedProject[]>((resolve) => {
                finish = resolve;
              }),
              swarm: null,
            }),
          });
          const asked = local.since(0);
          // The list shows the server as it was at some moment between question and answer.
          let shown = server.list();
          for (const [at, one] of during.entries()) {
            if (at === readAfter) shown = server.list();
            if (server.carryOut(one)) local.record(one);
          }
          finish(shown);
          expect(groupsOf(await asked)).toEqual(picture(server.list()));
        },
      ),
      { numRuns: 300 },
    );
  });

  test("are forgotten by a list that was asked for after them: somebody may have undone them", async () => {
    const local = createWorld({
      instance: "default",
      clock,
      list: async () => ({ takenAtMs: clock.now(), projects: [], swarm: null }),
    });
    await local.since(0);
    local.record({ kind: "project", project: project("p1") });
    expect(local.current()?.ownership.byId.has("p1")).toBe(true);
    await clock.advance(1);
    expect((await local.since(clock.now())).ownership.byId.has("p1")).toBe(false);
  });
});
