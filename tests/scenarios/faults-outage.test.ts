// A single pass against a server that goes away and stays away: it ends, says so, and the next one goes on.
import { expect, test } from "vitest";
import { fastClock } from "../support/fast-clock.ts";
import { createScenario } from "../support/scenario.ts";
import { until } from "../support/until.ts";
import { worldPicture } from "../support/world-picture.ts";

const manifest = [
  "apiVersion: capstan/v1",
  "kind: Stack",
  "metadata: { name: shop }",
  "spec: { applications: { web: { image: nginx:1, rollout: { stableFor: 0s, timeout: 1h } } } }",
  "",
].join("\n");

test("a pass ends when the server stays away during its rollouts, and the next one goes on", async () => {
  const times = 200;
  const scenario = await createScenario({
    clock: fastClock({ times, startMs: Date.now() }),
    engine: { rolloutTickMs: 15 * times, lookAgainMs: 150 * times },
  });
  try {
    const { faults, log, state } = scenario.simulator;
    faults.image("nginx", "slow");
    await scenario.push({ "shop.yaml": manifest });
    const pass = scenario.apply();
    await until("it is deployed", () => log.count("application.deploy") > 0);
    const returns = new AbortController();
    const back = faults.refuse(3_600_000, returns.signal);
    const result = await pass;
    expect(result.ok).toBe(false);
    expect(scenario.engine().state().platformError).toMatch(/ECONNREFUSED/);
    returns.abort();
    await back;
    expect((await scenario.apply()).ok).toBe(true);
    expect(state.deployments.size).toBe(1);
    expect(worldPicture(scenario.simulator).applications).toMatchObject([{ settled: true }]);
  } finally {
    await scenario.close();
  }
});
