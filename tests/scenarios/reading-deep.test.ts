// Deep checks end to end: one application that cannot be read is its own stack's trouble.
import { afterEach, expect, test } from "vitest";
import { CapstanError } from "../../src/lib/errors.ts";
import { createFastScenario } from "../support/fast-scenario.ts";
import { simpleStack } from "../support/scenario.ts";
import type { Scenario } from "../support/scenario.ts";
import { until } from "../support/until.ts";

let scenario: Scenario;
afterEach(() => scenario.close());

test("H2 one unreadable application fails its own stack alone, until it can be read", async () => {
  let spoilt: string | null = null;
  scenario = await createFastScenario({
    engine: { deepCheckIntervalMs: 5_000 },
    wrapPlatform: (platform) => ({
      ...platform,
      async details(ids, unreadable) {
        const bad = ids.filter(({ id }) => id === spoilt);
        if (bad.length > 0 && unreadable === undefined) {
          throw new CapstanError("unavailable", "its answer has an unknown shape");
        }
        for (const { id } of bad) unreadable?.(id);
        return platform.details(
          ids.filter(({ id }) => id !== spoilt),
          unreadable,
        );
      },
    }),
  });
  await scenario.push({ "a.yaml": simpleStack("a"), "b.yaml": simpleStack("b") });
  expect((await scenario.apply()).ok).toBe(true);
  const rows = [...scenario.simulator.state.applications.values()];
  const of = (stack: string) => rows.find(({ appName }) => appName.startsWith(`${stack}-`))!;
  const outcomes = () =>
    Object.fromEntries(
      scenario
        .engine()
        .stacks()
        .map(({ name, outcome }) => [name, outcome.kind]),
    );
  await scenario.restart();
  scenario.engine().start();
  await until("both are well", () => Object.values(outcomes()).join() === "converged,converged");
  spoilt = of("a").applicationId;
  await until("its stack says so", () => outcomes().a === "failed");
  // The other's deep check goes on.
  scenario.simulator.state.editApplication(of("b").applicationId, { dockerImage: "by/hand:1" });
  await until("drift is mended", () => of("b").dockerImage === "ghcr.io/acme/web:1");
  await until("the other is well", () => outcomes().b === "converged");
  spoilt = null;
  await until("it can be read again", () => outcomes().a === "converged");
});
