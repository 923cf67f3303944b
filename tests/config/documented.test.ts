// What .env.example and the documentation say of variables is what is read.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { variableNames } from "../../src/config.ts";
import { noFile, reading } from "./reading.ts";

const { config, problems } = reading(noFile);
const read = (name: string): string =>
  readFileSync(fileURLToPath(new URL(`../../${name}`, import.meta.url)), "utf8");

test(".env.example lists every variable that is read, and no other", () => {
  const text = read(".env.example");
  const listed = [...text.matchAll(/^(?:# (?:e\.g\. )?)?([A-Z][A-Z0-9_]*)=/gm)].map(
    (match) => match[1] ?? "",
  );
  const examples = ["STACK_DOMAIN_SUFFIX", "STACK_IMAGE", "SECRET_GHCR_TOKEN"];
  expect([...listed].sort()).toEqual([...variableNames, "LOG_INGEST_URL", ...examples].sort());
});

test("the documentation's table names every variable, with the default that .env.example has", () => {
  const section = read("src/http/public/docs/reference/environment.md");
  const rows = [...section.matchAll(/^\| `([A-Z][A-Z0-9_]*)` +\| (?:`(.*?)`)? *\| \S/gm)];
  const told = Object.fromEntries(rows.map(([, name = "", value = ""]) => [name, value]));
  const defaults = Object.fromEntries(
    [...read(".env.example").matchAll(/^# ([A-Z][A-Z0-9_]*)=(.*)$/gm)].map(
      ([, name = "", value = ""]) => [name, value],
    ),
  );
  const names = [...variableNames, "LOG_INGEST_URL"];
  expect(told).toEqual(Object.fromEntries(names.map((name) => [name, defaults[name] ?? ""])));
});

describe("the values in .env.example", () => {
  const text = read(".env.example");
  const written = (pattern: RegExp) =>
    [...text.matchAll(pattern)].map((match) => [match[1] ?? "", match[2] ?? ""] as const);

  test("are the defaults", () => {
    // Its default follows PORT, and naming it means something.
    const values = written(/^# ([A-Z][A-Z0-9_]*)=(.+)$/gm).filter(
      ([name]) => name !== "CAPSTAN_URL",
    );
    expect(values.length).toBeGreaterThan(15);
    expect(config(Object.fromEntries(values))).toEqual(config({}));
  });

  test("are examples, that work, where they say so", () => {
    const values = written(/^# e\.g\. ([A-Z][A-Z0-9_]*)=(.+)$/gm);
    expect(values.length).toBeGreaterThan(5);
    // Of two DNS providers only one may be set, and each needs its secret.
    const of = (start: string) => values.filter(([name]) => name.startsWith(start));
    const others = values.filter(([name]) => !/^(?:HETZNER|RFC2136)_/.test(name));
    const tsig = ["RFC2136_KEY_SECRET", "c2VjcmV0LWtleS1vZi10aGUtem9uZQ=="] as const;
    for (const set of [
      [...others, ["FORGE_TOKEN", "token"]],
      [...of("HETZNER_"), ["HETZNER_API_TOKEN", "token-of-the-project"]],
      [...of("RFC2136_"), tsig],
    ]) {
      expect(problems(Object.fromEntries(set) as Record<string, string>)).toEqual([]);
    }
  });
});
