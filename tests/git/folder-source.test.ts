import { mkdir, mkdtemp, rename, rm, symlink, unlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createFolderSource, type FolderSourceOptions } from "../../src/git/folder-source.ts";
import { systemClock, type Clock } from "../../src/lib/clock.ts";
import { silentLogger } from "../../src/lib/logger.ts";
import { runProgram } from "../../src/lib/spawn.ts";
import type { Source } from "../../src/ports.ts";
import { eventually } from "../support/git-process.ts";
import { contents, failure, newest } from "./harness.ts";

let root: string;
let dir: string;
const sources: Source[] = [];

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "capstan-folder-"));
  dir = join(root, "stacks");
  await mkdir(join(dir, "deep"), { recursive: true });
  await writeFile(join(dir, "a.yaml"), "a");
  await writeFile(join(dir, "deep", "b.yaml"), "b");
});

afterEach(async () => {
  await Promise.all(sources.splice(0).map((source) => source.close()));
  await rm(root, { recursive: true, force: true });
});

function open(more: Partial<FolderSourceOptions> = {}): Source {
  const source = createFolderSource({
    dir,
    clock: systemClock,
    logger: silentLogger,
    settleMs: 50,
    ...more,
  });
  sources.push(source);
  return source;
}

/** A clock that stands still until it is told otherwise. */
function stillClock(): Clock & { nowMs: number } {
  const clock = {
    nowMs: 1_000_000,
    now: () => clock.nowMs,
    sleep: () => Promise.resolve(),
    after: () => () => undefined,
  };
  return clock;
}

describe("a state folder below the folder", () => {
  test("Q8 is no part of a revision and wakes no watch, whatever is written there", async () => {
    const state = join(dir, "data");
    await mkdir(state);
    const source = open({ leaveOut: state });
    const before = await source.latest();
    let calls = 0;
    await source.watch(() => (calls += 1));
    await writeFile(join(state, "store.sqlite"), "x");
    await mkdir(join(dir, "database"));
    await writeFile(join(dir, "database", "c.yaml"), "c");
    await eventually("the stacks' own change is seen", () => calls > 0);
    const after = await newest(source);
    expect(after.files.map(({ path }) => path)).toEqual([
      "a.yaml",
      "database/c.yaml",
      "deep/b.yaml",
    ]);
    await writeFile(join(state, "store.sqlite"), "y");
    expect(await source.latest()).toEqual(after.revision);
    expect(after.revision).not.toEqual(before);
  });
});

