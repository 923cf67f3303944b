// The check of pull requests that `init` writes: no runner is here, so that its file is read as one would,
// and what it runs is run.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { createWorld, manifest, type World } from "./world.ts";

let world: World;
beforeEach(async () => {
  world = await createWorld();
  expect((await world.capstan("init")).code).toBe(0);
});
afterEach(() => world.close());

interface Step {
  readonly env?: Readonly<Record<string, string>>;
  readonly if?: string;
  readonly run?: string;
  readonly uses?: string;
}

async function workflow(path: string) {
  return parse(await readFile(join(world.folder, path), "utf8"));
}

describe.each([".gitea/workflows/validate.yaml", ".github/workflows/validate.yaml"])(
  "%s",
  (path) => {
    test("begins at pull requests that touch the stacks or the check itself", async () => {
      const { on } = await workflow(path);
      const paths = ["stacks/**", "policies/**", path];
      expect(on).toEqual({ pull_request: { paths }, push: { branches: ["main"], paths } });
    });

    test("runs in the image that a variable names, and says so when nobody set it", async () => {
      const { permissions, jobs } = await workflow(path);
      expect(permissions).toEqual({ contents: "read" });
      expect(jobs.validate.container.image).toBe("${{ vars.CAPSTAN_IMAGE }}");
      const [first] = jobs.validate.steps as readonly Step[];
      expect(first?.if).toBe("${{ vars.CAPSTAN_IMAGE == '' }}");
      expect(first?.run).toMatch(/CAPSTAN_IMAGE[\s\S]*\nexit 1\n$/);
    });

    test("fails for a broken manifest, and for nothing else", async () => {
      const { jobs } = await workflow(path);
      const steps = jobs.validate.steps as readonly Step[];
      const [, checkout, check] = steps;
      expect(steps).toHaveLength(3);
      expect(checkout?.uses).toBe("actions/checkout@v4");
      const [program, ...args] = (check?.run ?? "").split(" ");
      expect(program).toBe("capstan");
      expect((await world.capstan(...args)).code).toBe(0);
      await world.write({ "stacks/shop.yaml": manifest("shop") });
      expect((await world.capstan(...args)).code).toBe(0);
      await world.write({ "stacks/shop.yaml": manifest("shop").replace("image", "imag") });
      const { code, out } = await world.capstan(...args);
      expect(code).toBe(1);
      expect(out).toContain("stacks/shop.yaml:6:");
    });

    test("gives the job what the portal's template reads: a personal stack is no mistake", async () => {
      const { jobs } = await workflow(path);
      const check = (jobs.validate.steps as readonly Step[]).at(-1);
      const personal =
        "apiVersion: capstan/v1\nkind: Stack\nmetadata: { name: ada }\nspec: { template: ai-stack }\n";
      await world.write({ "stacks/users/ada.yaml": personal });
      const without = await world.capstan("validate", "stacks");
      expect(without.code).toBe(1);
      expect(without.out).toContain("set STACK_IMAGE where Capstan runs (in CI: in the job's env)");
      Object.assign(world.environment, check?.env);
      expect(await world.capstan("validate", "stacks")).toMatchObject({ code: 0 });
    });
  },
);
