// Several processes, one store in PostgreSQL and two Dokploys: a lease for each, so that one process may lead one of them
// and stand by for the other.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { startSimulator } from "../../src/simulator/server.ts";
import type { Simulator } from "../../src/simulator/server.ts";
import { postgresPrograms } from "../support/postgres.ts";
import { stackFile, startReplicas, untilReady, waitsFor } from "../support/replicas.ts";
import type { Replicas } from "../support/replicas.ts";
import { until } from "../support/until.ts";

let world: Replicas;
let production: Simulator;
let folder: string;
let environment: Readonly<Record<string, string>>;

describe.skipIf(postgresPrograms === null)("processes with two Dokploys", () => {
  beforeEach(async () => {
    world = await startReplicas();
    production = await startSimulator({ timeScale: 0.05, apiKey: "key-of-production" });
    folder = await mkdtemp(join(tmpdir(), "capstan-dokploys-"));
    const key = join(folder, "key");
    const file = join(folder, "dokploys.yaml");
    await writeFile(key, "key-of-production");
    await writeFile(
      file,
      `servers: [{ name: production, url: "${production.url}", tokenFile: ${key} }]\n`,
    );
    environment = { DOKPLOY_SERVERS_FILE: file };
    await world.repository.push({
      "stacks/home.yaml": stackFile("home", "nginx:1"),
      "stacks/shop.yaml": stackFile("shop", "nginx:1").replace(
        "spec: {",
        "spec: { dokploy: production,",
      ),
    });
  });
  afterEach(async () => {
    await world.close();
    await production.close();
    await rm(folder, { recursive: true, force: true });
  });

  test("W12 each is led by one, and what is asked of the other goes to who leads it", async () => {
    const home = await world.start("a", { ...environment, DOKPLOY_NAME: "default" });
    await untilReady(home, "home");
    const both = await world.start("b", environment);
    await untilReady(both, "shop@production");
    await until("it leads one and waits for the other", async () => {
      const waits = await waitsFor(both);
      return waits[""] === true && waits.production === false;
    });
    await untilReady(both, "home");
    // Of the one that it leads itself, and of the other.
    expect((await both.post("/api/v1/stacks/shop@production/suspend")).status).toBe(202);
    expect((await both.post("/api/v1/stacks/home/suspend")).status).toBe(202);
    await until("who leads it says so", async () =>
      JSON.stringify(await home.get("/api/v1/stacks/home")).includes("ops suspended it"),
    );
    expect((await both.post("/api/v1/stacks/home/resume")).status).toBe(202);
    // The one that leads it ends at once, as if its machine were gone.
    home.signal("SIGKILL");
    await until("the other one leads both", async () => {
      const waits = await waitsFor(both);
      return waits[""] === false && waits.production === false;
    });
    await world.repository.push({ "stacks/home.yaml": stackFile("home", "nginx:2") });
    await until("it writes there", () =>
      [...world.simulator.state.applications.values()].some(
        ({ dockerImage }) => dockerImage === "nginx:2",
      ),
    );
    // What was asked of the first one is known to the second.
    expect(JSON.stringify(await both.get("/api/v1/stacks/shop@production"))).toContain(
      "ops suspended it",
    );
    expect(world.simulator.state.projects.size).toBe(1);
    expect(production.state.projects.size).toBe(1);
  });
});
