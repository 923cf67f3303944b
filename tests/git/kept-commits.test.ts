// Law H4: commits that a rollback may return to stay readable, whatever happens to their branch.
import { mkdir, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { runGit } from "../support/git.ts";
import { contents, failure, newest, revision, useGitSource } from "./harness.ts";

const { repository, stateDir, open } = useGitSource();

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
