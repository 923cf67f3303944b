// When a controller with several Dokploys is ready: what it says at /readyz, and what its pages can show by then. The
// portal stands on one of them, which may be the slower one.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { startSimulator } from "../../src/simulator/server.ts";
import type { Simulator } from "../../src/simulator/server.ts";
import { createTestRepository } from "../support/git.ts";
import type { TestRepository } from "../support/git.ts";
import { until } from "../support/until.ts";
import { createWorld, stackWith as stack } from "./world.ts";
import type { World } from "./world.ts";

let world: World;
let staging: Simulator;
let repository: TestRepository;

beforeEach(async () => {
  world = await createWorld();
  staging = await startSimulator({ timeScale: 0.05, apiKey: "key-of-staging" });
  const key = join(world.folder, "staging.key");
  const file = join(world.folder, "dokploys.yaml");
  await writeFile(key, "key-of-staging\n");
  await writeFile(file, `servers: [ { name: staging, url: ${staging.url}, tokenFile: ${key} } ]\n`);
  repository = await createTestRepository();
  await repository.push({
    "stacks/home.yaml": stack("home"),
    "stacks/shop.yaml": stack("shop", "dokploy: staging"),
  });
  Object.assign(world.environment, { DOKPLOY_SERVERS_FILE: file, GIT_URL: repository.url });
});

afterEach(async () => {
  await staging.close();
  await world.close();
  await repository.remove();
});

async function running(use: (address: string) => Promise<void>): Promise<void> {
  const { stage, ended } = world.begin("run");
  try {
    await use(
      await until(
        "it says where it listens",
        () => /health (http:\S+)\/health/.exec(stage.terminal.err())?.[1],
      ),
    );
  } finally {
    stage.interrupt();
    await ended;
  }
}

const unread = "Git has not been read yet";

test("it is not ready while the portal's Dokploy was not tried, although another one was read", async () => {
  world.simulator.faults.add({ kind: "hang", times: "always" });
  await running(async (address) => {
    await until("the other one was read", async () => {
      const overview = (await (await fetch(`${address}/api/v1/overview`)).json()) as {
        dokploys: { name: string; lastList: string | null }[];
      };
      return overview.dokploys.some((one) => one.name === "staging" && one.lastList !== null);
    });
    expect((await fetch(`${address}/readyz`)).status).toBe(503);
    expect(await (await fetch(`${address}/`)).text()).toContain(unread);
  });
});

test("what is ready has read Git for every page", async () => {
  world.simulator.faults.add({ kind: "latency", ms: 4_000, times: "always" });
  await running(async (address) => {
    await until("it is ready", async () => {
      const isReady = (await fetch(`${address}/readyz`)).status === 200;
      const page = await (await fetch(`${address}/`)).text();
      if (isReady) expect(page).not.toContain(unread);
      return isReady;
    });
  });
});

test("a Dokploy that hangs from the start keeps the other one's stacks from nothing", async () => {
  world.simulator.faults.add({ kind: "hang", times: "always" });
  await running(async () => {
    await until(
      "the other one's stack is deployed",
      () => [...staging.state.deployments.values()].some(({ status }) => status === "done"),
      // Before the first request to the one that hangs is given up.
      25_000,
    );
    expect(world.simulator.state.projects.size).toBe(0);
  });
});
