// The texts of a release: their form, and what they say of the code.
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { triedVersion } from "../../src/dokploy/versions.ts";

const { version, engines } = JSON.parse(readFileSync("package.json", "utf8"));
const read = (name: string): string => readFileSync(name, "utf8");
/** SHA-256 of the words of the MIT licence below its copyright line. */
const mitTerms = "fe2a9817987f862eaced948f0468c7f51d2fedfc48c5c505b246a49a3870e9a5";

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

test("LICENSE is the licence that package.json, the README and the image name", () => {
  const { license, files } = JSON.parse(read("package.json"));
  expect(license).toBe("MIT");
  const [title, , holder, ...terms] = read("LICENSE").split("\n");
  expect(title).toBe(`${license} License`);
  expect(holder).toMatch(/^Copyright \(c\) \d{4} the Capstan authors$/);
  // The terms of the MIT licence, without a word changed.
  const words = terms.join(" ").trim().split(/\s+/).join(" ");
  expect(createHash("sha256").update(words).digest("hex")).toBe(mitTerms);
  expect(files).toContain("LICENSE");
  expect(read("README.md")).toContain(`\n## Licence\n\n${license}, see [LICENSE](LICENSE).\n`);
  expect(read("Dockerfile")).toContain(`org.opencontainers.image.licenses="${license}"`);
});

test("SECURITY.md says first how to report a vulnerability, and names no address", () => {
  const [, , heading, , ...rest] = read("SECURITY.md").split("\n");
  expect(heading).toBe("## Reporting a vulnerability");
  const section = rest.join("\n").split("\n## ")[0] ?? "";
  expect(section).toContain("privately");
  expect(section).not.toMatch(/https?:|mailto:|\w@\w/);
});

test("all three are packed, and the README leads to them", () => {
  const { files } = JSON.parse(read("package.json"));
  for (const name of ["CHANGELOG.md", "SECURITY.md", "UPGRADING.md"]) {
    expect(files).toContain(name);
    expect(read("README.md")).toContain(`(${name})`);
  }
});
