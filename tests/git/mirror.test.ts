// Law R6: damage to the repository or to the mirror is an error or mended, never an absence.
import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { contents, failure, newest, revision, useGitSource } from "./harness.ts";

const { repository, stateDir, open } = useGitSource();

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
