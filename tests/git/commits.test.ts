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

test("tells which files each commit of the branch changed, a merge as one commit, the newest first", async () => {
  const git = repository();
  const push = (files: Parameters<typeof git.push>[0]) => git.push(files);
  const first = await push({ "stacks/a.yaml": "one\n", "stacks/ü b.yaml": "one\n" });
  const readme = await push({ "README.md": "hello\n" });
  const moved = await push({ "stacks/a.yaml": null, "stacks/team/a.yaml": "one\n" });
  // A branch of its own with two commits, and the merge of it.
  const side = await push({ "stacks/c.yaml": "one\n" });
  const tip = await push({ "stacks/c.yaml": "two\n" });
  const tree = (await git.git("rev-parse", `${tip}^{tree}`)).trim();
  const merge = (
    await git.git("commit-tree", tree, "-p", moved, "-p", tip, "-m", "Merge c")
  ).trim();
  await git.git("update-ref", `refs/heads/${git.branch}`, merge);
  const source = open();
  await newest(source);
  expect(await source.changes(merge, 10)).toEqual([
    { sha: merge, parent: moved, paths: ["stacks/c.yaml"] },
    { sha: moved, parent: readme, paths: ["stacks/a.yaml", "stacks/team/a.yaml"] },
    { sha: first, parent: null, paths: ["stacks/a.yaml", "stacks/ü b.yaml"] },
  ]);
  expect(await source.changes(merge, 1)).toHaveLength(1);
  expect(await source.line(merge, 10)).toEqual([merge, moved, readme, first]);
  expect(await source.line(merge, 2)).toEqual([merge, moved]);
  for (const unknown of ["HEAD", "--all", "0".repeat(40)]) {
    expect(await source.changes(unknown, 10), unknown).toEqual([]);
    expect(await source.line(unknown, 10), unknown).toEqual([]);
  }
  expect(await source.changes(side, 10)).toHaveLength(3);
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

test("a message of megabytes ends neither the reading of a revision nor that of titles", async () => {
  const files = { "stacks/a.yaml": "one\n", "stacks/b.yaml": "two\n" };
  const line = "x".repeat(1_500_000);
  const source = open();
  const long = await repository().push(files, `Add a\n\n${line}\n`);
  const tree = await newest(source);
  expect(tree.revision).toMatchObject({ id: long, title: expect.stringContaining("Add a") });
  expect(tree.files.map(({ path }) => path)).toEqual(["stacks/a.yaml", "stacks/b.yaml"]);
  // As a subject, in characters that no column counts, and several of them at once.
  const wide = await repository().push({ "stacks/a.yaml": "2\n" }, line);
  const narrow = await repository().push(
    { "stacks/a.yaml": "3\n" },
    `e${"\u0301".repeat(1_500_000)}`,
  );
  const last = await repository().push({ "stacks/a.yaml": "4\n" }, line);
  expect((await newest(source)).revision.title).toContain("x".repeat(200));
  const found = await source.commits([long, wide, narrow, last]);
  expect(found.get(long)?.title).toBe("Add a");
  expect(found.get(wide)?.title).toBe("x".repeat(200));
  expect(found.get(narrow)?.title).toHaveLength(200);
  expect(found.get(last)?.atMs).toBeGreaterThan(1_000_000_000_000);
  expect(await source.changes(last, 10)).toHaveLength(4);
});
