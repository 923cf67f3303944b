/**
 * The behaviour suite against the simulator, always; against a real server too when DOKPLOY_URL and
 * DOKPLOY_API_TOKEN name one. There it makes and removes projects whose names begin with
 * `capstan-contract-`, and nothing else.
 */
import { afterAll, describe, expect, test, vi } from "vitest";
import { startSimulator } from "../../src/simulator/server.ts";
import { createClient } from "./client.ts";
import { describeBehaviour } from "./behaviour.ts";
import { createWorkbench } from "./workbench.ts";

describeBehaviour("the simulator", async () => {
  const sim = await startSimulator({ timeScale: 0.01 });
  return {
    client: createClient(sim.url, sim.apiKey),
    image: "nginx:1",
    missingImage: "acme/doesnotexist:1",
    patienceMs: 30_000,
    close: () => sim.close(),
  };
});

const { DOKPLOY_URL: url, DOKPLOY_API_TOKEN: token } = process.env;
if (url !== undefined && url !== "" && token !== undefined && token !== "") {
  // Pulls, stops and starts are real: minutes, not milliseconds.
  vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });
  describeBehaviour("a real server", () =>
    Promise.resolve({
      client: createClient(url.replace(/\/+$/, ""), token),
      image: process.env.DOKPLOY_TEST_IMAGE ?? "nginx:alpine",
      missingImage: "capstan.invalid/does-not-exist:1",
      patienceMs: 180_000,
      close: () => Promise.resolve(),
    }),
  );
}

describe("the suite itself", () => {
  const opened: (() => Promise<void>)[] = [];
  afterAll(async () => {
    for (const close of opened) await close();
  });

  test("takes away what it made, also what a failed test left, and nothing else", async () => {
    const sim = await startSimulator({ timeScale: 0.01 });
    opened.push(() => sim.close());
    sim.state.seed(3);
    const before = [...sim.state.projects.keys()];
    const bench = createWorkbench({
      client: createClient(sim.url, sim.apiKey),
      image: "nginx:1",
      missingImage: "x",
      patienceMs: 30_000,
      close: () => sim.close(),
    });
    await bench.deploy(await bench.application());
    await bench.project({ name: `${bench.prefix}-other` });
    await bench.cleanUp();
    expect([...sim.state.projects.keys()]).toEqual(before);
    expect(sim.state.swarmServices.size).toBe(3);
    const foreign = sim.log
      .writes()
      .filter((entry) => JSON.stringify(entry.body).includes("seed-"));
    expect(foreign).toEqual([]);
  });
});
