// `capstan doctor` as a person runs it: what it prints, and how it ends.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { startSimulator } from "../../src/simulator/server.ts";
import type { Simulator } from "../../src/simulator/server.ts";
import { startCapstan } from "../support/capstan-process.ts";
import { createTestRepository } from "../support/git.ts";
import type { TestRepository } from "../support/git.ts";

let simulator: Simulator;
let repository: TestRepository;
let folder: string;
beforeEach(async () => {
  simulator = await startSimulator({ timeScale: 0.02 });
  repository = await createTestRepository();
  await repository.push({ "stacks/shop.yaml": "kind: Stack\n" });
  folder = await mkdtemp(join(tmpdir(), "capstan-doctor-"));
});
afterEach(async () => {
  await simulator.close();
  await repository.remove();
  await rm(folder, { recursive: true, force: true });
});

async function run(args: readonly string[], more: Readonly<Record<string, string>> = {}) {
  const environment = {
    DOKPLOY_URL: simulator.url,
    DOKPLOY_API_TOKEN: simulator.apiKey,
    GIT_URL: repository.url,
    ...more,
  };
  const child = startCapstan(["doctor", ...args], { folder, environment });
  const code = await child.ended;
  return { code, out: child.out(), err: child.err() };
}

test("all that is set up is a line, and what is wrong has its next step", async () => {
  const { code, out } = await run([]);
  expect(code, out).toBe(0);
  expect(out).toMatch(/^✓ Dokploy +v0\.30\.2; the key acts as owner$/m);
  expect(out).toMatch(/^! Builds +one deployment at a time/m);
  expect(out).toMatch(/^ +→ raise the concurrency of builds/m);
  expect(out).toMatch(/^✓ Git .*1 YAML file, main at [0-9a-f]{12}$/m);
  expect(out.trimEnd().split("\n").at(-1)).toMatch(/^1 warning, \d+ passed$/);
  expect(out).toMatch(/^- Git host +FORGE is not set/m);
  expect(out).toMatch(/^- Webhook +FORGE is not set/m);
  expect(out).toMatch(/^- Certificates +/m);
  expect(simulator.state.projects.size).toBe(0);
});

test("without GIT_URL nothing is wrong: `run` keeps a repository of its own", async () => {
  const { code, out } = await run([], { GIT_URL: "" });
  expect(code, out).toBe(0);
  expect(out).toMatch(/^- Git +GIT_URL is not set: `run` keeps a repository of its own$/m);
});

test("a failure ends with 1, as JSON too, and no secret is told", async () => {
  const { code, out, err } = await run(["--json"], {
    DOKPLOY_API_TOKEN: "a-key-of-another-server",
  });
  expect(code).toBe(1);
  const found = JSON.parse(out) as { ok: boolean; connections: { id: string; status: string }[] };
  expect(found.ok).toBe(false);
  expect(found.connections).toContainEqual(
    expect.objectContaining({ id: "dokploy.version", status: "fail" }),
  );
  expect(out + err).not.toContain("a-key-of-another-server");
});

test("--try deploys and removes a project, step by step", async () => {
  const { code, out, err } = await run(["--try", "--image", "nginx:1"]);
  expect(code, out).toBe(0);
  expect(err).toContain("deploying nginx:1");
  expect(out).toMatch(/^✓ Trial deployment +nginx:1 ran after/m);
  expect(simulator.state.projects.size).toBe(0);
});
