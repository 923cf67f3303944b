// Commands that only look leave nothing in the folder where they were started, and use the state of a controller
// where there is one.
import { mkdir, mkdtemp, readFile, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { commitFiles, openOwnRepository } from "../../src/git/own-repository.ts";
import { createWorld, manifest, type World } from "./world.ts";

let world: World;
let temporary: string;
beforeEach(async () => {
  temporary = await mkdtemp(join(tmpdir(), "capstan-left-"));
  world = await createWorld();
  vi.stubEnv("TMPDIR", temporary);
  await world.write({ "stacks/shop.yaml": manifest("shop") });
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await world.close();
  await rm(temporary, { recursive: true, force: true });
});

const commands: readonly (readonly string[])[] = [
  ["plan", "--source", "stacks"],
  ["secrets", "--source", "stacks"],
  ["export", "--check"],
  ["doctor"],
  ["lease"],
];

function addProject(): void {
  const { state } = world.simulator;
  const { project } = state.addProject({ name: "blog" });
  const web = state.addApplication(project.projectId, {
    ...{ name: "web", sourceType: "docker", dockerImage: "nginx:1", autoDeploy: false },
  });
  state.runApplication(web.applicationId);
}

describe("where there is no state", () => {
  test.each(commands)("%s leaves nothing behind", async (...args) => {
    addProject();
    const { code, err } = await world.capstan(...args);
    expect([code, err.includes("error")]).toEqual([0, false]);
    expect((await readdir(world.folder)).sort()).toEqual(["stacks"]);
    expect(await readdir(temporary)).toEqual([]);
  });

  test.each([["plan"], ["secrets"], ["doctor"]])("%s of a Git repository too", async (command) => {
    const repository = join(world.folder, "stacks.git");
    await openOwnRepository(repository, "main");
    await commitFiles(repository, "main", new Map([["stacks/a.yaml", manifest("a")]]), {
      ...{ message: "First", author: { name: "me", email: "me@example.com" }, nowMs: 0 },
    });
    world.environment.GIT_URL = repository;
    const { code, out } = await world.capstan(command);
    expect(code).toBe(0);
    expect(out).not.toBe("");
    expect((await readdir(world.folder)).sort()).toEqual(["stacks", "stacks.git"]);
  });

  test("an empty state folder stays empty", async () => {
    await mkdir(join(world.folder, "state"));
    expect((await world.capstan("plan", "--source", "stacks")).code).toBe(0);
    expect(await readdir(join(world.folder, "state"))).toEqual([]);
  });
});

test("the key of a state that is there counts: no secret looks changed, and none is read again", async () => {
  world.environment.SECRET_TOKEN = "a-token-that-nobody-knows";
  await world.write({
    "stacks/shop.yaml": `${manifest("shop").trimEnd().slice(0, -2)}, env: { TOKEN: $(secrets.token) } }\n`,
  });
  expect((await world.capstan("apply", "--source", "stacks")).code).toBe(0);
  const key = await readFile(join(world.folder, "state", "key"));
  world.simulator.log.clear();
  const { code, out } = await world.capstan("plan", "--source", "stacks");
  expect([code, out.includes("0 stacks would be"), out.includes("secret")]).toEqual([
    0,
    false,
    false,
  ]);
  expect(world.simulator.log.count("application.one")).toBe(0);
  expect(await readFile(join(world.folder, "state", "key"))).toEqual(key);
  // With another key that takes a look at the service itself.
  world.environment.STATE_DIR = "elsewhere";
  await world.capstan("plan", "--source", "stacks");
  expect(world.simulator.log.count("application.one")).toBeGreaterThan(0);
});
