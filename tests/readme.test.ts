// The README is a promise: its manifests load, and the tests that it names exist and name their laws.
import { globSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { createHasher } from "../src/lib/digest.ts";
import { loadManifests } from "../src/manifest/load.ts";

const readme = readFileSync("README.md", "utf8");
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

test("every manifest in it loads without a problem", () => {
  const blocks = [...readme.matchAll(/^( *)```yaml\n([\s\S]*?)^ *```/gm)]
    .map(([, indent = "", body = ""]) => body.replaceAll(new RegExp(`^${indent}`, "gm"), ""))
    .filter((body) => body.includes("apiVersion:"));
  expect(blocks.length).toBeGreaterThanOrEqual(2);
  for (const [index, block] of blocks.entries()) {
    const files = [
      { path: `stacks/block-${index}.yaml`, content: bytes(block) },
      { path: "stacks/app.conf", content: bytes("a = 1\n") },
    ];
    const { problems, stacks } = loadManifests({
      tree: { files, unreadable: [] },
      root: "stacks",
      variables: {},
      secret: (name) => `the value of ${name}`,
      reservedNames: [],
      hasher: createHasher(bytes("key")),
    });
    expect(problems).toEqual([]);
    expect(stacks).toHaveLength(1);
  }
});

test("every test that it names exists and carries the law's number", () => {
  const section = readme.slice(
    readme.indexOf("## What it never does"),
    readme.indexOf("## How to leave it"),
  );
  const rows = section.split("\n").filter((line) => /^\| (?!never)[a-z]/.test(line));
  expect(rows.length).toBeGreaterThanOrEqual(10);
  for (const row of rows) {
    const [, , held = ""] = row.split("|");
    const quoted = [...held.matchAll(/`([^`]+)`/g)].map(([, text = ""]) => text);
    const laws = quoted.flatMap((text) => /^([A-Z]\d+)\b/.exec(text)?.[1] ?? []);
    const patterns = quoted.filter((text) => text.startsWith("tests/"));
    expect(patterns.length, row).toBeGreaterThan(0);
    const files = patterns.flatMap((pattern) => {
      const found = globSync(pattern.endsWith("/") ? `${pattern}**/*.test.ts` : pattern);
      expect(found, `${pattern} of ${row}`).not.toEqual([]);
      return found;
    });
    const text = files.map((file) => readFileSync(file, "utf8")).join("\n");
    for (const law of laws) expect(text, `${law} of ${row}`).toMatch(new RegExp(`["'\`]${law} `));
  }
});
