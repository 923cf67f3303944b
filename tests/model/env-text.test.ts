// The grammar of env texts, held against what dotenv 16.4.5 (Dokploy's parser) made of the same texts.
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  formatEnvText,
  isWritableEnvName,
  isWritableEnvValue,
  parseEnvText,
} from "../../src/model/env-text.ts";

interface Case {
  readonly text: string;
  readonly values: Readonly<Record<string, string>>;
}

const cases = JSON.parse(
  readFileSync(new URL("env-text.cases.json", import.meta.url), "utf8"),
) as readonly Case[];

test.each(cases)("reads $text as dotenv does", ({ text, values }) => {
  expect(parseEnvText(text).values).toEqual(values);
});

const nasty = fc
  .array(
    fc.constantFrom(
      "'",
      '"',
      "`",
      "\\",
      "n",
      "r",
      "\n",
      "#",
      " ",
      "a",
      "=",
      "$",
      "{",
      "}",
      ".",
      "é",
    ),
    { maxLength: 12 },
  )
  .map((parts) => parts.join(""));
const value = fc.oneof(nasty, nasty, fc.string({ unit: "binary" }), fc.string());
const name = fc.stringMatching(/^[A-Za-z0-9_.-]{1,8}$/).filter(isWritableEnvName);

test("every writable value comes back exactly as it was, whatever stands beside it", () => {
  fc.assert(
    fc.property(fc.dictionary(name, value.filter(isWritableEnvValue), { maxKeys: 6 }), (values) => {
      const read = parseEnvText(formatEnvText(values));
      expect(Object.entries(read.values).sort()).toEqual(Object.entries(values).sort());
      expect(read.clean).toBe(true);
    }),
    { numRuns: 2_000 },
  );
});

test("the text does not depend on the order of the names", () => {
  expect(formatEnvText({ B: "2", A: "1" })).toBe(formatEnvText({ A: "1", B: "2" }));
});

test("what no quote can hold is not writable", () => {
  expect(isWritableEnvValue('it\'s "so" `here` #1')).toBe(false);
  expect(isWritableEnvValue("it's `here` \\n #1")).toBe(false);
  expect(isWritableEnvValue("a\rb")).toBe(false);
  expect(isWritableEnvValue("a\0b")).toBe(false);
  expect(isWritableEnvValue("\ud800")).toBe(false);
});

test("plain values stay readable for people", () => {
  expect(formatEnvText({ TZ: "Europe/Amsterdam", REF: "${{project.TZ}}", EMPTY: "" })).toBe(
    "EMPTY=\nREF=${{project.TZ}}\nTZ=Europe/Amsterdam",
  );
  expect(formatEnvText({ A: "two words", B: "it's" })).toBe("A='two words'\nB=\"it's\"");
});

test("a value that ends in a backslash does not swallow what follows it", () => {
  const values = { A: "C:\\my dir\\", B: "#x", C: "\ny", D: "it's" };
  expect(parseEnvText(formatEnvText(values)).values).toEqual(values);
});

test("a text with lines that are no entries is not clean", () => {
  expect(parseEnvText("A=1\nwhat is this\n").clean).toBe(false);
  expect(parseEnvText("A=1\n\n# a comment\n").clean).toBe(true);
});

test("names outside Dokploy's alphabet are refused", () => {
  expect(isWritableEnvName("A.b-c_1")).toBe(true);
  for (const bad of ["", "a b", "ä", "A=B", "__proto__"])
    expect(isWritableEnvName(bad)).toBe(false);
});
