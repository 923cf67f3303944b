// Times, durations, addresses and sentences as pages write them.
import { describe, expect, test } from "vitest";
import { age, ago, duration, timeOf } from "../../../src/http/public/lib/time.ts";
import {
  bareUrl,
  counted,
  safeUrl,
  sentence,
  shortSha,
} from "../../../src/http/public/lib/words.ts";
import { fieldLabel, parametersOf } from "../../../src/http/public/portal/settings-fields.ts";

describe("times", () => {
  test.each([
    [0, "now"],
    [8_400, "8 s"],
    [59_900, "59 s"],
    [60_000, "1 min"],
    [7_200_000, "2 h"],
    [3 * 86_400_000, "3 d"],
    [-5_000, "now"],
  ])("%i ms ago is %s", (ms, text) => {
    expect(age(1_000_000_000_000 - ms, 1_000_000_000_000)).toBe(text);
  });

  test("in a sentence", () => {
    expect(ago(0, 500)).toBe("just now");
    expect(ago(0, 120_000)).toBe("2 min ago");
  });

  test.each([
    [0, "0.1 s"],
    [412, "0.4 s"],
    [14_200, "14 s"],
    [59_700, "1 min"],
    [72_000, "1 min 12 s"],
    [7_440_000, "2 h 4 min"],
    [90_000_000, "1 d 1 h"],
  ])("a duration of %i ms is %s", (ms, text) => {
    expect(duration(ms)).toBe(text);
  });

  test("what is no time is none", () => {
    expect(timeOf(null)).toBeNull();
    expect(timeOf("yesterday")).toBeNull();
    expect(timeOf("1970-01-01T00:00:01Z")).toBe(1_000);
  });
});

test.each([
  ["https://shop.example.com/", "https://shop.example.com/"],
  ["HTTP://shop.example.com", "HTTP://shop.example.com"],
  ["javascript:alert(1)", null],
  ["data:text/html,x", null],
  ["//elsewhere.example.com", null],
  ["https://a b", null],
  [null, null],
])("the address %s leads to %s", (given, expected) => {
  expect(safeUrl(given)).toBe(expected);
});

test("addresses and commits in short", () => {
  expect(bareUrl("https://zoe.ai.example.com/")).toBe("zoe.ai.example.com");
  expect(shortSha("3f9c2ab0123456789abcdef0123456789abcdef0")).toBe("3f9c2ab");
  expect(shortSha("watched folder")).toBe("watched folder");
  expect([counted(1, "stack"), counted(2, "stack")]).toEqual(["1 stack", "2 stacks"]);
});

test("sentences get a capital and an end, names keep their small letters", () => {
  expect(sentence("there is no stack zoe")).toBe("There is no stack zoe.");
  expect(sentence("zoe is taken")).toBe("zoe is taken.");
  expect(sentence("a stack waits. Why?")).toBe("A stack waits. Why?");
});

describe("a template's parameters", () => {
  const fields = [
    { name: "model", type: "string", description: "", default: "small", options: null },
    { name: "memoryGb", type: "integer", description: "", default: "4", options: null },
    { name: "terminal", type: "boolean", description: "", default: "true", options: null },
    { name: "team", type: "string", description: "", default: null, options: null },
  ] as const;

  test("only what was changed is sent, as the type that is wanted", () => {
    expect(parametersOf(fields, {})).toEqual({});
    const values = { model: "small", memoryGb: "8", terminal: "false", team: "web" };
    expect(parametersOf(fields, values)).toEqual({ memoryGb: 8, terminal: false, team: "web" });
  });

  test.each([
    ["memoryGb", "Memory GB"],
    ["max_tokens", "Max tokens"],
    ["model", "Model"],
  ])("%s is called %s", (name, label) => {
    expect(fieldLabel(name)).toBe(label);
  });
});
