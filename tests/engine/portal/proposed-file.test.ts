// Into which file a proposed manifest goes, and what is said of one with mistakes.
import { describe, expect, test } from "vitest";
import { checkedPath, proposedFile } from "../../../src/engine/portal/proposed-file.ts";
import { refuseMistakes } from "../../../src/engine/portal/proposals.ts";
import type { Problem } from "../../../src/model/desired.ts";

const manifest = (name: string, image = "one"): string =>
  `apiVersion: capstan.dev/v1\nkind: Stack\nmetadata:\n  name: ${name}\nspec:\n  image: ${image}\n`;

/** Manifests in Git, each file with the stack that it holds. */
function inGit(
  files: Readonly<Record<string, string>>,
  holds: Readonly<Record<string, string>> = {},
) {
  const encoder = new TextEncoder();
  const tree = {
    revision: { id: "c1", title: "t" },
    files: Object.entries(files).map(([path, text]) => ({ path, content: encoder.encode(text) })),
    unreadable: [],
  };
  return {
    tree: async () => tree,
    fileOf: async (stack: string) => {
      const path = holds[stack];
      return path === undefined ? null : { path, text: files[path] ?? "" };
    },
  };
}

describe("a proposed manifest goes", () => {
  test("to a new file of its stack's name", async () => {
    const text = manifest("shop");
    const file = await proposedFile({ manifest: text.trimEnd(), path: null }, inGit({}), "stacks");
    expect(file).toEqual({ path: "stacks/shop.yaml", content: text, was: null });
  });

  test("to where its stack is, whose neighbours stay", async () => {
    const both = `${manifest("shop")}---\n${manifest("blog")}`;
    const git = inGit({ "stacks/all.yaml": both }, { shop: "stacks/all.yaml" });
    const file = await proposedFile(
      { manifest: manifest("shop", "two"), path: null },
      git,
      "stacks",
    );
    expect(file).toMatchObject({ path: "stacks/all.yaml", was: both });
    expect(file.content).toContain("image: two");
    expect(file.content).toContain("name: blog");
  });

  test("to the file that is named, as a whole", async () => {
    const git = inGit({ "stacks/all.yaml": "old" });
    const asked = { manifest: `${manifest("a")}---\n${manifest("b")}`, path: "stacks/all.yaml" };
    expect(await proposedFile(asked, git, "stacks")).toEqual({
      path: asked.path,
      content: asked.manifest,
      was: "old",
    });
  });

  test("nowhere without a name for several stacks, or over a file of something else", async () => {
    const several = { manifest: `${manifest("a")}---\n${manifest("b")}`, path: null };
    await expect(proposedFile(several, inGit({}), "")).rejects.toThrow("several stacks");
    const none = { manifest: "a: 1\n", path: null };
    await expect(proposedFile(none, inGit({}), "")).rejects.toThrow("no stack");
    const other = inGit({ "shop.yaml": manifest("blog") });
    await expect(
      proposedFile({ manifest: manifest("shop"), path: null }, other, ""),
    ).rejects.toMatchObject({ code: "conflict" });
  });
});

test.each([
  "shop.yaml",
  "stacks/shop.txt",
  "stacks/../shop.yaml",
  "stacks/.github/shop.yaml",
  "stacks//shop.yaml",
  "stacks/.yaml",
  `stacks/${"a".repeat(400)}.yaml`,
])("%s holds no manifest of the folder stacks", (path) => {
  expect(() => checkedPath(path, "stacks")).toThrow("the path cannot hold a manifest");
});

test("a file below the folder of stacks holds one, and any in a repository without such a folder", () => {
  expect(checkedPath("stacks/team/shop.yml", "stacks")).toBe("stacks/team/shop.yml");
  expect(checkedPath("shop.yaml", "")).toBe("shop.yaml");
});

describe("mistakes", () => {
  const problem = (line: number): Problem => ({
    place: { file: "shop.yaml", line, column: 3 },
    message: `no such key secret${line}`,
    hint: null,
    stack: "shop",
  });

  test("refuse a manifest, with the first ten in words", () => {
    const newProblems = Array.from({ length: 12 }, (_, index) => problem(index + 1));
    expect(() => {
      refuseMistakes({ newProblems, withSecrets: true });
    }).toThrow(/^the manifest has mistakes: shop\.yaml:1:3 no such key secret1; .*; and 2 more$/);
  });

  test("P5 are places alone for whom secrets are not read", () => {
    expect(() => {
      refuseMistakes({ newProblems: [problem(1), problem(7)], withSecrets: false });
    }).toThrow(/^the manifest has 2 mistakes, at 1:3, 7:3$/);
  });

  test("that were there before refuse nothing", () => {
    expect(() => {
      refuseMistakes({ newProblems: [], withSecrets: true });
    }).not.toThrow();
  });
});
