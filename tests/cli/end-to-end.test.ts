import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createTestRepository } from "../support/git.ts";
import { eventually } from "../support/git-process.ts";
import { createWorld, manifest, type World } from "./world.ts";

let world: World;
beforeEach(async () => {
  world = await createWorld();
});
afterEach(async () => {
  await world.close();
});

const projects = (): readonly string[] =>
  [...world.simulator.state.projects.values()].map(({ name }) => name).sort();
const images = (): readonly (string | null)[] =>
  [...world.simulator.state.applications.values()].map(({ dockerImage }) => dockerImage).sort();

describe("plan", () => {
  test("writes nothing, also where much would change", async () => {
    await world.write({ "stacks/a.yaml": manifest("alpha") });
    const { code, out, err } = await world.capstan("plan", "--source", "stacks");
    expect(code).toBe(0);
    expect(err).toContain("0 projects, 0 ours, 0 never touched; 1 stack at ");
    expect(out).toContain("alpha  new\n");
    expect(out).toMatch(/\n1 stack would be created\n$/);
    expect(world.simulator.log.writes()).toEqual([]);
  });

  test("reads Git where GIT_URL says so", async () => {
    const repository = await createTestRepository();
    try {
      await repository.push({ "stacks/a.yaml": manifest("alpha") }, "First stacks");
      world.environment.GIT_URL = repository.url;
      const { out } = await world.capstan("plan", "--json");
      expect(JSON.parse(out)).toMatchObject({
        title: "First stacks",
        line: "1 stack would be created",
      });
    } finally {
      await repository.remove();
    }
  });

  test("without any source says how to name one", async () => {
    const { code, err } = await world.capstan("plan");
    expect(code).toBe(1);
    expect(err).toBe(
      "error: there are no stacks to read: GIT_URL is not set\n" +
        "hint:  set GIT_URL, or name a folder with --source\n",
    );
  });
});

describe("apply", () => {
  test("brings stacks up, and a second time has nothing to do", async () => {
    await world.write({ "stacks/a.yaml": manifest("alpha"), "stacks/b.yaml": manifest("beta") });
    const first = await world.capstan("apply", "--source", "stacks");
    expect(first.out).toMatch(/^✓ alpha {2}ready\n✓ beta {3}ready\n\n2 ready at /);
    expect(first.code).toBe(0);
    const second = await world.capstan("apply", "--source", "stacks");
    expect(second.out).toMatch(/^2 ready at /);
    const planned = await world.capstan("plan", "--source", "stacks", "--exit-code");
    expect(planned.out).toContain("Nothing to do: 2 stacks in sync.");
    expect(planned.code).toBe(0);
  });

  test("O6 removes nothing without --prune", async () => {
    await world.write({ "stacks/a.yaml": manifest("alpha"), "stacks/b.yaml": manifest("beta") });
    await world.capstan("apply", "--source", "stacks");
    await world.write({ "stacks/b.yaml": null });
    const { err } = await world.capstan("apply", "--source", "stacks");
    expect(err).toContain("Nothing is removed without --prune; it would concern beta\n");
    expect(projects()).toEqual(["alpha", "beta"]);
  });

  test("removes with --prune what is no longer in Git", async () => {
    await world.write({ "stacks/a.yaml": manifest("alpha"), "stacks/b.yaml": manifest("beta") });
    await world.capstan("apply", "--source", "stacks");
    await world.write({ "stacks/b.yaml": null });
    const { code } = await world.capstan("apply", "--source", "stacks", "--prune");
    expect(projects()).toEqual(["alpha"]);
    expect(code).toBe(0);
  });

  test("touches only the stacks that are named", async () => {
    await world.write({ "stacks/a.yaml": manifest("alpha"), "stacks/b.yaml": manifest("beta") });
    const { code } = await world.capstan("apply", "--source", "stacks", "--stack", "alpha");
    expect(code).toBe(0);
    expect(projects()).toEqual(["alpha"]);
  });

  test("a broken file fails alone, with its place", async () => {
    const broken = manifest("beta").replace("image:", "imagee:");
    await world.write({ "stacks/a.yaml": manifest("alpha"), "stacks/b.yaml": broken });
    const { code, out } = await world.capstan("apply", "--source", "stacks");
    expect(code).toBe(1);
    expect(out).toMatch(/✓ alpha {2}ready\n/);
    expect(out).toMatch(/^b\.yaml:6:\d+ `applications\.web\.imagee` is unknown$/m);
  });

  test("P5 a secret is in nothing that is printed", async () => {
    world.environment.SECRET_API_KEY = "canary-value-one";
    const secret = manifest("alpha").replace(
      "rollout",
      'env: { KEY: "x$(secrets.api-key)" }, rollout',
    );
    await world.write({ "stacks/a.yaml": secret });
    const printed = [await world.capstan("apply", "--source", "stacks")];
    world.environment.SECRET_API_KEY = "canary-value-two";
    printed.push(await world.capstan("plan", "--source", "stacks"));
    printed.push(await world.capstan("plan", "--source", "stacks", "--json"));
    const text = printed.map(({ out, err }) => out + err).join("\n");
    expect(text).toContain("(secret changed)");
    expect(text).not.toContain("canary");
  });
});

