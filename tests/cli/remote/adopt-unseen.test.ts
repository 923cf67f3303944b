// `capstan adopt` right after a push: the controller looks at Git before it says that there is no such stack.
import { afterEach, beforeEach, expect, test } from "vitest";
import { startCapstan } from "../../support/capstan-process.ts";
import { openForgeBench } from "../../support/forge-bench.ts";
import type { ForgeBench } from "../../support/forge-bench.ts";
import { manifest } from "../world.ts";

let bench: ForgeBench;
beforeEach(async () => {
  bench = await openForgeBench({
    files: { "stacks/keep.yaml": manifest("keep") },
    prepare({ state }) {
      const { project } = state.addProject({ name: "alpha" });
      const row = state.addApplication(project.projectId, {
        ...{ name: "web", sourceType: "docker", dockerImage: "nginx:1", autoDeploy: false },
      });
      state.runApplication(row.applicationId);
    },
  });
  await bench.ready("keep");
});
afterEach(() => bench.close());

async function adopt(stack: string) {
  const child = startCapstan(["adopt", stack], {
    folder: ".",
    environment: { CAPSTAN_URL: bench.controller().address },
  });
  const code = await child.ended;
  return { code, out: child.out(), err: child.err() };
}

test("a commit that the controller has not seen yet is looked for, and its stack taken over", async () => {
  await bench.repository.push({
    "stacks/alpha.yaml": manifest("alpha")
      .replace("spec:\n", "spec:\n  adopt: true\n")
      .replace("rollout: { stableFor: 50ms }", "ignore: [aliases]"),
  });
  const deployed = bench.simulator.state.deployments.size;
  const { code, out, err } = await adopt("alpha");
  expect(err).not.toContain("error:");
  expect(out).toContain("1 of 1 stack ready");
  expect(code).toBe(0);
  expect(bench.simulator.state.deployments.size).toBe(deployed);
});

test("a name that Git does not have either is refused", async () => {
  const { code, err } = await adopt("alhpa");
  expect(err).toContain("error: there is no stack alhpa in Git or on the server\n");
  expect(code).toBe(1);
});
