// P4: what is too much fails alone, by caps on size, depth, nodes and what references blow up.
import { describe, expect, it } from "vitest";
import { largestMountedBytes } from "../../src/manifest/files.ts";
import { parseLimits } from "../../src/manifest/parse.ts";
import { load, messages, oneService } from "./support.ts";

const good = oneService("", "good");
const fill = (text: string, size = parseLimits.maxBytes): string =>
  text.repeat(Math.floor(size / text.length));

/** The problems of a file that must fail alone, beside one that must not. */
function alone(text: string): string {
  const desired = load({ "big.yaml": text, "good.yaml": good });
  expect(desired.stacks.map(({ name }) => name)).toEqual(["good"]);
  expect(desired.problems.every(({ place }) => place.file === "big.yaml")).toBe(true);
  expect(desired.problems.length).toBeLessThanOrEqual(101);
  expect(desired.namesUnknown).toBe(true);
  return desired.problems[0]?.message ?? "";
}

function flow(depth: number): string {
  return `${"[".repeat(depth)}${"]".repeat(depth)}`;
}

describe("P4 a file alone fails", () => {
  it("over 1 MiB", () => {
    expect(alone(`# ${"x".repeat(parseLimits.maxBytes)}`)).toBe("is larger than 1 MiB");
  });

  it("nested too deeply, in every style", () => {
    const deep = `is nested deeper than ${parseLimits.maxDepth} levels`;
    for (const opener of ["[", "{a: ", "- ", "? ", ": "]) expect(alone(fill(opener))).toBe(deep);
    const blocks = Array.from({ length: 200 }, (_, level) => `${" ".repeat(level)}a:\n`).join("");
    expect(alone(blocks)).toBe(deep);
    expect(alone(`a: ${flow(parseLimits.maxDepth + 1)}`)).toBe(deep);
    expect(alone(`a: ${flow(parseLimits.maxDepth - 4)}`)).not.toBe(deep);
  });

  it("with alias bombs, few and nested or many and flat, and with one that holds itself", () => {
    const levels = "bcdefghi".split("").map((name, index) => {
      const below = "abcdefgh"[index]!;
      return `${name}: &${name} [${Array.from({ length: 9 }, () => `*${below}`).join(",")}]`;
    });
    const laughs = `a: &a [x, x, x, x, x, x, x, x, x]\n${levels.join("\n")}`;
    expect(alone(laughs)).toBe(`uses more than ${parseLimits.maxAliases} aliases`);
    const wide = `a: &a [${"x,".repeat(5_000)}]\n${Array.from({ length: 99 }, (_, index) => `k${index}: *a`).join("\n")}`;
    expect(alone(wide)).toBe("has too many nodes");
    alone("a: &a [*a]");
    const itself = messages(load({ "big.yaml": "a: &a [*a]" }));
    expect(itself).toContain("the alias *a has no anchor before it");
  });

  it("with so many keys, entries, errors or documents that looking at them takes too long", () => {
    let keys = "";
    for (let index = 0; keys.length < parseLimits.maxBytes - 20; index += 1)
      keys += `k${index}: 1\n`;
    for (const text of [
      keys,
      `[${fill(",", 900_000)}`,
      fill("&a "),
      fill("- !x y\n"),
      fill(":\n"),
    ]) {
      expect(alone(text)).toBe("has too many nodes");
    }
    expect(alone(fill("a\n---\n"))).toBe("has too many documents");
  });

  it("that is no UTF-8 text", () => {
    const bytes = Uint8Array.from([0x61, 0x3a, 0xff, 0xfe]);
    const desired = load({ "big.yaml": bytes, "good.yaml": good });
    expect(messages(desired)).toEqual(["is not UTF-8 text (save it as UTF-8)"]);
    expect(desired.stacks).toHaveLength(1);
  });
});

describe("P4 a stack alone fails", () => {
  it("whose references blow it up", () => {
    const text = `apiVersion: capstan/v1
kind: StackTemplate
metadata: { name: bomb }
spec:
  parameters: { big: {} }
  stack:
    applications:
      web: { image: nginx, args: [${Array.from({ length: 2_000 }, () => "$(parameters.big)").join(", ")}] }
---
apiVersion: capstan/v1
kind: Stack
metadata: { name: boom }
spec: { template: bomb, parameters: { big: "${"x".repeat(500_000)}" } }
`;
    const desired = load({ "a.yaml": text, "good.yaml": good });
    expect(messages(desired)).toContain(
      "becomes larger than 4 MiB once its references are resolved",
    );
    expect([...desired.brokenStacks]).toEqual(["boom"]);
    expect(desired.stacks.map(({ name }) => name)).toEqual(["good"]);
  });

  it("with too many environments or services", () => {
    const many = (count: number, value: string): string =>
      `{ ${Array.from({ length: count }, (_, index) => `n${index}: ${value}`).join(", ")} }`;
    const stack = (spec: string): string =>
      `apiVersion: capstan/v1\nkind: Stack\nmetadata: { name: wide }\nspec: ${spec}\n`;
    expect(messages(load({ "a.yaml": stack(`{ environments: ${many(30, "{}")} }`) }))).toEqual([
      "`environments` must have at most 20 entries",
    ]);
    const services = stack(`{ applications: ${many(201, "{ image: nginx }")} }`);
    expect(messages(load({ "a.yaml": services }))).toEqual([
      "`applications` must have at most 200 entries",
    ]);
  });

  it("that mounts a file that is too large or no text", () => {
    const mounts = "mounts: [{ type: file, source: ./x, target: /x }]";
    const texts = { "a.yaml": oneService(mounts) };
    const large = load({ ...texts, x: "x".repeat(largestMountedBytes + 1) });
    expect(messages(large)[0]).toContain("is larger than 256 KiB: x");
    const binary = load({ ...texts, x: Uint8Array.from([0xff, 0x00]) });
    expect(messages(binary)[0]).toContain("is not UTF-8 text: x");
  });

  it("whose problems are not listed after the hundredth", () => {
    const keys = Array.from({ length: 500 }, (_, index) => `unknown${index}: 1`).join("\n");
    const desired = load({ "a.yaml": oneService(keys) });
    expect(desired.problems).toHaveLength(101);
    expect(messages(desired).some((text) => text.startsWith("there are more problems"))).toBe(true);
  });
});
