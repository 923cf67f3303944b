import { expect, test } from "vitest";
import { newest, useGitSource } from "./harness.ts";

const { repository, open } = useGitSource();

test("tells title, author and time of commits, and leaves out what it does not know", async () => {
  const first = await repository().push({ "stacks/a.yaml": "one\n" }, "Add a\n\nbecause of b");
  const second = await repository().push({ "stacks/a.yaml": "two\n" }, "Change a");
  const source = open();
  await newest(source);
  const found = await source.commits([second, "0".repeat(40), first, "main", "--all"]);
  expect([...found.keys()].sort()).toEqual([first, second].sort());
  expect(found.get(first)).toMatchObject({ sha: first, title: "Add a" });
  expect(found.get(second)?.atMs).toBeGreaterThan(1_000_000_000_000);
  expect(await source.commits([])).toEqual(new Map());
});

test("tells the commits that changed one file, the newest first and no more than asked for", async () => {
  await repository().push({ "stacks/a.yaml": "one\n", "stacks/b.yaml": "one\n" }, "Add both");
  await repository().push({ "stacks/b.yaml": "two\n" }, "Change b");
  const head = await repository().push({ "stacks/a.yaml": "two\n" }, "Change a");
  const source = open();
  await newest(source);
  const titles = async (path: string, limit: number) =>
    (await source.history(head, path, limit)).map(({ title }) => title);
  expect(await titles("stacks/a.yaml", 10)).toEqual(["Change a", "Add both"]);
  expect(await titles("stacks/a.yaml", 1)).toEqual(["Change a"]);
  expect(await titles("stacks/*.yaml", 10)).toEqual([]);
  expect(await source.history("HEAD", "stacks/a.yaml", 10)).toEqual([]);
});

test("reads a file as a commit had it, and nothing else", async () => {
  const first = await repository().push({ "stacks/a.yaml": "one\n" });
  await repository().push({ "stacks/a.yaml": "two\n" });
  const source = open();
  await newest(source);
  expect(await source.file(first, "stacks/a.yaml")).toBe("one\n");
  for (const path of ["stacks", "stacks/none.yaml", "../config", "/etc/passwd"]) {
    expect(await source.file(first, path), path).toBeNull();
  }
  expect(await source.file("main", "stacks/a.yaml")).toBeNull();
});

test("before anything was fetched nothing is known", async () => {
  const head = await repository().push({ "stacks/a.yaml": "one\n" });
  const source = open();
  expect(await source.commits([head])).toEqual(new Map());
  expect(await source.file(head, "stacks/a.yaml")).toBeNull();
});
