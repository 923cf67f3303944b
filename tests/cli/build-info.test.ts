// Which build a program says that it is, from files and answers of git that these tests make up.
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  commitOfCheckout,
  commitToRecord,
  describeBuild,
  gitIn,
  schemasDigest,
  type AskGit,
} from "../../src/cli/build-info.ts";
import { createTestRepository } from "../support/git.ts";

const commit = "75d39589053d854b771d875be916091534ff1bca";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "capstan-build-"));
  await mkdir(join(folder, "code"));
  await mkdir(join(folder, "schemas"));
  await writeFile(join(folder, "schemas/stack.schema.json"), "{}");
  await writeFile(join(folder, "schemas/policy.schema.json"), "{}");
});
afterEach(() => rm(folder, { recursive: true }));

/** A git that has this commit, and these files changed. */
function git(prefix: string, changed = ""): AskGit {
  return ([command]) => (command === "status" ? changed.split("\n") : [prefix, commit]);
}
const noGit: AskGit = () => null;

const said = (ask: AskGit): string => describeBuild("1.2.3", join(folder, "code"), ask);

describe("--version", () => {
  test("names the commit that the build wrote down, and asks nobody", async () => {
    await writeFile(join(folder, "code/build.json"), JSON.stringify({ commit }));
    const asked: string[] = [];
    const version = said((args) => {
      asked.push(...args);
      return null;
    });
    expect(version).toMatch(/^1\.2\.3 \(commit 75d39589, schema capstan\/v1 [0-9a-f]{12}\)$/);
    expect(asked).toEqual([]);
  });

  test("says so where the build was not told its commit", async () => {
    await writeFile(join(folder, "code/build.json"), JSON.stringify({ commit: null }));
    expect(said(git(""))).toContain("(commit unknown, ");
  });

  test("asks git in a checkout, and says where files differ from the commit", () => {
    expect(said(git(""))).toContain("(commit 75d39589, ");
    expect(said(git("", " M src/main.ts"))).toContain("(commit 75d39589+changes, ");
  });

  test("says development where git cannot tell, and where another repository is around it", () => {
    expect(said(noGit)).toContain("(commit development, ");
    expect(said(git("vendor/capstan/"))).toContain("(commit development, ");
  });

  test("names other schemas by another digest, and the same by the same", async () => {
    const before = schemasDigest(join(folder, "schemas"));
    await writeFile(join(folder, "schemas/README.md"), "no schema");
    expect(schemasDigest(join(folder, "schemas"))).toBe(before);
    await writeFile(join(folder, "schemas/stack.schema.json"), '{"type":"object"}');
    expect(schemasDigest(join(folder, "schemas"))).not.toBe(before);
  });
});

describe("a build", () => {
  test("takes CAPSTAN_COMMIT before git, and refuses what is no hash", () => {
    expect(commitToRecord({ CAPSTAN_COMMIT: "3f2a1b9c" }, git(""))).toBe("3f2a1b9c");
    expect(commitToRecord({ CAPSTAN_COMMIT: "" }, git(""))).toBe(commit);
    expect(commitToRecord({}, noGit)).toBeNull();
    expect(() => commitToRecord({ CAPSTAN_COMMIT: "main; rm" }, git(""))).toThrow(
      "CAPSTAN_COMMIT must be a commit's hash",
    );
  });

  test("learns the commit from a real repository, not from a folder inside of it", async () => {
    const repository = await createTestRepository();
    try {
      const pushed = await repository.push({ "a/b.txt": "b" }, "First");
      const clone = join(folder, "clone");
      expect(gitIn(folder)(["clone", "-q", repository.url, clone])).not.toBeNull();
      expect(commitOfCheckout(gitIn(clone))).toBe(pushed);
      expect(commitOfCheckout(gitIn(join(clone, "a")))).toBeNull();
      await writeFile(join(clone, "new.txt"), "new");
      expect(commitOfCheckout(gitIn(clone))).toBe(`${pushed}+changes`);
      expect(commitOfCheckout(gitIn(join(folder, "code")))).toBeNull();
    } finally {
      await repository.remove();
    }
  });
});
