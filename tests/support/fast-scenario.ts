// Scenarios in which Capstan's seconds pass ten times as fast, for tests of backoffs, pauses and of the
// second look after a lost answer.
import { fastClock } from "./fast-clock.ts";
import { createScenario } from "./scenario.ts";
import type { Scenario, ScenarioOptions } from "./scenario.ts";

const times = 10;

export function createFastScenario(options: ScenarioOptions = {}): Promise<Scenario> {
  return createScenario({
    clock: fastClock({ times, startMs: Date.now() }),
    ...options,
    engine: {
      rolloutTickMs: 15 * times,
      lookAgainMs: 150 * times,
      resyncIntervalMs: 300 * times,
      deepCheckIntervalMs: 3_600_000,
      followIntervalMs: 100 * times,
      ...options.engine,
    },
  });
}
