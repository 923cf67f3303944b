// The page that a commit's checks link to.
import { expect, test } from "vitest";
import { commitPage } from "../../src/http/commit-page.ts";
import type { CheckRow } from "../../src/model/checks.ts";

const sha = "3f9c2ab".padEnd(40, "0");
const row = (stack: string | null, given: Partial<CheckRow> = {}): CheckRow => ({
  sha,
  context: stack === null ? "capstan/reconcile" : `capstan/stack/${stack}`,
  stack,
  reason: "healthy",
  state: "success",
  description: "as Git says, and healthy",
  change: stack === null ? null : "created",
  atMs: Date.parse("2026-11-22T12:00:00Z"),
  owed: false,
  ...given,
});
const open = async (rows: readonly CheckRow[], id = sha, key: string | undefined = "key") =>
  commitPage({ checks: () => rows, keyOf: () => "key" }, id, key);

test("tells what became of every stack, beyond those that have checks of their own", async () => {
  const names = Array.from({ length: 30 }, (_, index) => `stack-${index}`);
  const answer = await open([
    row(null, { description: "30 created" }),
    ...names.map((name) => row(name)),
  ]);
  expect(answer.status).toBe(200);
  const text = await answer.text();
  expect(text).toContain("30 created");
  for (const name of names) expect(text).toContain(`<code>${name}</code>`);
  expect(text).not.toContain("http-equiv");
});

test("follows by itself while something is pending", async () => {
  const text = await (await open([row(null, { state: "pending", reason: "queued" })])).text();
  expect(text).toContain('http-equiv="refresh"');
});

test("what stacks say is text, never markup", async () => {
  const text = await (
    await open([row("shop", { description: "<script>alert(1)</script>" })])
  ).text();
  expect(text).not.toContain("<script>");
  expect(text).toContain("&lt;script&gt;");
});

test.each([
  ["no key", sha, undefined],
  ["another key", sha, "kez"],
  ["a longer key", sha, "key2"],
  ["no commit", "main", "key"],
  ["a path", "../../etc/passwd", "key"],
])("P6 with %s there is nothing", async (_, id, key) => {
  const answer = await commitPage({ checks: () => [row(null)], keyOf: () => "key" }, id, key);
  expect(answer.status).toBe(404);
});

test("a commit of which nothing is known has no page", async () => {
  expect((await open([])).status).toBe(404);
});
