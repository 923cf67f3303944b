// Somebody presses Stop in Dokploy while the swarm still replaces the containers of a new version. Nobody carries that
// update out any more, so that no rollout may wait for its end; and what was stopped runs again without a commit.
import { afterEach, expect, test } from "vitest";
import { httpClient } from "../../src/lib/http.ts";
import type { HttpClient } from "../../src/lib/http.ts";
import { createFastScenario } from "../support/fast-scenario.ts";
import type { Scenario } from "../support/scenario.ts";
import { until } from "../support/until.ts";

let scenario: Scenario;
afterEach(() => scenario.close());

const shop = (zone: string): string =>
  [
    "apiVersion: capstan/v1",
    "kind: Stack",
    "metadata: { name: shop }",
    "spec:",
    "  databases:",
    "    main:",
    "      type: mysql",
    "      image: mysql:8.4.1",
    "      database: shop",
    "      user: shopper",
    "      password: a-password",
    "      rootPassword: a-password",
    `      env: { TZ: ${zone} }`,
    "      rollout: { stableFor: 0s, timeout: 60s }",
    "",
  ].join("\n");

const row = () => [...scenario.simulator.state.mysql.values()][0]!;
const live = () => scenario.simulator.state.swarmServices.get(row().appName);
const outcome = () => scenario.engine().stacks()[0]?.outcome;
const deploys = (): number =>
  scenario.simulator.log.entries.filter(({ procedures }) => procedures.includes("mysql.deploy"))
    .length;

/** Presses Stop once, as soon as the deployment of that number has been answered. */
function stopsAfter(deployment: number, seen: string[]): HttpClient {
  return {
    async send(request) {
      const answer = await httpClient.send(request);
      if (request.url.includes("mysql.deploy") && deploys() === deployment && seen.length === 0) {
        seen.push(live()?.updateStatus?.State ?? "none");
        scenario.simulator.state.scaleSwarmService(row().appName, 0);
        row().applicationStatus = "idle";
      }
      return answer;
    },
  };
}

test("W7 a database that is stopped in the middle of its rollout is deployed again, without a commit", async () => {
  const seen: string[] = [];
  scenario = await createFastScenario({
    // The swarm's update lasts for a second of this machine, ten of Capstan's.
    simulator: { timeScale: 0.2 },
    http: stopsAfter(2, seen),
  });
  await scenario.push({ "shop.yaml": shop("UTC") });
  scenario.engine().start();
  await until("it is ready", () => outcome()?.kind === "converged");
  const commit = await scenario.push({ "shop.yaml": shop("CET") });
  await until("it was stopped", () => seen.length > 0);
  expect(seen).toEqual(["updating"]);
  await until("what became of it is known", () => {
    const status = scenario.engine().stacks()[0];
    return (
      status?.revision === commit &&
      (status.outcome.kind === "converged" || status.outcome.kind === "degraded")
    );
  });
  expect(outcome()).toMatchObject({ kind: "converged" });
  expect(live()?.spec.Mode.Replicated.Replicas).toBe(1);
  expect(live()?.spec.TaskTemplate.ContainerSpec.Env).toContain("TZ=CET");
  expect(deploys()).toBe(3);
  const said = scenario.engine().events();
  expect(said.some(({ message }) => message.includes("somebody stopped it"))).toBe(true);
});
