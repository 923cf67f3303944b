// What is typed in the folder of a repository, without a server: how-to/templates.md, reference/manifest.md and
// explanation/promises.md.
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { root, walkOf } from "./walk.ts";
import type { Walk } from "./walk.ts";

async function begun(page: string, folder?: string): Promise<Walk> {
  const walk = await walkOf(page, folder === undefined ? {} : { folder });
  onTestFinished(() => walk.close());
  return walk;
}

test("how-to/templates.md: `capstan init` writes the two templates that it names", async () => {
  const walk = await begun("how-to/templates.md");
  await walk.run("capstan init");
  for (const name of ["web-app", "ai-stack"]) {
    const text = await readFile(join(walk.home, "stacks", "templates", `${name}.yaml`), "utf8");
    expect(text).toContain("kind: StackTemplate");
    expect(text).toContain(`name: ${name}`);
  }
  walk.end();
});

test("reference/manifest.md: schemas for editors are written, and written again", async () => {
  const walk = await begun("reference/manifest.md");
  await walk.run("capstan init");
  const schema = join(walk.home, "schemas", "stack.schema.json");
  const first = await readFile(schema, "utf8");
  expect(first).toContain("capstan/v1");
  await rm(schema);
  await walk.run("capstan schema --write schemas");
  expect(await readFile(schema, "utf8")).toBe(first);
  walk.end();
});

test("explanation/promises.md: a law's tests run by its number alone", async () => {
  const walk = await begun("explanation/promises.md", root);
  const said = await walk.run("npx vitest run tests/engine/loop/queue", { then: "2>&1" });
  expect(said).toMatch(/Tests .*[1-9]\d* passed.*skipped/);
  expect(said).not.toContain("failed");
  walk.end();
});
