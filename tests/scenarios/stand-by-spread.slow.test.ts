// Several processes, one store in PostgreSQL and several Dokploys: each process leads its part of them.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { startSimulator } from "../../src/simulator/server.ts";
import type { Simulator } from "../../src/simulator/server.ts";
import { postgresPrograms } from "../support/postgres.ts";
import { stackFile, startReplicas, untilReady, waitsFor } from "../support/replicas.ts";
import type { Replica, Replicas } from "../support/replicas.ts";
import { until } from "../support/until.ts";

const names = ["north", "south", "west"];
let world: Replicas;
let servers: Simulator[];
let folder: string;
let environment: Readonly<Record<string, string>>;

describe.skipIf(postgresPrograms === null)("processes that share Dokploys", () => {
  beforeEach(async () => {
    world = await startReplicas();
    folder = await mkdtemp(join(tmpdir(), "capstan-spread-"));
    servers = [];
    const lines: string[] = [];
    for (const name of names) {
      const simulator = await startSimulator({ timeScale: 0.05, apiKey: `key-of-${name}` });
      servers.push(simulator);
      await writeFile(join(folder, name), simulator.apiKey);
      lines.push(
        `  - { name: ${name}, url: "${simulator.url}", tokenFile: ${join(folder, name)} }\n`,
      );
    }
    const file = join(folder, "dokploys.yaml");
    await writeFile(file, `servers:\n${lines.join("")}`);
    environment = { DOKPLOY_SERVERS_FILE: file, DOKPLOY_URL: "", DOKPLOY_API_TOKEN: "" };
    await push("nginx:1");
  });
  afterEach(async () => {
    await world.close();
    for (const one of servers) await one.close();
    await rm(folder, { recursive: true, force: true });
  });

  async function push(image: string): Promise<void> {
    await world.repository.push(
      Object.fromEntries(
        names.map((name) => [
          `stacks/${name}.yaml`,
          stackFile("shop", image).replace("spec: {", `spec: { dokploy: ${name},`),
        ]),
      ),
    );
  }

  async function led(one: Replica): Promise<readonly string[]> {
    return Object.entries(await waitsFor(one)).flatMap(([name, waits]) => (waits ? [] : [name]));
  }

  /** So many of them each, every one by somebody. */
  async function untilShared(among: readonly Replica[], parts: readonly number[]): Promise<void> {
    const what = `${among.map(({ name }) => name).join(", ")} lead ${parts.join(", ")}`;
    await until(what, async () => {
      const each = await Promise.all(among.map((one) => led(one)));
      const counts = each.map(({ length }) => length).toSorted();
      return new Set(each.flat()).size === names.length && String(counts) === String(parts);
    });
  }

  async function untilWritten(image: string): Promise<void> {
    await until(`${image} is everywhere`, () =>
      servers.every(({ state }) => {
        const [first, ...others] = [...state.applications.values()];
        return first?.dockerImage === image && others.length === 0;
      }),
    );
  }

  test("W12 those that come later get their part, and what one led that was killed the others", async () => {
    const a = await world.start("a", environment);
    await untilReady(a, "shop@north");
    expect(await led(a)).toHaveLength(3);
    const b = await world.start("b", environment);
    const c = await world.start("c", environment);
    await untilShared([a, b, c], [1, 1, 1]);
    expect(a.err()).toMatch(/leads 3 servers and capstan run .* none: it leaves some to it/);
    await push("nginx:2");
    await untilWritten("nginx:2");
    b.signal("SIGKILL");
    await b.ended;
    await untilShared([a, c], [1, 2]);
    c.signal("SIGTERM");
    expect(await c.ended).toBe(0);
    await untilShared([a], [3]);
    await push("nginx:3");
    await untilWritten("nginx:3");
    for (const { state } of servers) expect(state.projects.size).toBe(1);
  });
});
