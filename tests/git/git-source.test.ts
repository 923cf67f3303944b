import { mkdir, readdir, readFile, rm, utimes, writeFile } from "node:fs/promises";
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

describe("R6", () => {
  test("R6 a commit that is nowhere is an error, and what was read stays readable", async () => {
    const id = await repository().push({ "stacks/a.yaml": "1" });
    const source = open();
    await newest(source);
    const error = await failure(source.read(revision("0123456789".repeat(4))));
    expect(error).toMatchObject({
      code: "not-found",
      message: expect.stringContaining("no longer"),
    });
    expect((await failure(source.read(revision("--upload-pack=x")))).code).toBe("not-found");
    expect(contents(await source.read(revision(id)))).toEqual({ "stacks/a.yaml": "1" });
  });

  test("R6 a damaged repository throws and is read again once it is mended", async () => {
    await repository().push({ "stacks/a.yaml": "1" });
    const source = open();
    await newest(source);
    const id = await repository().push({ "stacks/a.yaml": "2" });
    const blob = (await repository().git("rev-parse", `${id}:stacks/a.yaml`)).trim();
    const file = join(repository().url, "objects", blob.slice(0, 2), blob.slice(2));
    const sound = await readFile(file);
    await rm(file);
    expect((await failure(newest(source))).code).toBe("unavailable");
    await writeFile(file, sound);
    expect(contents(await newest(source))).toEqual({ "stacks/a.yaml": "2" });
  });

  const damages: Record<string, (mirror: string) => Promise<void>> = {
    "an object cut off": async (mirror) => {
      for (const file of await objectFiles(mirror)) await writeFile(file, "");
    },
    "its objects gone": (mirror) => rm(join(mirror, "objects"), { recursive: true }),
    "a HEAD of nonsense": (mirror) => writeFile(join(mirror, "HEAD"), "nonsense"),
    "a lock that a killed git left": (mirror) =>
      writeFile(join(mirror, "refs/capstan/head.lock"), ""),
    "a configuration of nonsense": (mirror) => writeFile(join(mirror, "config"), "[[["),
    "all of it gone": (mirror) => rm(mirror, { recursive: true }),
  };
  for (const [name, damage] of Object.entries(damages)) {
    test(`R6 a damaged mirror is made anew: ${name}`, async () => {
      const first = await repository().push({ "stacks/a.yaml": "1" });
      const source = open();
      await newest(source);
      const mirror = join(stateDir(), "mirror.git");
      await damage(mirror);
      expect(contents(await source.read(revision(first)))).toEqual({ "stacks/a.yaml": "1" });
      await repository().push({ "stacks/a.yaml": "2" });
      expect(contents(await newest(source))).toEqual({ "stacks/a.yaml": "2" });
      expect(await readdir(stateDir())).toEqual(["mirror.git"]);
    });
  }

  test("a state folder that cannot be written is told as that", async () => {
    await repository().push({ "stacks/a.yaml": "1" });
    await writeFile(join(stateDir(), "file"), "");
    const error = await failure(newest(open({ stateDir: join(stateDir(), "file", "state") })));
    expect(error).toMatchObject({
      code: "unavailable",
      hint: expect.stringContaining("STATE_DIR"),
    });
  });

  test("after closing every call is cancelled", async () => {
    await repository().push({ "stacks/a.yaml": "1" });
    const source = open();
    await source.close();
    expect((await failure(source.latest())).code).toBe("cancelled");
  });
});

async function objectFiles(mirror: string): Promise<readonly string[]> {
  const entries = await readdir(join(mirror, "objects"), { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((e) => join(e.parentPath, e.name));
  // Objects are read-only files.
  await Promise.all(files.map((file) => rm(file)));
  return files;
}

describe("H4 a commit to return to", () => {
  /** What unreferenced commits meet sooner or later. */
  async function pruneMirror(): Promise<void> {
    const mirror = join(stateDir(), "mirror.git");
    await runGit(mirror, ["reflog", "expire", "--expire=all", "--all"]);
    await runGit(mirror, ["gc", "--quiet", "--prune=now"]);
  }

  test("stays readable after a forced push, as long as it is kept, without its repository", async () => {
    const first = await repository().push({ "stacks/a.yaml": "one" });
    const source = open();
    await newest(source);
    await source.keep([first, "no commit at all", "f".repeat(40)]);
    const second = await repository().forcePush({ "stacks/a.yaml": "two" });
    await newest(source);
    await pruneMirror();
    await repository().git("gc", "--quiet", "--prune=now");
    expect(contents(await source.read(revision(first)))).toEqual({ "stacks/a.yaml": "one" });
    await source.keep([second]);
    await pruneMirror();
    const lost = await failure(source.read(revision(first)));
    expect(lost.code).toBe("not-found");
    expect(contents(await source.read(revision(second)))).toEqual({ "stacks/a.yaml": "two" });
  });

  test("is found by its first twelve characters, and one that is not there is told", async () => {
    const first = await repository().push({ "stacks/a.yaml": "one" });
    await repository().push({ "stacks/a.yaml": "two" });
    const source = open();
    await newest(source);
    const tree = await source.read(revision(first.slice(0, 12)));
    expect(tree.revision.id).toBe(first);
    expect(contents(tree)).toEqual({ "stacks/a.yaml": "one" });
    expect((await failure(source.read(revision("f".repeat(12))))).code).toBe("not-found");
  });

  test("is kept although a git that was killed left its lock", async () => {
    const first = await repository().push({ "stacks/a.yaml": "one" });
    const source = open();
    await newest(source);
    const refs = join(stateDir(), "mirror.git", "refs", "capstan", "kept");
    await mkdir(refs, { recursive: true });
    const locks = [first, "f".repeat(40)].map((name) => join(refs, `${name}.lock`));
    for (const lock of locks) {
      await writeFile(lock, "");
      await utimes(lock, 1_000, 1_000);
    }
    await source.keep([first]);
    await repository().forcePush({ "stacks/a.yaml": "two" });
    await newest(source);
    await pruneMirror();
    await repository().git("gc", "--quiet", "--prune=now");
    expect(contents(await source.read(revision(first)))).toEqual({ "stacks/a.yaml": "one" });
    await source.keep([]);
    const mirror = join(stateDir(), "mirror.git");
    expect(await runGit(mirror, ["for-each-ref", "refs/capstan/kept"])).toBe("");
  });

  test("may be asked for before anything was read, and is kept anew when the mirror is", async () => {
    const first = await repository().push({ "stacks/a.yaml": "one" });
    const source = open();
    await source.keep([first]);
    await newest(source);
    await repository().forcePush({ "stacks/a.yaml": "two" });
    await newest(source);
    await pruneMirror();
    expect(contents(await source.read(revision(first)))).toEqual({ "stacks/a.yaml": "one" });
  });
});
