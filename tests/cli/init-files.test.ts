import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { newFiles } from "../../src/cli/init-files.ts";

test("the portal's template is the one of this project", async () => {
  const path = "stacks/templates/ai-stack.yaml";
  const text = await readFile(new URL(`../../${path}`, import.meta.url), "utf8");
  expect(new Map(newFiles).get(path)).toBe(text);
});
