// One controller with several Dokploys: each stack on its own, one that is down delays no other, and everything that
// people see says which it is about.
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { startSimulator } from "../../src/simulator/server.ts";
import type { Simulator } from "../../src/simulator/server.ts";
import { until } from "../support/until.ts";
import { createWorld, stackWith as stack } from "./world.ts";
import type { World } from "./world.ts";

let world: World;
let production: Simulator;
let staging: Simulator;
let address: string;

beforeEach(async () => {
  world = await createWorld();
  production = await startSimulator({ timeScale: 0.05, apiKey: "key-of-production" });
  staging = await startSimulator({ timeScale: 0.05, apiKey: "key-of-staging" });
  await writeFile(join(world.folder, "production.key"), "key-of-production\n");
  await writeFile(join(world.folder, "staging.key"), "key-of-staging\n");
  const file = join(world.folder, "dokploys.yaml");
  await writeFile(
    file,
    `servers:
  - { name: production, url: ${production.url}, tokenFile: ${join(world.folder, "production.key")} }
  - { name: staging, url: ${staging.url}, tokenFile: ${join(world.folder, "staging.key")} }
map:
  - { folder: staging, dokploy: staging }
`,
  );
  world.environment.DOKPLOY_SERVERS_FILE = file;
});

afterEach(async () => {
  await production.close();
  await staging.close();
  await world.close();
});

const three = {
  "stacks/home.yaml": stack("home"),
  "stacks/shop.yaml": stack("shop", "dokploy: production"),
  "stacks/staging/shop.yaml": stack("shop"),
};

const on = (server: Simulator) =>
  [...server.state.projects.values()].map(({ name }) => name).sort();
const imagesOn = (server: Simulator) =>
  [...server.state.applications.values()].map(({ dockerImage }) => dockerImage).sort();

describe("a single pass", () => {
  test("brings each stack up on its own Dokploy, the same name twice", async () => {
    await world.write(three);
    const planned = await world.capstan("plan", "--source", "stacks");
    expect(planned.err).toContain("(production): 0 projects, 0 ours, 0 never touched; 1 stack at");
    expect(planned.out).toMatch(/^home {2}new$/m);
    expect(planned.out).toMatch(/^shop@production {2}new$/m);
    expect(planned.out).toMatch(/^shop@staging {2}new$/m);
    expect(planned.out).toContain("3 stacks would be created");

    const applied = await world.capstan("apply", "--source", "stacks");
    expect(applied.out).toMatch(
      /✓ home {13}ready\n✓ shop@production {2}ready\n✓ shop@staging {5}ready\n\n3 ready at /,
    );
    expect(applied.code).toBe(0);
    expect([on(world.simulator), on(production), on(staging)]).toEqual([
      ["home"],
      ["shop"],
      ["shop"],
    ]);
    const again = await world.capstan("plan", "--source", "stacks", "--exit-code");
    expect(again.out).toContain("Nothing to do: 3 stacks in sync.");
  });

  test("of one stack, or of one Dokploy, leaves the others alone", async () => {
    await world.write(three);
    await world.capstan("apply", "--source", "stacks", "--stack", "shop@staging");
    expect([on(world.simulator), on(production), on(staging)]).toEqual([[], [], ["shop"]]);
    world.environment.DOKPLOY_NAME = "production";
    const applied = await world.capstan("apply", "--source", "stacks");
    expect(applied.out).toMatch(/✓ shop@production {2}ready/);
    expect([on(world.simulator), on(production)]).toEqual([[], ["shop"]]);
  });

  test("names that no Dokploy has are told, with those that may be meant", async () => {
    await world.write(three);
    const { code, err } = await world.capstan(
      ...["plan", "--source", "stacks", "--stack", "shop@stagng"],
    );
    expect(code).toBe(1);
    expect(err).toContain("there is no Dokploy called stagng");
    world.environment.DOKPLOY_NAME = "stagng";
    const named = await world.capstan("plan", "--source", "stacks");
    expect(named.err).toContain("DOKPLOY_NAME is stagng, and no Dokploy is called so");
    expect(named.err).toContain("known are default, production, staging");
  });

  test("O4 a stack that moves to another Dokploy leaves the first one only when it is pruned", async () => {
    await world.write(three);
    await world.capstan("apply", "--source", "stacks");
    await world.write({ "stacks/home.yaml": stack("home", "dokploy: production") });
    await world.capstan("apply", "--source", "stacks");
    expect([on(world.simulator), on(production)]).toEqual([["home"], ["home", "shop"]]);
  });

  test("O5 a name that is mistaken holds the stack on all of them", async () => {
    await world.write(three);
    await world.capstan("apply", "--source", "stacks");
    await world.write({ "stacks/shop.yaml": stack("shop", "dokploy: prodction") });
    const { code, out } = await world.capstan("apply", "--source", "stacks", "--prune");
    expect(code).toBe(1);
    expect(out).toContain("there is no Dokploy called `prodction`");
    expect(out).toContain("did you mean `production`?");
    expect([on(world.simulator), on(production), on(staging)]).toEqual([
      ["home"],
      ["shop"],
      ["shop"],
    ]);
  });

  test("O6 removals that wait on two Dokploys are approved together", async () => {
    const many = Object.fromEntries(
      ["a", "b", "c"].flatMap((name) => [
        [`stacks/${name}.yaml`, stack(name, "dokploy: production")],
        [`stacks/staging/${name}.yaml`, stack(name)],
      ]),
    );
    await world.write({ ...three, ...many });
    await world.capstan("apply", "--source", "stacks");
    await world.write(Object.fromEntries(Object.keys(many).map((path) => [path, null])));
    const waits = await world.capstan("apply", "--source", "stacks", "--prune");
    const [, digest = ""] = /--approve (\S+)/.exec(waits.err) ?? [];
    expect(digest.split("+")).toHaveLength(2);
    expect([on(production), on(staging)]).toEqual([
      ["a", "b", "c", "shop"],
      ["a", "b", "c", "shop"],
    ]);
    await world.capstan("apply", "--source", "stacks", "--prune", "--approve", digest);
    expect([on(production), on(staging)]).toEqual([["shop"], ["shop"]]);
  });
});

