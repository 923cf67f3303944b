import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import { commitFiles, openOwnRepository } from "../../src/git/own-repository.ts";
import { useFolder } from "../support/folder.ts";
import { runGit } from "../support/git.ts";
import { eventually } from "../support/git-process.ts";
import { contents, failure, newest, useGitSource } from "./harness.ts";

const { open } = useGitSource();
const folder = useFolder("capstan-own-");
let bare: string;
const details = {
  message: "Add alice",
  author: { name: "Ann <x>", email: "ann@example.com" },
  nowMs: Date.UTC(2026, 0, 2, 3, 4, 5),
};

beforeEach(() => {
  bare = join(folder(), "state", "stacks.git");
});

const files = (
  changes: Record<string, string | Uint8Array | null>,
): Map<string, string | Uint8Array | null> => new Map(Object.entries(changes));

test("it is made once, by whoever comes first, and kept by all who come later", async () => {
  await Promise.all([openOwnRepository(bare), openOwnRepository(bare), openOwnRepository(bare)]);
  const commit = await commitFiles(bare, "main", files({ "stacks/a.yaml": "a" }), details);
  await openOwnRepository(bare);
  expect((await runGit(bare, ["rev-parse", "main"])).trim()).toBe(commit);
  expect((await runGit(bare, ["symbolic-ref", "HEAD"])).trim()).toBe("refs/heads/main");
});

test("a commit changes the files that it names and says who wrote it, and when", async () => {
  await openOwnRepository(bare);
  const bytes = Buffer.from([0, 255, 10]);
  await commitFiles(bare, "main", files({ "stacks/a.yaml": "a", 'stacks/ä "b\n': bytes }), details);
  await commitFiles(bare, "main", files({ "stacks/a.yaml": null, "stacks/c": "c" }), {
    ...details,
    message: "Second\n\nWith a body",
  });
  expect(await runGit(bare, ["log", "--format=%an|%ae|%cn|%aI|%s|%b", "main"])).toBe(
    "Ann  x|ann@example.com|Capstan|2026-01-02T03:04:05+00:00|Second|With a body\n\n" +
      "Ann  x|ann@example.com|Capstan|2026-01-02T03:04:05+00:00|Add alice|\n",
  );
  const tree = await newest(open({ url: bare }));
  expect(tree.revision.title).toBe("Second");
  expect(contents(tree)).toEqual({ "stacks/c": "c", 'stacks/ä "b\n': bytes.toString("utf8") });
  await runGit(bare, ["fsck", "--strict"]);
});

test("commits at the same time all stay", async () => {
  await openOwnRepository(bare);
  const names = ["a", "b", "c", "d"];
  const commits = await Promise.all(
    names.map((name) => commitFiles(bare, "main", files({ [`stacks/${name}`]: name }), details)),
  );
  const tree = await newest(open({ url: bare }));
  expect(tree.files.map(({ path }) => path)).toEqual(names.map((name) => `stacks/${name}`));
  const history = (await runGit(bare, ["rev-list", "main"])).trim().split("\n");
  expect(history.sort()).toEqual(commits.sort());
});

test("people push to it, and a watching source sees it at once", async () => {
  await openOwnRepository(bare);
  const source = open({ url: bare });
  let calls = 0;
  await source.watch(() => (calls += 1));
  const work = join(folder(), "work");
  await runGit(folder(), ["clone", "--quiet", bare, work]);
  await mkdir(join(work, "stacks"));
  await writeFile(join(work, "stacks", "bob.yaml"), "bob");
  await runGit(work, ["add", "."]);
  await runGit(work, ["commit", "--quiet", "-m", "Add bob"]);
  await runGit(work, ["push", "--quiet", "origin", "HEAD:main"]);
  await eventually("the push is seen", () => calls > 0);
  expect(contents(await newest(source))).toEqual({ "stacks/bob.yaml": "bob" });
  const before = calls;
  await commitFiles(bare, "main", files({ "stacks/carl.yaml": "carl" }), details);
  await eventually("the commit is seen", () => calls > before);
});

test("P4 a path that leads elsewhere is refused, and nothing is committed", async () => {
  await openOwnRepository(bare);
  for (const path of [
    "../x",
    "/etc/passwd",
    "a//b",
    "a/./b",
    ".git/config",
    "x/.GIT/hooks",
    "",
    "a\0b",
  ]) {
    const error = await failure(commitFiles(bare, "main", files({ [path]: "x" }), details));
    expect(error.code).toBe("invalid");
  }
  expect(await runGit(bare, ["for-each-ref"])).toBe("");
});

test("what cannot be a repository is told, and left as it is", async () => {
  await writeFile(join(folder(), "file"), "");
  expect(await failure(openOwnRepository(join(folder(), "file")))).toMatchObject({
    code: "invalid",
    message: `the repository ${join(folder(), "file")} cannot be made: something else lies there`,
  });
  const other = join(folder(), "other");
  await mkdir(join(other, "precious"), { recursive: true });
  expect((await failure(openOwnRepository(other))).code).toBe("invalid");
  expect(await readdir(other)).toEqual(["precious"]);
  expect((await readdir(folder())).sort()).toEqual(["file", "other"]);
  const missing = join(folder(), "missing");
  await mkdir(missing);
  const error = await failure(commitFiles(missing, "main", files({ a: "a" }), details));
  expect(error.code).toBe("unavailable");
  const nowhere = join(folder(), "nowhere");
  expect((await failure(commitFiles(nowhere, "main", files({ a: "a" }), details))).code).toBe(
    "unavailable",
  );
  expect(await readdir(missing)).toEqual([]);
});
