import { expect, test } from "vitest";
import { parseEnv, resolveEnv } from "../../src/simulator/env.ts";

test.each([
  ["A=1", { A: "1" }],
  ["A = 1 ", { A: "1" }],
  ["export A=1", { A: "1" }],
  ["A=", { A: "" }],
  ["# A=1\n\nB=2 # why", { B: "2" }],
  ['A="two words # kept"', { A: "two words # kept" }],
  ['A="l1\nl2"\nB=x', { A: "l1\nl2", B: "x" }],
  ['A="l1\\nl2"', { A: "l1\nl2" }],
  ["A='l1\\nl2'", { A: "l1\\nl2" }],
  ["A=`\"x' `", { A: "\"x' " }],
  ["A=1\r\nB=2", { A: "1", B: "2" }],
  ["no equals", {}],
  ["A=1\nB C=2", {}],
])("%j is read as %j", (text, expected) => {
  expect(Object.fromEntries(parseEnv(text))).toEqual(expected);
});

test("references resolve from the project, the environment and the service itself", () => {
  const text = "A=${{project.X}}-${{environment.Y}}\nB=${{A}}";
  expect(resolveEnv("C=1\nD=${{C}}", "", "")).toEqual({ ok: true, env: ["C=1", "D=1"] });
  expect(resolveEnv(text, "X=1", "Y=2")).toEqual({
    ok: true,
    env: ["A=1-2", "B=${{project.X}}-${{environment.Y}}"],
  });
  expect(resolveEnv("A=${{project.no}}", "X=1", "")).toEqual({
    ok: false,
    message: "Invalid project environment variable: project.no",
  });
});