describe("a controller", () => {
  async function running<T>(use: () => Promise<T>): Promise<T> {
    const { stage, ended } = world.begin("run", "--source", "stacks");
    try {
      address = await until("it says where it listens", () => {
        return /health (http:\S+)\/health/.exec(stage.terminal.err())?.[1];
      });
      return await use();
    } finally {
      stage.interrupt();
      await ended;
    }
  }

  async function get<T>(path: string): Promise<T> {
    const answer = await fetch(`${address}/api/v1${path}`);
    return (await answer.json()) as T;
  }

  const states = async (): Promise<Record<string, string>> => {
    // Before Git was read it has none to tell.
    const { stacks = [] } = await get<{ stacks?: { name: string; state: string }[] }>("/stacks");
    return Object.fromEntries(stacks.map(({ name, state }) => [name, state]));
  };

  test("serves all of them while one is down, and goes on there when it is back", async () => {
    await world.write(three);
    world.environment.RESYNC_INTERVAL = "1s";
    production.faults.add({ kind: "html502", times: "always" });
    await running(async () => {
      await until("the others are ready", async () => {
        const found = await states();
        return found.home === "ready" && found["shop@staging"] === "ready";
      });
      expect(on(production)).toEqual([]);
      const overview = await get<{
        errors: { platform: string };
        dokploys: { name: string; error: string | null; stacks: number }[];
      }>("/overview");
      expect(overview.errors.platform).toMatch(/^production: /);
      expect(overview.dokploys.map(({ name, error }) => [name, error === null])).toEqual([
        ["", true],
        ["production", false],
        ["staging", true],
      ]);
      production.faults.clear();
      await until("it is ready too", async () => (await states())["shop@production"] === "ready");
      expect(imagesOn(production)).toEqual(["nginx:1"]);
    });
  });

  test("does what is asked of one stack on its Dokploy, and tells it under its name", async () => {
    await world.write(three);
    await running(async () => {
      await until("all are ready", async () => {
        const found = Object.values(await states());
        return found.length === 3 && found.every((state) => state === "ready");
      });
      const asked = await fetch(`${address}/api/v1/stacks/shop@staging/suspend`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: "{}",
      });
      expect(asked.status).toBe(202);
      await mkdir(join(world.folder, "stacks/staging"), { recursive: true });
      await world.write({
        "stacks/staging/shop.yaml": stack("shop", "", "nginx:2"),
        "stacks/shop.yaml": stack("shop", "dokploy: production", "nginx:2"),
      });
      await until("the other one is changed", () => imagesOn(production).includes("nginx:2"));
      await until("it is suspended", async () => (await states())["shop@staging"] === "suspended");
      expect(imagesOn(staging)).toEqual(["nginx:1"]);
      const detail = await get<{ name: string }>("/stacks/shop@staging");
      expect(detail.name).toBe("shop@staging");
      const { events } = await get<{ events: { stack: string | null; id: string }[] }>(
        "/events?stack=shop@staging",
      );
      expect(new Set(events.map((event) => event.stack))).toEqual(new Set(["shop@staging"]));
      const all = await get<{ events: { id: string }[] }>("/events?limit=500");
      expect(new Set(all.events.map(({ id }) => id)).size).toBe(all.events.length);
    });
  });
});
