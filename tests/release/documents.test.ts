// The texts of a release: their form, and what they say of the code.
import { existsSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { triedVersion } from "../../src/dokploy/versions.ts";

const { version, engines } = JSON.parse(readFileSync("package.json", "utf8"));
const read = (name: string): string => readFileSync(name, "utf8");

test("CHANGELOG.md has the form of Keep a Changelog, and this version in it", () => {
  const text = read("CHANGELOG.md");
  expect(text.startsWith("# Changelog\n")).toBe(true);
  const heads = [...text.matchAll(/^## (.*)$/gm)].map(([, head = ""]) => head);
  expect(heads[0]).toBe("[Unreleased]");
  for (const head of heads.slice(1)) {
    expect(head).toMatch(/^\[\d+\.\d+\.\d+\] - \d{4}-\d{2}-\d{2}$/);
  }
  const kinds = [...text.matchAll(/^### (.*)$/gm)].map(([, kind = ""]) => kind);
  const known = ["Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"];
  expect(kinds.filter((kind) => !known.includes(kind))).toEqual([]);
  // As long as it is not released, its changes are named there.
  const newest = heads[1] ?? "";
  const unreleased = text.slice(0, text.indexOf("\n## [", text.indexOf("[Unreleased]")));
  expect(newest.startsWith(`[${version}]`) || unreleased.includes(version)).toBe(true);
});

test("UPGRADING.md names the version of Dokploy, of Node.js, and files that there are", () => {
  const text = read("UPGRADING.md");
  expect(text).toContain(`(v${triedVersion})`);
  expect(engines.node).toBe(">=24");
  expect(text).toContain("Node.js 24 or newer");
  const paths = [...text.matchAll(/`((?:src|tests)\/[^`]+)`/g)].map(([, path = ""]) => path);
  expect(paths.length).toBeGreaterThan(2);
  expect(paths.filter((path) => !existsSync(path))).toEqual([]);
});

test("all three are packed, and the README leads to them", () => {
  const { files } = JSON.parse(read("package.json"));
  for (const name of ["CHANGELOG.md", "SECURITY.md", "UPGRADING.md"]) {
    expect(files).toContain(name);
    expect(read("README.md")).toContain(`(${name})`);
  }
});
