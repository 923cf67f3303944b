// Refs read from the files of a repository are those that git names, in every way in which git keeps them.
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { presenceOf } from "../../src/git/local-objects.ts";
import { localRefs } from "../../src/git/local-refs.ts";
import { createTestRepository, runGit } from "../support/git.ts";
import type { TestRepository } from "../support/git.ts";

const main = "refs/heads/main";
let repository: TestRepository;
beforeEach(async () => {
  repository = await createTestRepository();
});
afterEach(() => repository.remove());

const git = async (ref: string): Promise<string> => (await repository.git("rev-parse", ref)).trim();

test("a branch in a file of its own, packed, and both with the older one packed", async () => {
  expect(await localRefs(repository.url, [main])).toBeNull();
  await repository.push({ a: "1" });
  expect(await localRefs(repository.url, [main])).toEqual(new Map([[main, await git(main)]]));
  await repository.git("pack-refs", "--all");
  expect(await localRefs(repository.url, [main])).toEqual(new Map([[main, await git(main)]]));
  await repository.push({ a: "2" });
  expect(await localRefs(repository.url, [main])).toEqual(new Map([[main, await git(main)]]));
});

test("several refs, annotated tags packed among them", async () => {
  await repository.push({ a: "1" });
  await repository.git("tag", "-a", "v1", "-m", "first", main);
  await repository.git("update-ref", "refs/pull/7/head", main);
  await repository.git("pack-refs", "--all");
  const names = [main, "refs/pull/7/head"];
  const id = await git(main);
  expect(await localRefs(repository.url, names)).toEqual(new Map(names.map((name) => [name, id])));
});

test("what is not certain is left to git: missing, deleted, symbolic, damaged, no repository", async () => {
  await repository.push({ a: "1" });
  expect(await localRefs(repository.url, [main, "refs/heads/other"])).toBeNull();
  expect(await localRefs(repository.url, [])).toBeNull();
  await repository.git("symbolic-ref", "refs/heads/alias", main);
  expect(await localRefs(repository.url, ["refs/heads/alias"])).toBeNull();
  await writeFile(join(repository.url, "refs/heads/broken"), "not an id\n");
  expect(await localRefs(repository.url, ["refs/heads/broken"])).toBeNull();
  await repository.deleteBranch();
  expect(await localRefs(repository.url, [main])).toBeNull();
  expect(await localRefs(join(repository.url, "objects"), [main])).toBeNull();
});

test("a clone with a work tree, and one whose refs are tables", async () => {
  await repository.push({ a: "1" });
  const folder = await mkdtemp(join(tmpdir(), "capstan-refs-"));
  try {
    const id = await git(main);
    const clone = join(folder, "clone");
    await runGit(folder, ["clone", "--quiet", repository.url, clone]);
    expect(await localRefs(clone, [main])).toEqual(new Map([[main, id]]));
    // As git lays out a repository with --ref-format=reftable.
    const tables = join(folder, "tables.git");
    await mkdir(join(tables, "refs"), { recursive: true });
    await writeFile(join(tables, "HEAD"), "ref: refs/heads/.invalid\n");
    await writeFile(join(tables, "refs/heads"), "this repository uses the reftable format\n");
    expect(await localRefs(tables, [main])).toBeNull();
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

test("objects by their type: a commit is one, a huge file is not, whatever it is made of", async () => {
  const commit = await repository.push({ "zeros.bin": "0".repeat(30_000_000) });
  // A push leaves a pack; loose objects are what small fetches leave.
  const packs = join(repository.url, "objects", "pack");
  for (const name of await readdir(packs)) {
    if (!name.endsWith(".pack")) continue;
    const pack = await readFile(join(packs, name));
    await rm(packs, { recursive: true });
    await mkdir(packs);
    await runGit(repository.url, ["unpack-objects", "-q"], pack);
  }
  expect(await presenceOf(repository.url, commit)).toBe("commit");
  const blob = (await repository.git("rev-parse", `${commit}:zeros.bin`)).trim();
  const before = process.memoryUsage().rss;
  expect(await presenceOf(repository.url, blob)).toBe("unknown");
  expect(process.memoryUsage().rss - before).toBeLessThan(20_000_000);
  expect(await presenceOf(repository.url, "f".repeat(40))).toBe("absent");
});
