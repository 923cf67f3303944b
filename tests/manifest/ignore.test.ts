import { describe, expect, it } from "vitest";
import { load, oneService } from "./support.ts";

const names = (texts: Record<string, string>, root = ""): string[] =>
  load(texts, { root }).stacks.map(({ name }) => name);

it("an ignore file leaves folders and patterns out", () => {
  const texts = {
    ".capstanignore": "examples/\n*.local.yaml\n!keep.local.yaml\n",
    "a.yaml": oneService("", "a"),
    "examples/deep/b.yaml": oneService("", "b"),
    "c.local.yaml": oneService("", "c"),
    "keep.local.yaml": oneService("", "d"),
  };
  expect(names(texts)).toEqual(["a", "d"]);
});

it("an ignore file in a folder speaks for that folder and has the last word there", () => {
  const texts = {
    ".capstanignore": "*.draft.yaml\n",
    "team/.capstanignore": "!one.draft.yaml\n/sub/\n",
    "team/one.draft.yaml": oneService("", "one"),
    "team/two.draft.yaml": oneService("", "two"),
    "team/sub/three.yaml": oneService("", "three"),
    "sub/four.yaml": oneService("", "four"),
  };
  expect(names(texts)).toEqual(["four", "one"]);
});

it("what is inside a folder that is left out cannot be brought back, as in Git", () => {
  const texts = {
    ".capstanignore": "out/\n",
    "out/.capstanignore": "!a.yaml\n",
    "out/a.yaml": oneService("", "a"),
  };
  expect(names(texts)).toEqual([]);
});

it("an ignore file above the stacks' folder says nothing", () => {
  const texts = { ".capstanignore": "*\n", "stacks/a.yaml": oneService("", "a") };
  expect(names(texts, "stacks")).toEqual(["a"]);
  expect(names(texts, "./stacks/")).toEqual(["a"]);
});

it("a file that is left out can still be mounted", () => {
  const texts = {
    ".capstanignore": "app.yaml\n",
    "app.yaml": "no: manifest\n",
    "a.yaml": oneService("mounts: [{ type: file, source: app.yaml, target: /app.yaml }]", "a"),
  };
  expect(names(texts)).toEqual(["a"]);
});

it("hidden folders hold no manifests: workflows and settings of editors", () => {
  const texts = {
    "a.yaml": oneService("", "a"),
    ".github/workflows/check.yml": "name: Check\n",
    "team/.vscode/settings.yaml": "tabSize: 2\n",
    ".b.yaml": oneService("", "b"),
  };
  expect(names(texts)).toEqual(["a", "b"]);
  expect(load(texts).problems).toEqual([]);
  const below = { ".stacks/a.yaml": oneService("", "a"), ".stacks/.ci/b.yaml": "x: y\n" };
  expect(names(below, ".stacks")).toEqual(["a"]);
});

it("case counts, as in Git: what is written otherwise is not left out", () => {
  const texts = {
    ".capstanignore": "Shop/\n*.LOCAL.yaml\n",
    "shop/a.yaml": oneService("", "a"),
    "Shop/b.yaml": oneService("", "b"),
    "c.local.yaml": oneService("", "c"),
  };
  expect(names(texts)).toEqual(["a", "c"]);
});

describe("O5 an ignore file that cannot be understood", () => {
  const rules = "examples/\n";
  const utf16 = new Uint8Array([0xff, 0xfe, ...Buffer.from(rules, "utf16le")]);
  const lfs = `version https://git-lfs.github.com/spec/v1\noid sha256:${"a".repeat(64)}\nsize 10\n`;
  for (const [what, content, message] of [
    ["in UTF-16", utf16, "is not UTF-8 text"],
    [
      "in UTF-16 without a mark",
      new Uint8Array(Buffer.from(rules, "utf16le")),
      "is not UTF-8 text",
    ],
    ["in Latin-1", Buffer.from("büro/\n", "latin1"), "is not UTF-8 text"],
    [
      "that Git LFS keeps",
      new TextEncoder().encode(lfs),
      "is a Git LFS pointer to a file of 10 bytes",
    ],
  ] as const) {
    it(`lets nothing beside it go live and nothing anywhere be removed: ${what}`, () => {
      const desired = load({
        "team/.capstanignore": content,
        "team/a.yaml": oneService("", "a"),
        "team/examples/b.yaml": oneService("", "b"),
        "c.yaml": oneService("", "c"),
      });
      expect(desired.stacks.map(({ name }) => name)).toEqual(["c"]);
      expect(desired.namesUnknown).toBe(true);
      expect(desired.problems).toHaveLength(1);
      expect(desired.problems[0]?.place).toEqual({
        file: "team/.capstanignore",
        line: 1,
        column: 1,
      });
      expect(desired.problems[0]?.message).toContain(message);
      expect(desired.problems[0]?.hint).toContain("nothing beside it is used or removed");
    });
  }

  it("is read with a byte order mark of UTF-8", () => {
    const texts = { ".capstanignore": "\ufeffa.yaml\n", "a.yaml": oneService("", "a") };
    expect(names(texts)).toEqual([]);
  });
});

it("tells which stacks an ignore file leaves out, and where they are", () => {
  const texts = {
    ".capstanignore": "old/\n",
    "old/a.yaml": oneService("", "a"),
    "old/values.yaml": "x: [",
    "b.yaml": oneService("", "b"),
  };
  const desired = load(texts);
  expect([...desired.leftOut]).toEqual([["a", "old/a.yaml"]]);
  expect(desired.problems).toEqual([]);
  expect(desired.namesUnknown).toBe(false);
});