describe("reading", () => {
  test("one latest and one read give all files, sorted, without any watch", async () => {
    await mkdir(join(dir, ".git"));
    await mkdir(join(dir, "deep", "node_modules"));
    await writeFile(join(dir, ".git", "config"), "x");
    await writeFile(join(dir, "deep", "node_modules", "x.yaml"), "x");
    await writeFile(join(dir, ".capstanignore"), "deep");
    const source = open();
    expect(source.title).toBe(`folder ${dir}`);
    const tree = await newest(source);
    expect(Object.entries(contents(tree))).toEqual([
      [".capstanignore", "deep"],
      ["a.yaml", "a"],
      ["deep/b.yaml", "b"],
    ]);
    expect(tree.unreadable).toEqual([]);
    expect(tree.revision).toEqual({ id: expect.stringMatching(/^[0-9a-f]{40}$/), title: dir });
  });

  test("a revision is its content: the same elsewhere, another after any change", async () => {
    const { id } = await open().latest();
    const copy = join(root, "copy");
    await mkdir(join(copy, "deep"), { recursive: true });
    await writeFile(join(copy, "deep", "b.yaml"), "b");
    await writeFile(join(copy, "a.yaml"), "a");
    const other = open({ dir: copy });
    expect((await other.latest()).id).toBe(id);
    await writeFile(join(copy, "a.yaml"), "A");
    expect((await other.latest()).id).not.toBe(id);
  });

  test("bytes cannot move from a name to a content unnoticed", async () => {
    const ids = new Set<string>();
    for (const [name, content] of [
      ["ab", "c"],
      ["a", "bc"],
      ["abc", ""],
    ] as const) {
      const folder = join(root, `case-${name}`);
      await mkdir(folder);
      await writeFile(join(folder, name), content);
      ids.add((await open({ dir: folder }).latest()).id);
    }
    expect(ids.size).toBe(3);
  });

  test("P4 links, pipes and files over 1 MiB are named and not read", async () => {
    await writeFile(join(root, "secret"), "secret");
    await symlink("../secret", join(dir, "outside.yaml"));
    await symlink("a.yaml", join(dir, "inside.yaml"));
    await symlink(root, join(dir, "folder"));
    await symlink("nowhere", join(dir, "dangling"));
    await writeFile(join(dir, "fits.yaml"), Buffer.alloc(1024 * 1024, 35));
    await writeFile(join(dir, "large.yaml"), Buffer.alloc(1024 * 1024 + 1, 35));
    await runProgram({
      program: "mkfifo",
      args: [join(dir, "pipe")],
      env: { PATH: process.env.PATH ?? "" },
      title: "mkfifo",
      timeoutMs: 60_000,
      maxStdoutBytes: 1_000,
    });
    const tree = await newest(open());
    expect(tree.files.map(({ path }) => path)).toEqual(["a.yaml", "deep/b.yaml", "fits.yaml"]);
    const link = "it is a symbolic link, and these are not followed";
    expect(tree.unreadable).toEqual([
      { path: "dangling", reason: link },
      { path: "folder", reason: link },
      { path: "inside.yaml", reason: link },
      { path: "large.yaml", reason: "it is larger than 1 MiB", plainFile: true },
      { path: "outside.yaml", reason: link },
      { path: "pipe", reason: "it is not a regular file" },
    ]);
  });

  test("P4 very deep nesting is cut, and too many files are an error that says what to do", async () => {
    await mkdir(join(dir, ...Array.from({ length: 70 }, () => "d")), { recursive: true });
    const { unreadable } = await newest(open());
    expect(unreadable.map(({ reason }) => reason)).toEqual(["it lies more than 64 folders deep"]);
    const error = await failure(open({ limits: { files: 2 } }).latest());
    expect(error).toMatchObject({
      code: "invalid",
      message: `${dir} holds more than 2 files`,
      hint: "give --source the folder that holds the manifests alone",
    });
    expect((await failure(open({ limits: { totalBytes: 1 } }).latest())).code).toBe("invalid");
  });

  test("a missing folder and a file in its place are not-found, and never an empty revision", async () => {
    const source = open();
    await source.latest();
    await rm(dir, { recursive: true });
    expect(await failure(source.latest())).toMatchObject({
      code: "not-found",
      message: `there is no folder ${dir}`,
      hint: "check that --source names the folder that holds the manifests",
    });
    await writeFile(dir, "");
    expect((await failure(source.latest())).message).toBe(`${dir} is not a folder`);
  });

  test("the named folder itself may be a link", async () => {
    const link = join(root, "link");
    await symlink(dir, link);
    expect((await open({ dir: link }).latest()).id).toBe((await open().latest()).id);
  });

  test("the last revisions stay readable, and one that was never read is not-found", async () => {
    const source = open();
    const first = await source.latest();
    await writeFile(join(dir, "a.yaml"), "changed");
    const second = await source.latest();
    expect(contents(await source.read(first))["a.yaml"]).toBe("a");
    expect(contents(await source.read(second))["a.yaml"]).toBe("changed");
    expect(contents(await open().read(second))["a.yaml"]).toBe("changed");
    expect((await failure(open().read(first))).code).toBe("not-found");
  });

  test("after closing every call is cancelled", async () => {
    const source = open();
    await source.close();
    expect((await failure(source.latest())).code).toBe("cancelled");
  });
});

test("a removal is reported after two equal scans, a change at once", async () => {
  const clock = stillClock();
  const source = open({ clock, settleMs: 2_000 });
  const first = await source.latest();
  await unlink(join(dir, "a.yaml"));
  expect(await source.latest()).toEqual(first);
  expect(contents(await source.read(first))).toHaveProperty(["a.yaml"]);
  clock.nowMs += 1_999;
  expect(await source.latest()).toEqual(first);
  clock.nowMs += 1;
  const second = await source.latest();
  expect(contents(await source.read(second))).toEqual({ "deep/b.yaml": "b" });
  await writeFile(join(dir, "c.yaml"), "c");
  expect(Object.keys(contents(await newest(source)))).toEqual(["c.yaml", "deep/b.yaml"]);
});

test("a file that is replaced by way of removing it is never reported as gone", async () => {
  const source = open({ clock: stillClock() });
  await source.latest();
  await unlink(join(dir, "a.yaml"));
  await source.latest();
  await writeFile(join(dir, "a.yaml"), "new");
  expect(contents(await newest(source))).toEqual({ "a.yaml": "new", "deep/b.yaml": "b" });
});

