// Policies at the root of the Git work tree around the folder that a command is given: the controller reads them,
// so that a check without them would pass what it refuses.
import { mkdir, symlink } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { runProgram } from "../../src/lib/spawn.ts";
import { eventually } from "../support/git-process.ts";
import { createWorld, manifest, type World } from "./world.ts";

const policy = (name: string, images: string): string =>
  `apiVersion: capstan/v1\nkind: Policy\nmetadata: { name: ${name} }\nspec: { allow: { images: ${images} } }\n`;

let world: World;
beforeEach(async () => {
  world = await createWorld();
});
afterEach(() => world.close());

async function initGit(folder = "."): Promise<void> {
  await mkdir(join(world.folder, folder), { recursive: true });
  const { PATH = "" } = process.env;
  const { exitCode } = await runProgram({
    program: "git",
    args: ["init", "--quiet", join(world.folder, folder)],
    env: { PATH, GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_NOSYSTEM: "1" },
    title: "git init",
    timeoutMs: 60_000,
    maxStdoutBytes: 64 * 1024,
  });
  expect(exitCode).toBe(0);
}

const forbidding = { "policies/p.yaml": policy("portal", "[]") };
const refusal = (file: string, place: string): string =>
  `${file}:6:19 \`applications.web.image\` runs the image nginx:1, and the policy portal allows no images (${place}:4:26)`;

describe("P9 a folder in a Git work tree is judged by the policies at its root too", () => {
  test("by `validate DIR`, with places as seen from where it was started", async () => {
    await world.write({ ...forbidding, "stacks/shop.yaml": manifest("shop") });
    expect(await world.capstan("validate", "stacks")).toMatchObject({ code: 0 });
    await initGit();
    for (const args of [["stacks"], []]) {
      const { code, out } = await world.capstan("validate", ...args);
      expect(code).toBe(1);
      expect(out.split("\n")[0]).toBe(refusal("stacks/shop.yaml", "policies/p.yaml"));
    }
    const json = JSON.parse((await world.capstan("validate", "stacks", "--json")).out);
    expect(json).toMatchObject({ ok: false, policies: ["portal"] });
  });

  test("by `plan --source`, with places as seen from that folder", async () => {
    await initGit();
    await world.write({ ...forbidding, "infra/stacks/shop.yaml": manifest("shop") });
    const { code, out } = await world.capstan("plan", "--source", "infra/stacks");
    expect(code).toBe(1);
    expect(out).toContain(refusal("shop.yaml", "../../policies/p.yaml"));
    expect(out).not.toContain("new");
    await world.write({ "policies/p.yaml": policy("portal", '["nginx:*"]') });
    expect((await world.capstan("plan", "--source", "infra/stacks")).out).toContain(
      "1 stack would be created",
    );
  });

  test("beside those of the folder itself: both hold", async () => {
    await initGit();
    await world.write({
      "stacks/shop.yaml": manifest("shop"),
      "policies/p.yaml": policy("portal", '["nginx:*"]'),
      "stacks/policies/own.yaml": policy("own", "[redis]"),
    });
    const { code, out } = await world.capstan("validate", "stacks");
    expect(code).toBe(1);
    expect(out).toContain(
      "the policy own allows only the images redis (stacks/policies/own.yaml:4:26)",
    );
    await world.write({ "stacks/policies/own.yaml": policy("own", '["nginx:*"]') });
    expect((await world.capstan("validate", "stacks")).out).toBe(
      "✓ 1 stack, 0 templates and 2 policies without a mistake\n",
    );
  });

  test("wherever POLICIES_PATH names them, also inside of the folder", async () => {
    await initGit();
    world.environment.POLICIES_PATH = "infra/rules";
    await world.write({
      "infra/stacks/shop.yaml": manifest("shop"),
      "infra/rules/p.yaml": policy("portal", "[]"),
    });
    for (const folder of ["infra/stacks", "infra"]) {
      expect((await world.capstan("validate", folder)).out).toContain(
        refusal("infra/stacks/shop.yaml", "infra/rules/p.yaml"),
      );
    }
    expect((await world.capstan("plan", "--source", "infra")).out).toContain(
      refusal("stacks/shop.yaml", "rules/p.yaml"),
    );
  });

  test("of the nearest work tree, and of no repository around that", async () => {
    await initGit();
    await initGit("inner");
    await world.write({ ...forbidding, "inner/stacks/shop.yaml": manifest("shop") });
    expect(await world.capstan("validate", "inner/stacks")).toMatchObject({ code: 0 });
  });
});

test("P9 outside of every repository, policies beside STACKS_PATH hold where no folder is named", async () => {
  await world.write({ ...forbidding, "stacks/shop.yaml": manifest("shop") });
  const { code, out } = await world.capstan("validate");
  expect(code).toBe(1);
  expect(out).toContain(refusal("stacks/shop.yaml", "policies/p.yaml"));
});

test("O5 what stands there and cannot be read holds the stacks, as it does for the controller", async () => {
  await initGit();
  await world.write({ "elsewhere/p.yaml": "", "stacks/shop.yaml": manifest("shop") });
  await symlink("elsewhere", join(world.folder, "policies"));
  const { code, out } = await world.capstan("validate", "stacks");
  expect(code).toBe(1);
  expect(out).toContain("policies:1:1 cannot be read: it is a symbolic link");
  expect((await world.capstan("plan", "--source", "stacks")).code).toBe(1);
});

test("a stack among the policies is none, and is told where it belongs", async () => {
  await initGit();
  await world.write({
    "policies/shop.yaml": manifest("shop"),
    "stacks/blog.yaml": manifest("blog"),
  });
  const { code, out } = await world.capstan("validate", "stacks");
  expect(code).toBe(1);
  expect(out).toContain("policies/shop.yaml:3:19 is no policy, and only policies are read here");
  expect(out).toContain("move it to the folder of the stacks, stacks/");
  const planned = await world.capstan("plan", "--source", "stacks");
  expect(planned.out).toContain("../policies/shop.yaml:3:19 is no policy");
  expect(planned.out).toContain("move it to the folder of the stacks");
  expect(planned.out).not.toMatch(/^. shop/m);
});

test("a controller on a folder sees a change of these policies", async () => {
  await initGit();
  await world.write({
    "stacks/shop.yaml": manifest("shop"),
    "policies/p.yaml": policy("portal", "[]"),
  });
  const { stage, ended } = world.begin("run", "--source", "stacks");
  const address = await eventually(
    "the controller listens",
    () => /health (\S+)\/health/.exec(stage.terminal.err())?.at(1) ?? null,
  );
  await eventually("the refusal is told", async () => {
    const answer = await fetch(`${address}/api/v1/problems`);
    return (await answer.text()).includes("allows no images");
  });
  await world.write({ "policies/p.yaml": policy("portal", '["nginx:*"]') });
  await eventually("the stack is made", () => world.simulator.state.applications.size === 1);
  stage.interrupt();
  expect((await ended).code).toBe(0);
});
