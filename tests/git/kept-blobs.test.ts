// A revision reads the files that are new in it; the others come from the revision before.
import { describe, expect, it } from "vitest";
import { createKeptBlobs, mostKeptBytes } from "../../src/git/kept-blobs.ts";
import { readLimits } from "../../src/git/limits.ts";
import { readTree } from "../../src/git/read-tree.ts";
import type { LocalGit, TreeReading } from "../../src/git/read-tree.ts";

const oid = (text: string): string => Buffer.from(text).toString("hex").padEnd(40, "0");
const commit = oid("commit");

/** A repository with one commit: answers `ls-tree` and `cat-file --batch`, and remembers what was asked for. */
function repository(files: Readonly<Record<string, string>>): { git: LocalGit; asked: string[] } {
  const asked: string[] = [];
  const texts = new Map(Object.values(files).map((text) => [oid(text), text]));
  const answer = (stdout: string): Awaited<ReturnType<LocalGit>> => ({
    exitCode: 0,
    stdout: Buffer.from(stdout),
    stderr: "",
  });
  const git: LocalGit = async (args, more) => {
    if (args[0] === "ls-tree") {
      const lines = Object.entries(files).map(
        ([path, text]) => `100644 blob ${oid(text)} ${text.length}\t${path}\0`,
      );
      return answer(lines.join(""));
    }
    const ids = Buffer.from(more?.stdin ?? [])
      .toString()
      .trim()
      .split("\n");
    asked.push(...ids);
    const objects = ids.map((id) => {
      const text = id === commit ? "tree x\n\nA subject\n" : (texts.get(id) ?? "");
      return `${id} ${id === commit ? "commit" : "blob"} ${text.length}\n${text}\n`;
    });
    return answer(objects.join(""));
  };
  return { git, asked };
}

function contents(reading: TreeReading | null): Readonly<Record<string, string>> {
  if (reading?.kind !== "tree") throw new Error("no tree");
  const files = reading.tree.files.map(({ path, content }) => [
    path,
    Buffer.from(content).toString(),
  ]);
  return Object.fromEntries(files) as Readonly<Record<string, string>>;
}

const request = { treeish: commit, commit, path: "", limits: readLimits };

describe("files kept from one revision to the next", () => {
  it("are not asked for again, and are what they were", async () => {
    const blobs = createKeptBlobs();
    const read = async (files: Readonly<Record<string, string>>): Promise<readonly string[]> => {
      const { git, asked } = repository(files);
      const reading = await readTree(git, { ...request, known: blobs.all() });
      expect(contents(reading)).toEqual(files);
      if (reading?.kind === "tree") blobs.keep(reading.tree.files);
      return asked;
    };
    expect(await read({ a: "one", b: "two" })).toEqual([oid("one"), oid("two"), commit]);
    expect(await read({ a: "one", b: "three", c: "one" })).toEqual([oid("three"), commit]);
    expect(await read({ a: "one" })).toEqual([commit]);
    // What no revision needs was forgotten.
    expect(await read({ a: "one", b: "two" })).toEqual([oid("two"), commit]);
  });

  it("are copies of their own, so that a small file does not keep all that git printed", async () => {
    const { git } = repository({ a: "one", b: "two" });
    const reading = await readTree(git, request);
    if (reading?.kind !== "tree") throw new Error("no tree");
    const blobs = createKeptBlobs();
    const kept = blobs.keep(reading.tree.files);
    for (const [index, { content }] of kept.entries()) {
      expect(content).toEqual(reading.tree.files[index]?.content);
      expect(content).not.toBe(reading.tree.files[index]?.content);
    }
    // The same again is the same object, by which a load sees that nothing changed.
    expect(blobs.keep(kept)[0]?.content).toBe(kept[0]?.content);
  });

  it("are none of a tree that is too large to keep", () => {
    const blobs = createKeptBlobs();
    const content = new Uint8Array(mostKeptBytes / 2 + 1);
    const files = ["a", "b"].map((path) => ({ path, content, id: oid(path) }));
    expect(blobs.keep(files)).toBe(files);
    expect(blobs.all().size).toBe(0);
  });
});
