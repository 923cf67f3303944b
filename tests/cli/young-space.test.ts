import { expect, test } from "vitest";
import { optionsForStaying } from "../../src/cli/young-space.ts";
import { createWorld } from "./world.ts";
import { startCapstan } from "../support/capstan-process.ts";
import { readFile, writeFile, mkdir } from "node:fs/promises";
import { join } from "node:path";

const start = { args: ["run"], execArgv: [] as string[], nodeOptions: "" };

test("a process that stays starts with less room for young objects, and keeps Node's other options", () => {
  expect(optionsForStaying(start)).toEqual(["--max-semi-space-size=16"]);
  expect(optionsForStaying({ ...start, execArgv: ["--enable-source-maps"] })).toEqual([
    "--max-semi-space-size=16",
    "--enable-source-maps",
  ]);
  expect(optionsForStaying({ ...start, args: ["mcp", "--dry-run"] })).not.toBeNull();
});

test("what somebody said stays, in every way of saying it, and short commands start once", () => {
  for (const said of ["--max-semi-space-size=64", "--max_semi_space_size=64"]) {
    expect(optionsForStaying({ ...start, execArgv: [said] })).toBeNull();
    expect(optionsForStaying({ ...start, nodeOptions: `--no-warnings ${said}` })).toBeNull();
  }
  for (const args of [["plan"], ["--version"], []]) {
    expect(optionsForStaying({ ...start, args })).toBeNull();
  }
});

test.skipIf(process.platform !== "linux")(
  "`run` is that process itself: same number, arguments, environment and signals",
  async () => {
    const world = await createWorld();
    await mkdir(join(world.folder, "stacks"));
    await writeFile(join(world.folder, "stacks/.capstanignore"), "");
    const child = startCapstan(["run", "--source", "stacks", "--dry-run"], {
      folder: world.folder,
      environment: world.environment,
    });
    try {
      const address = await child.address();
      expect((await fetch(`${address}/healthz`)).status).toBe(200);
      const line = await readFile(`/proc/${child.pid}/cmdline`, "utf8");
      const words = line.split("\0");
      expect(words[1]).toBe("--max-semi-space-size=16");
      expect(words.slice(-4)).toEqual(["--source", "stacks", "--dry-run", ""]);
      child.signal("SIGTERM");
      expect(await child.ended).toBe(0);
    } finally {
      await child.close();
      await world.close();
    }
  },
);
