// Capstan deploying itself: the stack of stacks/platform/portal.yaml, whose new version ends the very controller
// that asked for it, in the middle of the rollout. Another one takes over, with its state or without.
import { readFileSync } from "node:fs";
import { afterEach, expect, test } from "vitest";
import { openStore } from "../../src/store/store.ts";
import { createFastScenario } from "../support/fast-scenario.ts";
import type { Scenario } from "../support/scenario.ts";
import { until } from "../support/until.ts";
import { worldPicture } from "../support/world-picture.ts";

const open: Scenario[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

const manifest = readFileSync("stacks/platform/portal.yaml", "utf8");
const image = (tag: string): string => `ghcr.io/acme/capstan:${tag}`;
const version = (tag: string): string => manifest.replace(image("1.0.0"), image(tag));

const isReady = (scenario: Scenario): boolean =>
  scenario
    .engine()
    .stacks()
    .some(({ conditions }) =>
      conditions.some(({ type, status }) => type === "Ready" && status === "True"),
    );

const runs = (scenario: Scenario): string | null =>
  [...scenario.simulator.state.swarmServices.values()][0]?.running.image ?? null;

const deployments = (scenario: Scenario): readonly string[] =>
  [...scenario.simulator.state.deployments.values()].map(({ status }) => status);

/** A laptop deploys it once; then the controller that came of it runs, with a state of its own. */
async function begin(): Promise<Scenario> {
  const scenario = await createFastScenario({
    openStore: (folder) => openStore(folder),
    secrets: {
      "dokploy-api-token": "a-key-of-dokploy",
      "git-token": "a-token-of-git",
      "api-tokens": "ops:operator:0000",
      "log-ingest-token": "ingest-token-0123",
      "grafana-admin-password": "a-password",
    },
  });
  open.push(scenario);
  await scenario.push({ "platform/portal.yaml": version("1") });
  const first = await scenario.apply();
  expect(first.ok).toBe(true);
  expect(deployments(scenario)).toEqual(["done"]);
  await scenario.loseStore();
  scenario.engine().start();
  await until("the controller finds itself in sync", () => isReady(scenario));
  expect(deployments(scenario)).toEqual(["done"]);
  return scenario;
}

/** The moments at which the swarm may end the old controller; `release` lets Dokploy pull the new image. */
const moments: Readonly<
  Record<string, (scenario: Scenario, release: () => void) => Promise<void>>
> = {
  "while Dokploy pulls the new image": async (scenario) => {
    await until("Dokploy works on it", () => deployments(scenario).includes("running"));
  },
  "when its own container is replaced": async (scenario, release) => {
    release();
    await until("the swarm has the new version", () => {
      const [service] = [...scenario.simulator.state.swarmServices.values()];
      return service?.spec.TaskTemplate.ContainerSpec.Image === image("2");
    });
  },
};

const kept = (scenario: Scenario): Promise<void> => scenario.restart();
const lost = (scenario: Scenario): Promise<void> => scenario.loseStore();

for (const [when, moment] of Object.entries(moments)) {
  for (const [state, replace] of Object.entries({ "its state": kept, nothing: lost })) {
    test(`W4 a controller replaced ${when} is followed by one with ${state}, and nothing is deployed twice`, async () => {
      const scenario = await begin();
      const release = scenario.simulator.faults.holdPulls(image("2"));
      await scenario.push({ "platform/portal.yaml": version("2") });
      await moment(scenario, release);
      // SIGTERM: it ends what is under way and begins nothing.
      await replace(scenario);
      release();
      scenario.engine().start();
      await until("the new one finds itself healthy", () => isReady(scenario));

      expect(runs(scenario)).toBe(image("2"));
      const { projects, applications, orphans } = worldPicture(scenario.simulator);
      expect(projects).toHaveLength(1);
      expect(orphans).toEqual([]);
      expect(applications).toMatchObject([
        {
          settled: true,
          runsWhatIsWanted: true,
          image: image("2"),
          deployments: ["done", "done"],
        },
      ]);
      scenario.writes();
      expect((await scenario.apply()).ok).toBe(true);
      expect(scenario.writes()).toEqual([]);
    });
  }
}

test("W4 the new version is stopped before it starts anew, and its project outlives its manifest", async () => {
  const scenario = await begin();
  const [service] = [...scenario.simulator.state.swarmServices.values()];
  expect(service?.spec.UpdateConfig.Order).toBe("stop-first");
  await scenario.push({ "platform/portal.yaml": null, "notes.txt": "nothing is left\n" });
  await scenario.apply({ prune: true });
  expect(scenario.simulator.state.applications.size).toBe(1);
  expect(runs(scenario)).toBe(image("1"));
});
