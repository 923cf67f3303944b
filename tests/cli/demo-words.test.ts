import { expect, test } from "vitest";
import { nextSteps } from "../../src/cli/demo.ts";
import type { DemoWorld } from "../../src/cli/demo-world.ts";

const world = {
  simulator: { url: "http://127.0.0.1:4000", apiKey: "simulator" },
  controller: { address: "http://127.0.0.1:3000", branch: "main" },
  repository: "/tmp/demo/stacks.git",
} as unknown as DemoWorld;

test("commands after the tour say where npm finds Capstan: the reader is in a clone by then", () => {
  const told = nextSteps(world, {
    program: "npm run -s capstan --",
    folder: "/home/me/my capstan",
  });
  expect(told).toContain("&& cd my-stacks\n");
  expect(told).toContain("\ncd '/home/me/my capstan'\nexport CAPSTAN_URL=http://127.0.0.1:3000 ");
  expect(told).toContain("\nnpm run -s capstan -- get stacks\n");
});

test("an installed Capstan is found in every folder", () => {
  const told = nextSteps(world, { program: "capstan", folder: "/home/me" });
  expect(told).toContain("\n\nexport CAPSTAN_URL=");
  expect(told).toContain("\ncapstan get stacks\n");
  expect(told).not.toContain("cd /home");
});
