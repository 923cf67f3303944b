// Plans that are carried out, whole or up to a crash, in a model of Dokploy.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { DesiredStack } from "../../src/model/desired.ts";
import { flatten, isIgnored } from "../../src/model/fields.ts";
import { parseMarker } from "../../src/model/marker.ts";
import { arbitraryPlacedStack } from "../support/arbitrary-stack.ts";
import { webStack } from "../support/web-stack.ts";
import { emptyWorld, expectedRunning, read } from "../support/model-state.ts";
import type { ModelState } from "../support/model-state.ts";
import { carryOut, converge, executable, mostRounds, planIn } from "../support/model-world.ts";
import type { Verdicts } from "../support/model-world.ts";

/** What the world looks like to people: no ids, no attempts, no names that Dokploy chose. */
function picture(state: ModelState, desired: DesiredStack) {
  const owned = (description: string | null): string | null =>
    parseMarker(description)?.owner ?? null;
  const wanted = new Map(desired.services.map((service) => [service.key, service]));
  return state.projects
    .map((project) => ({
      name: project.name,
      owner: owned(project.description),
      variables: project.variables,
      services: project.environments
        .flatMap(({ name, services }) => services.map((service) => ({ name, service })))
        .map(({ name, service }) => {
          const marker = parseMarker(service.description);
          const ignore = wanted.get(marker?.key ?? "")?.ignore ?? [];
          const seen = (fields: Iterable<readonly [string, string]>): Record<string, string> =>
            Object.fromEntries([...fields].filter(([path]) => !isIgnored(ignore, path)).sort());
          const running = state.running.get(service.appName);
          return {
            environment: name,
            server: service.serverId,
            key: marker?.key,
            settled: marker?.want !== null && marker?.want?.hash === marker?.done?.hash,
            stored: seen(flatten(read(state, service.id))),
            running: running === undefined ? null : seen(Object.entries(running.fields)),
          };
        })
        .sort((a, b) => (`${a.key}${a.environment}` < `${b.key}${b.environment}` ? -1 : 1)),
    }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

function runsAsDesired(state: ModelState, desired: DesiredStack): void {
  const running: Record<string, unknown> = {};
  for (const project of picture(state, desired)) {
    for (const { key, running: fields } of project.services) {
      if (key !== undefined && desired.services.some((service) => service.key === key)) {
        running[key] = fields;
      }
    }
  }
  expect(running).toEqual(expectedRunning(desired));
}

describe("W1 a plan that was carried out is followed by an empty plan", () => {
  function onlyRecordsRemain(state: ModelState, desired: DesiredStack): void {
    const [first, ...rest] = converge(state, desired);
    let before = first;
    for (const plan of rest) {
      const waited = (before?.actions ?? []).flatMap((action) =>
        "waitsFor" in action && (action.waitsFor ?? []).length > 0 ? [action.service] : [],
      );
      before = plan;
      // What waited for another service has its turn.
      const others = plan.actions.filter(
        (action) => !("service" in action) || !waited.includes(action.service),
      );
      const types = new Set(others.map(({ type }) => type));
      for (const allowed of [
        ...(["mark", "stop-service", "delete-service", "delete-environment"] as const),
      ]) {
        types.delete(allowed);
      }
      expect([...types]).toEqual([]);
    }
  }

  test("from an empty server", () => {
    fc.assert(
      fc.property(arbitraryPlacedStack, (desired) => {
        const state = emptyWorld();
        onlyRecordsRemain(state, desired);
        runsAsDesired(state, desired);
      }),
      { numRuns: 300 },
    );
  });

  test("from the state of any other stack, with what runs as desired in the end", () => {
    fc.assert(
      fc.property(arbitraryPlacedStack, arbitraryPlacedStack, (before, desired) => {
        const state = emptyWorld();
        converge(state, before);
        onlyRecordsRemain(state, desired);
        runsAsDesired(state, desired);
      }),
      { numRuns: 300 },
    );
  });
});

describe("W4 killed between any two requests and started again", () => {
  /** All crashes of all plans on the way; each world then comes to rest without verdicts of before. */
  function crashEverywhere(start: ModelState, desired: DesiredStack): void {
    const clean = structuredClone(start);
    converge(clean, desired);
    const goal = picture(clean, desired);
    const verdicts: Verdicts = new Map();
    const state = structuredClone(start);
    for (let round = 0; round < mostRounds; round++) {
      const plan = planIn(state, desired, verdicts);
      if (plan.actions.length === 0) return;
      for (let count = 0; count <= executable(plan).length; count++) {
        const crashed = structuredClone(state);
        carryOut(crashed, plan, new Map(verdicts), count);
        converge(crashed, desired);
        expect(picture(crashed, desired)).toEqual(goal);
        expect(new Set(crashed.deploys).size).toBe(crashed.deploys.length);
        // No lost deploy shows in the picture; a needless one only here.
        expect(crashed.deploys.length).toBe(clean.deploys.length);
      }
      carryOut(state, plan, verdicts);
    }
  }

  test("it makes everything once, from an empty server", () => {
    fc.assert(
      fc.property(arbitraryPlacedStack, (desired) => crashEverywhere(emptyWorld(), desired)),
      { numRuns: 40 },
    );
  });

  test("it ends as without the crash, from the state of any other stack", () => {
    fc.assert(
      fc.property(arbitraryPlacedStack, arbitraryPlacedStack, (before, desired) => {
        const start = emptyWorld();
        converge(start, before);
        crashEverywhere(start, desired);
      }),
      { numRuns: 60 },
    );
  });

  test("a crash and then another commit: what runs is that commit's", () => {
    fc.assert(
      fc.property(
        arbitraryPlacedStack,
        arbitraryPlacedStack,
        arbitraryPlacedStack,
        (first, second, third) => {
          const start = emptyWorld();
          converge(start, first);
          const plan = planIn(start, second);
          for (let count = 0; count <= executable(plan).length; count++) {
            const state = structuredClone(start);
            carryOut(state, plan, new Map(), count);
            converge(state, third);
            runsAsDesired(state, third);
            const reverted = structuredClone(start);
            carryOut(reverted, plan, new Map(), count);
            converge(reverted, first);
            runsAsDesired(reverted, first);
          }
        },
      ),
      { numRuns: 40 },
    );
  });

  test.each([
    ["a mount", webStack({ mounts: [] }), webStack()],
    ["a port", webStack(), webStack({ ports: [] })],
    [
      "a project variable",
      webStack({ env: { TZ: "${{project.TZ}}" } }, { variables: { TZ: "UTC" } }),
      webStack({ env: { TZ: "${{project.TZ}}" } }, { variables: { TZ: "Europe/Amsterdam" } }),
    ],
  ])("a crash after %s was changed still deploys it, once", (_, before, desired) => {
    const start = emptyWorld();
    converge(start, before);
    const plan = planIn(start, desired);
    for (let count = 0; count < plan.actions.length; count++) {
      const state = structuredClone(start);
      carryOut(state, plan, new Map(), count);
      converge(state, desired);
      runsAsDesired(state, desired);
      expect(state.deploys).toHaveLength(2);
    }
  });
});
