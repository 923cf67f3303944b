// The page of the documentation about a Dokploy that runs already, walked by a reader who has none: with the simulator's
// example, and word for word.
import { readFileSync } from "node:fs";
import { afterEach, beforeEach, expect, test } from "vitest";
import { startSimulator, type Simulator } from "../../src/simulator/server.ts";
import { createWorld, type World } from "./world.ts";

let world: World;
let simulator: Simulator;
beforeEach(async () => {
  world = await createWorld();
  simulator = await startSimulator({ example: true, timeScale: 0.05 });
  world.environment.DOKPLOY_URL = simulator.url;
});
afterEach(async () => {
  await simulator.close();
  await world.close();
});

/** What the page shows: each command with its lines. */
function shown(): readonly {
  readonly args: readonly string[];
  readonly lines: readonly string[];
}[] {
  const page = readFileSync("src/http/public/docs/how-to/adopt.md", "utf8");
  const [, block = ""] = /```console\n(\$ capstan export[\s\S]*?)```/.exec(page) ?? [];
  return block
    .split(/^\$ /m)
    .slice(1)
    .map((part) => {
      const [command = "", ...lines] = part.trimEnd().split("\n");
      return { args: command.split(" ").slice(1), lines };
    });
}

/** Where the page leaves something out, or the machine's own words stand, it has `…`. */
const fits = (line: string, pattern: string): boolean =>
  pattern.endsWith("…") ? line.startsWith(pattern.slice(0, -1)) : line === pattern;

test("export, its proof and adopt say what the page shows, and nothing is deployed", async () => {
  const commands = shown();
  expect(commands.map(({ args }) => args[0])).toEqual(["export", "adopt"]);
  for (const { args, lines } of commands) {
    const { code, out, err } = await world.capstan(...args);
    expect(code).toBe(0);
    const printed = (err + out)
      .replaceAll(simulator.url, "http://127.0.0.1:34999")
      .trimEnd()
      .split("\n");
    const missing = lines.filter((line) => !printed.some((one) => fits(one, line)));
    const more = printed.filter((one) => !lines.some((line) => fits(one, line)));
    expect({ missing, more }).toEqual({ missing: [], more: [] });
  }
  const written = simulator.log.writes().flatMap(({ procedures }) => procedures);
  expect(written.length).toBeGreaterThan(0);
  expect(written.filter((name) => name.endsWith("deploy"))).toEqual([]);
});

test("its shops become one template and small stacks, with --templates", async () => {
  const { code, out } = await world.capstan("export", "shop-a", "shop-b", "--templates");
  expect(code).toBe(0);
  expect(out).toContain("kind: StackTemplate");
  expect(out.match(/template: /g)).toHaveLength(2);
});