describe("watching", () => {
  /** Asks like the engine does: `latest` at first, and again at every call. */
  async function follow(source: Source): Promise<{ calls: number; names: () => string }> {
    let names = "";
    const followed = { calls: 0, names: () => names };
    const ask = async (): Promise<void> => {
      names = await newest(source).then(
        (tree) => Object.entries(contents(tree)).join(" "),
        (error: unknown) => String(error),
      );
    };
    await source.watch(() => {
      followed.calls += 1;
      void ask();
    });
    await ask();
    return followed;
  }

  test("a new, a changed and a removed file are seen, deep ones too", async () => {
    const { names } = await follow(open());
    await writeFile(join(dir, "a.yaml"), "A");
    await eventually("the change is seen", () => names() === "a.yaml,A deep/b.yaml,b");
    await mkdir(join(dir, "new", "er"), { recursive: true });
    await writeFile(join(dir, "new", "er", "c"), "c");
    await eventually("the new file is seen", () => names().endsWith("b new/er/c,c"));
    await rm(join(dir, "deep"), { recursive: true });
    await eventually("the removal is seen", () => names() === "a.yaml,A new/er/c,c");
  });

  test("a folder that is missing at the start, goes and comes back is seen", async () => {
    await rm(dir, { recursive: true });
    const { names } = await follow(open());
    expect(names()).toContain("there is no folder");
    await mkdir(dir);
    await writeFile(join(dir, "x"), "1");
    await eventually("the folder is seen", () => names() === "x,1");
    await writeFile(join(dir, "x"), "2");
    await eventually("its change is seen", () => names() === "x,2");
    await rm(dir, { recursive: true });
    await eventually("its end is seen", () => names().includes("there is no folder"));
  });

  test("a folder that is replaced as a whole, and a link that is swapped, are followed", async () => {
    const other = join(root, "other");
    await mkdir(other);
    await writeFile(join(other, "a.yaml"), "other");
    const link = join(root, "link");
    await symlink(dir, link);
    const real = await follow(open());
    const linked = await follow(open({ dir: link }));
    await symlink(other, join(root, "link.new"));
    await rename(join(root, "link.new"), link);
    await eventually("the swap is seen", () => linked.names() === "a.yaml,other");
    await writeFile(join(other, "a.yaml"), "more");
    await eventually("a change behind the link is seen", () => linked.names() === "a.yaml,more");
    await rename(dir, join(root, "old"));
    await rename(other, dir);
    await eventually("the replacement is seen", () => real.names() === "a.yaml,more");
    await writeFile(join(dir, "a.yaml"), "last");
    await eventually("a change in the new one is seen", () => real.names() === "a.yaml,last");
  });

  test("what no watch sees is found by scanning now and then", async () => {
    const link = join(root, "link");
    await symlink(dir, link);
    // Behind a link within the parent's path nothing tells that it was swapped.
    const { names } = await follow(open({ dir: join(link, "deep"), rescanMs: 100 }));
    expect(names()).toBe("b.yaml,b");
    const other = join(root, "other");
    await mkdir(join(other, "deep"), { recursive: true });
    await writeFile(join(other, "deep", "b.yaml"), "other");
    await symlink(other, join(root, "link.new"));
    await rename(join(root, "link.new"), link);
    await eventually("the other folder is found", () => names() === "b.yaml,other");
    await writeFile(join(other, "deep", "b.yaml"), "more");
    await eventually("and followed", () => names() === "b.yaml,more");
  });

  test("many writes are few calls, a change that leads nowhere and ignored folders are none", async () => {
    const source = open({ settleMs: 200 });
    const followed = await follow(source);
    for (let i = 0; i < 20; i++) await writeFile(join(dir, "a.yaml"), String(i));
    await eventually("the last write is seen", () => followed.names().startsWith("a.yaml,19"));
    // Usually one; a slow machine may pause between two writes for as long as the folder must be quiet.
    expect(followed.calls).toBeLessThan(10);
    const before = followed.calls;
    await mkdir(join(dir, "node_modules"));
    await writeFile(join(dir, "node_modules", "x"), "x");
    await writeFile(join(dir, "a.yaml"), "19");
    await writeFile(join(dir, "b.yaml"), "now");
    await eventually("the next one is seen", () => followed.names().includes("b.yaml,now"));
    expect(followed.calls).toBeLessThanOrEqual(before + 2);
  });
});
