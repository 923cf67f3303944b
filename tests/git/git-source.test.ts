// What a revision is and what of it is read; and law R7, branches and paths that move or go.
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { runGit } from "../support/git.ts";
import { contents, failure, newest, revision, useGitSource } from "./harness.ts";

const { repository, stateDir, open } = useGitSource();

describe("reading", () => {
  test("a revision is its commit, and its files are those below the path, sorted", async () => {
    const id = await repository().push(
      {
        "README.md": "not a stack",
        "stacks/shop.yaml": "shop\n",
        "stacks/deep/er/ä b.yaml": "deep\n",
        "stacks/run.sh": { executable: "#!/bin/sh\n" },
        "stacks-old/x.yaml": "not below",
        "stacks/empty.yaml": "",
      },
      "Add the shop\n\nWith a body.",
    );
    const source = open();
    expect(source.title).toBe(`${repository().url} (main, stacks/)`);
    expect(await source.latest()).toEqual({ id, title: "main" });
    const tree = await newest(source);
    expect(tree.revision).toEqual({ id, title: "Add the shop" });
    expect(Object.entries(contents(tree))).toEqual([
      ["stacks/deep/er/ä b.yaml", "deep\n"],
      ["stacks/empty.yaml", ""],
      ["stacks/run.sh", "#!/bin/sh\n"],
      ["stacks/shop.yaml", "shop\n"],
    ]);
    expect(tree.unreadable).toEqual([]);
    expect((await source.latest()).title).toBe("Add the shop");
  });

  test("bytes come through as they are, and two equal files are two files", async () => {
    const bytes = Buffer.from([0, 1, 255, 10, 13, 10]);
    await repository().push({ "stacks/a": bytes, "stacks/b": bytes, "stacks/c\nd": "x" });
    const { files } = await newest(open());
    expect(files.map(({ path }) => path)).toEqual(["stacks/a", "stacks/b", "stacks/c\nd"]);
    expect(files.slice(0, 2).every(({ content }) => bytes.equals(content))).toBe(true);
  });

  test("the whole repository is read where the path is empty or a dot", async () => {
    await repository().push({ "a.yaml": "a", "stacks/b.yaml": "b" });
    for (const path of ["", ".", "./"]) {
      expect(Object.keys(contents(await newest(open({ path }))))).toEqual([
        "a.yaml",
        "stacks/b.yaml",
      ]);
    }
    expect(open({ path: "" }).title).toBe(`${repository().url} (main)`);
  });

  test("P4 links, submodules and files over 1 MiB are named and not read", async () => {
    await repository().push({
      "stacks/fits.yaml": Buffer.alloc(1024 * 1024, 35),
      "stacks/large.yaml": Buffer.alloc(1024 * 1024 + 1, 35),
      "stacks/link.yaml": { symlink: "/etc/passwd" },
      "stacks/folder": { symlink: "../.." },
      "stacks/module": { submodule: "a".repeat(40) },
    });
    const tree = await newest(open());
    expect(tree.files.map(({ path }) => path)).toEqual(["stacks/fits.yaml"]);
    expect(tree.unreadable).toEqual([
      { path: "stacks/folder", reason: "it is a symbolic link, and these are not followed" },
      { path: "stacks/large.yaml", reason: "it is larger than 1 MiB", plainFile: true },
      { path: "stacks/link.yaml", reason: "it is a symbolic link, and these are not followed" },
      { path: "stacks/module", reason: "it is a submodule, and these are not read" },
    ]);
  });

  test("P4 a tree made by hand whose names lead elsewhere yields no such path", async () => {
    const blob = (await repository().git("hash-object", "-w", "--stdin")).trim();
    const entry = (name: string): Buffer =>
      Buffer.concat([Buffer.from(`100644 ${name}\0`), Buffer.from(blob, "hex")]);
    const write = async (type: string, content: Buffer): Promise<string> =>
      (
        await runGit(
          repository().url,
          ["hash-object", "-w", "--literally", "--stdin", "-t", type],
          content,
        )
      ).trim();
    const bad = await write("tree", Buffer.concat([entry(".."), entry("a.yaml")]));
    const root = await write(
      "tree",
      Buffer.concat([Buffer.from("40000 stacks\0"), Buffer.from(bad, "hex")]),
    );
    const commit = (await repository().git("commit-tree", root, "-m", "Odd")).trim();
    await repository().reset(commit);
    const tree = await newest(open());
    expect(contents(tree)).toEqual({ "stacks/a.yaml": "" });
    expect(tree.unreadable).toMatchObject([
      { path: "stacks/..", reason: "its path leads elsewhere" },
    ]);
  });

  test("P4 too many files or bytes are an error that says what to do", async () => {
    await repository().push({ "stacks/a": "12345", "stacks/b": "12345", "stacks/c": "12345" });
    const many = await failure(newest(open({ limits: { files: 2 } })));
    expect(many).toMatchObject({
      code: "invalid",
      message: "the stacks' path holds 3 files, more than 2",
      hint: "set STACKS_PATH to the folder that holds the manifests alone",
    });
    expect((await failure(newest(open({ limits: { totalBytes: 14 } })))).code).toBe("invalid");
    expect((await newest(open({ limits: { files: 3, totalBytes: 15 } }))).files).toHaveLength(3);
  });

  test("a commit that is in the mirror is read although the repository is gone", async () => {
    const id = await repository().push({ "stacks/a.yaml": "a" });
    const source = open();
    await newest(source);
    await repository().remove();
    expect(contents(await source.read(revision(id)))).toEqual({ "stacks/a.yaml": "a" });
    expect((await failure(source.latest())).code).toBe("not-found");
  });

  test("calls at the same time all get their answer", async () => {
    const first = await repository().push({ "stacks/a.yaml": "1" });
    const second = await repository().push({ "stacks/a.yaml": "2" });
    const source = open();
    const trees = await Promise.all(
      [first, second, first, second].map((id) => source.read(revision(id))),
    );
    expect(trees.map((tree) => contents(tree)["stacks/a.yaml"])).toEqual(["1", "2", "1", "2"]);
    await Promise.all([source.latest(), source.latest(), open().latest()]);
  });

  test("a branch with slashes, and one renamed to lie below its old name, is followed", async () => {
    await repository().push({ "stacks/a.yaml": "1" });
    await newest(open());
    await repository().git("branch", "-m", "main", "team");
    expect(contents(await newest(open({ branch: "team" })))).toEqual({ "stacks/a.yaml": "1" });
    await repository().git("branch", "-m", "team", "team/next");
    const source = open({ branch: "team/next" });
    expect(contents(await newest(source))).toEqual({ "stacks/a.yaml": "1" });
  });

  test("a repository with SHA-256 hashes is read, also after one with SHA-1", async () => {
    await repository().push({ "stacks/a.yaml": "1" });
    await newest(open());
    const url = join(stateDir(), "sha256.git");
    await runGit(stateDir(), ["init", "-q", "--bare", "-b", "main", "--object-format=sha256", url]);
    const tree = (await runGit(url, ["mktree"])).trim();
    const blob = (await runGit(url, ["hash-object", "-w", "--stdin"], Buffer.from("256"))).trim();
    const inner = (await runGit(url, ["mktree"], Buffer.from(`100644 blob ${blob}\ta\n`))).trim();
    const outer = (
      await runGit(url, ["mktree"], Buffer.from(`040000 tree ${inner}\tstacks\n`))
    ).trim();
    expect(tree).toHaveLength(64);
    const commit = (await runGit(url, ["commit-tree", outer, "-m", "Long"])).trim();
    await runGit(url, ["update-ref", "refs/heads/main", commit]);
    expect(contents(await newest(open({ url })))).toEqual({ "stacks/a": "256" });
  });
});

