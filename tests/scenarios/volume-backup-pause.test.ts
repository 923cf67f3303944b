// A volume backup with `turnOff` scales its service to none while it copies. Measured on a real server: whoever deploys
// then starts the service in the middle of the copy.
import { afterEach, beforeEach, expect, test } from "vitest";
import { newDeployment } from "../../src/simulator/rows.ts";
import { createRandom } from "../../src/simulator/random.ts";
import { scale } from "../../src/simulator/swarm.ts";
import { addDestination } from "../support/destination.ts";
import { createFastScenario } from "../support/fast-scenario.ts";
import type { Scenario } from "../support/scenario.ts";

let scenario: Scenario;
beforeEach(async () => {
  scenario = await createFastScenario();
  addDestination(scenario.simulator, "s3");
});
afterEach(() => scenario.close());

const manifest = [
  "apiVersion: capstan/v1",
  "kind: Stack",
  "metadata: { name: shop }",
  "spec:",
  "  applications:",
  "    web:",
  "      image: ghcr.io/acme/web:1",
  "      rollout: { stableFor: 0s, timeout: 20s }",
  "      mounts: [{ type: volume, source: media, target: /media }]",
  "      volumeBackups:",
  '        nightly: { cron: "0 4 * * *", destination: s3, volume: media, turnOff: true }',
  "",
].join("\n");

const state = () => scenario.simulator.state;
const service = () => [...state().swarmServices.values()][0]!;
const deploys = () => scenario.simulator.log.count("application.deploy");

/** As Dokploy does it: the row first, then the service is scaled to none. */
function beginBackup() {
  const { volumeBackupId, appName } = [...state().volumeBackups.values()][0]!;
  const title = "Volume Backup";
  const blank = newDeployment(createRandom(1), {
    ...{ title, description: title, appName, composeId: "" },
  });
  const row = { ...blank, composeId: null, volumeBackupId, status: "running" as const };
  state().deployments.set(row.deploymentId, row);
  scale(service(), 0);
  return row;
}

async function plan() {
  await scenario.restart();
  return (await scenario.engine().plan()).plans[0]!;
}

test("H2 what is stopped for its volume backup is not deployed before the copy is made", async () => {
  await scenario.push({ "shop.yaml": manifest });
  expect((await scenario.apply()).ok).toBe(true);
  const row = beginBackup();
  const { actions, notes } = await plan();
  expect(actions).toEqual([]);
  expect(notes.map(({ message }) => message)).toEqual([
    "app/web is stopped while its volume backup nightly is made",
  ]);
  await scenario.apply();
  expect(deploys()).toBe(1);
  expect(JSON.stringify(scenario.engine().events())).not.toContain("by hand");
  // It ended, and left the service stopped: that is drift like any other.
  state().deployments.set(row.deploymentId, { ...row, status: "error" });
  expect((await plan()).actions.map(({ type }) => type)).toEqual(["configure-service", "rollout"]);
});
