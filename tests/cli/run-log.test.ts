// What `run` writes where its log is read by machines: an outage once, and nothing that is no mistake as one.
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { startSimulator } from "../../src/simulator/server.ts";
import type { Simulator } from "../../src/simulator/server.ts";
import { startCapstan } from "../support/capstan-process.ts";
import type { CapstanProcess } from "../support/capstan-process.ts";
import { until } from "../support/until.ts";
import { manifest } from "./world.ts";

let simulator: Simulator;
let folder: string;
let controller: CapstanProcess | null = null;
beforeEach(async () => {
  simulator = await startSimulator({ timeScale: 0.05 });
  folder = await mkdtemp(join(tmpdir(), "capstan-log-"));
});
afterEach(async () => {
  await controller?.close();
  controller = null;
  await simulator.close();
  await rm(folder, { recursive: true, force: true });
});

interface Line {
  readonly level: string;
  readonly msg: string;
  readonly stack?: string | null;
  readonly detail?: string;
}

/** All that it wrote until it was stopped, when `text` was among it. */
async function linesAfter(text: string, args: readonly string[], url: string) {
  const environment = {
    DOKPLOY_URL: url,
    DOKPLOY_API_TOKEN: simulator.apiKey,
    HOST_CHECK_INTERVAL: "off",
    HOST: "127.0.0.1",
    PORT: "0",
  };
  const child = startCapstan(["run", ...args], { folder, environment });
  controller = child;
  await until(`it says ${text}`, () => child.err().includes(text));
  child.signal("SIGTERM");
  expect(await child.ended).toBe(0);
  const lines = child.err().split("\n");
  const json = lines.filter((line) => line.startsWith("{")).map((line) => JSON.parse(line) as Line);
  return { json, plain: lines.filter((line) => !line.startsWith("{")) };
}

test("an outage of the server is one line", async () => {
  await mkdir(join(folder, "stacks"));
  await writeFile(join(folder, "stacks/shop.yaml"), manifest("shop"));
  const { json } = await linesAfter("platform-error", ["--source", "stacks"], "http://127.0.0.1:1");
  // What it means to a stack is that stack's.
  const told = json.filter(({ level, stack }) => level !== "info" && (stack ?? null) === null);
  expect(told.map(({ msg }) => msg)).toEqual(["event platform-error"]);
});

test("a new commit is told with its stacks, of which there may be one", async () => {
  await mkdir(join(folder, "stacks"));
  await writeFile(join(folder, "stacks/shop.yaml"), manifest("shop"));
  const { json } = await linesAfter("event revision", ["--source", "stacks"], simulator.url);
  const told = json.find(({ msg }) => msg === "event revision");
  expect(told?.detail).toMatch(/: 1 stack, 1 changed \(/);
});

test("a repository of its own without a commit is no mistake: it waits for the first one", async () => {
  const { json, plain } = await linesAfter("event note", [], simulator.url);
  expect(json.filter(({ level }) => level === "warn" || level === "error")).toEqual([]);
  const [note] = json.filter(({ msg }) => msg === "event note");
  expect(note).toMatchObject({
    level: "info",
    detail: expect.stringMatching(/stacks\.git has no commits yet: waiting for the first commit$/),
  });
  expect(plain.join("\n")).toContain("Waiting for the first commit");
  expect(plain.join("\n")).not.toContain("keeps trying");
});