describe("without a server", () => {
  test("commands say so and name the demo", async () => {
    delete world.environment.DOKPLOY_URL;
    for (const command of ["plan", "apply", "run"]) {
      const { code, err } = await world.capstan(command);
      expect(code).toBe(1);
      expect(err).toContain("error: DOKPLOY_URL is not set");
      expect(err).toContain("capstan demo");
      expect(err).not.toContain(" at ");
    }
  });

  test("a key that is refused is told with a hint", async () => {
    world.environment.DOKPLOY_API_TOKEN = "canary-wrong-key";
    await world.write({ "stacks/a.yaml": manifest("alpha") });
    const { code, err } = await world.capstan("plan", "--source", "stacks");
    expect(code).toBe(1);
    expect(err).toMatch(/^error: .+\nhint: {2}.+\n$/);
    expect(err).not.toContain("canary");
  });

  test("every problem of the environment is told at once", async () => {
    Object.assign(world.environment, { DOKPLOY_URL: "nowhere", PORT: "many", WORKERS: "none" });
    const { code, err } = await world.capstan("run");
    expect(code).toBe(1);
    expect(err).toContain("the environment has 3 problems:\n");
    expect(err.match(/^ {2}(?:DOKPLOY_URL|PORT|WORKERS) /gm)).toHaveLength(3);
  });
});

describe("run", () => {
  const get = async (address: string, path: string) => {
    const answer = await fetch(`${address}${path}`);
    return { status: answer.status, text: await answer.text() };
  };
  const health = (err: string): string | null => /health (http:\S+)\/health/.exec(err)?.[1] ?? null;

  test("without GIT_URL keeps a repository of its own, says how to push, and follows pushes", async () => {
    const running = world.begin("run");
    const { terminal } = running.stage;
    await eventually("it says how to push", () => terminal.err().includes("git clone"));
    const address = await eventually("it listens", () => health(terminal.err()));
    const repository = join(world.folder, "state", "stacks.git");
    expect(terminal.err()).toContain(`git clone ${repository} my-stacks`);
    expect((await get(address, "/healthz")).status).toBe(200);
    expect((await get(address, "/readyz")).status).toBe(503);

    await running.stage.context.commit(
      repository,
      "main",
      { "stacks/a.yaml": manifest("alpha") },
      "First stack",
    );
    await eventually("the pushed stack is there", () => images().includes("nginx:1"));
    await eventually("it is ready", async () => (await get(address, "/readyz")).status === 200);
    expect(JSON.parse((await get(address, "/health")).text)).toMatchObject({ service: "capstan" });
    running.stage.interrupt();
    expect((await running.ended).code).toBe(0);
    await expect(get(address, "/healthz")).rejects.toThrow();
  });

  test("--dry-run writes nothing", async () => {
    await world.write({ "stacks/a.yaml": manifest("alpha") });
    const running = world.begin("run", "--source", "stacks", "--dry-run");
    const { terminal } = running.stage;
    const address = await eventually("it listens", () => health(terminal.err()));
    await eventually("it is ready", async () => (await get(address, "/readyz")).status === 200);
    running.stage.interrupt();
    expect((await running.ended).code).toBe(0);
    expect(world.simulator.log.writes()).toEqual([]);
  });

  test("a port in use ends it with what to do", async () => {
    await world.write({ "stacks/a.yaml": manifest("alpha") });
    world.environment.PORT = new URL(world.simulator.url).port;
    const { code, err } = await world.capstan("run", "--source", "stacks");
    expect(code).toBe(1);
    expect(err).toContain("is in use already");
    expect(err).toContain("hint:  set PORT to another one");
  });
});

test("init makes a repository that validate finds without a mistake, and never overwrites", async () => {
  const folder = await mkdtemp(join(tmpdir(), "capstan-init-"));
  try {
    await world.write({ "mine/.gitignore": "my own\n" });
    const first = await world.capstan("init", "mine");
    expect(first.code).toBe(0);
    expect(first.out).toContain("+ mine/stacks/templates/web-app.yaml\n");
    expect(first.out).toContain("+ mine/stacks/templates/ai-stack.yaml\n");
    expect(first.out).toContain("= mine/.gitignore (kept as it is)\n");
    expect((await world.capstan("validate", "mine/stacks")).out).toContain(
      "✓ 0 stacks and 2 templates without a mistake",
    );
    // As if the example had been moved to life.
    const second = await world.capstan("init", "mine");
    expect(second.out).not.toContain("\n+ ");
    await world.write({ "mine/stacks/.capstanignore": "" });
    expect((await world.capstan("validate", "mine/stacks")).out).toContain(
      "✓ 1 stack and 2 templates without a mistake",
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