describe("R7", () => {
  test("R7 a rewritten history is followed like any other commit, and the old one stays readable", async () => {
    const old = await repository().push({ "stacks/a.yaml": "old" });
    const source = open();
    await newest(source);
    const id = await repository().forcePush({ "stacks/b.yaml": "new" });
    await repository().git("gc", "--quiet", "--prune=now");
    const tree = await newest(source);
    expect(tree.revision.id).toBe(id);
    expect(contents(tree)).toEqual({ "stacks/b.yaml": "new" });
    await runGit(join(stateDir(), "mirror.git"), ["gc", "--quiet", "--prune=now"]);
    expect(contents(await source.read(revision(old)))).toEqual({ "stacks/a.yaml": "old" });
  });

  test("R7 a branch set back to an older commit is followed", async () => {
    const first = await repository().push({ "stacks/a.yaml": "1" });
    await repository().push({ "stacks/a.yaml": "2" });
    const source = open();
    await newest(source);
    await repository().reset(first);
    expect(contents(await newest(source))).toEqual({ "stacks/a.yaml": "1" });
  });

  test("R7 a deleted branch is an error that names what there is", async () => {
    await repository().push({ "stacks/a.yaml": "1" });
    const source = open();
    await newest(source);
    await repository().git("branch", "other", "main");
    await repository().deleteBranch();
    expect(await failure(source.latest())).toMatchObject({
      code: "not-found",
      kind: "empty-repository",
      message: `${repository().url} has no branch main`,
      hint: "push it, or set GIT_BRANCH; there is other",
    });
  });

  test("R7 a deleted path is an error, never an empty tree", async () => {
    await repository().push({ "stacks/a.yaml": "1", "README.md": "x" });
    const source = open();
    await newest(source);
    const id = await repository().push({ "stacks/a.yaml": null });
    expect(await failure(newest(source))).toMatchObject({
      code: "not-found",
      kind: "empty-repository",
      message: `${repository().url} has no folder stacks at commit ${id.slice(0, 12)}`,
      hint: "push manifests to stacks/, or set STACKS_PATH to the folder that holds them",
    });
  });

  test("R7 a path that became a file or a link is an error, and so is an empty repository root", async () => {
    await repository().push({ stacks: "a file" });
    const source = open();
    const file = await failure(newest(source));
    expect(file.message).toContain("a file instead of the folder stacks");
    expect(file.kind).toBeUndefined();
    await repository().push({ stacks: { symlink: "other" }, "other/a.yaml": "a" });
    expect((await failure(newest(source))).code).toBe("not-found");
    await repository().push({ stacks: null, "other/a.yaml": null });
    expect(await failure(newest(open({ path: "" })))).toMatchObject({ code: "not-found" });
  });

  test("an empty repository says that a first commit is missing", async () => {
    expect(await failure(open().latest())).toMatchObject({
      code: "not-found",
      kind: "no-commits",
      message: `${repository().url} has no commits yet`,
      hint: "push a first commit to branch main",
    });
  });
});
