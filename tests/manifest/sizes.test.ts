// What a container could not start with (the kernel's limits) and what does not fit into the one request that
// carries it to Dokploy. Sizes are bytes, not characters.
import { describe, expect, it } from "vitest";
import { load, messages, oneService } from "./support.ts";

const kib = 1024;
const service = (fields: Readonly<Record<string, unknown>>): string => {
  const lines = Object.entries(fields).map(([key, value]) => `${key}: ${JSON.stringify(value)}`);
  return oneService(lines.join("\n"));
};
const told = (fields: Readonly<Record<string, unknown>>): readonly string[] =>
  messages(load({ "a.yaml": service(fields) }));
/** Values of 100 KiB each, `count` of them. */
const many = (count: number, text = "x"): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Array.from({ length: count }, (_, index) => [`V${index}`, text.repeat(100 * kib)]),
  );
const entry = (bytes: number): string =>
  `\`applications.web.env.BIG\` is too large: BIG=value has ${bytes} bytes, and Linux starts no container with more than 131071 in one (mount it as a file instead)`;

describe("one entry of env", () => {
  it("has at most 128 KiB, name and the end of the text included", () => {
    expect(told({ env: { BIG: "x".repeat(128 * kib - 5) } })).toEqual([]);
    expect(told({ env: { BIG: "x".repeat(128 * kib - 4) } })).toEqual([entry(131072)]);
  });

  it("is counted in bytes", () => {
    expect(told({ env: { BIG: "ü".repeat(70 * kib) } })).toEqual([entry(143364)]);
  });

  it("is counted with what Dokploy puts in place of its references", () => {
    const half = "x".repeat(70 * kib);
    expect(told({ env: { HALF: half, BIG: "${{HALF}}${{HALF}}" } })).toEqual([entry(143364)]);
    const text = service({ env: { BIG: "${{project.HALF}}-${{project.HALF}}" } });
    const spec = `spec:\n  variables: { HALF: ${half} }`;
    expect(messages(load({ "a.yaml": text.replace("spec:", spec) }))).toEqual([entry(143365)]);
  });
});

describe("all of env", () => {
  it("fits into a request of 1 MB, written as JSON", () => {
    expect(told({ env: many(9) })).toEqual([]);
    expect(told({ env: many(10) })).toEqual([
      "`applications.web.env` is too large for Dokploy: it takes 1 MB in one request, and this one would have 1024063 bytes (mount large values as files instead)",
    ]);
    expect(told({ env: many(5, '"') })).toMatchObject([
      /^`applications.web.env` is too large for Dokploy: /,
    ]);
  });

  it("is not over 1 MiB once its references are resolved", () => {
    const env = {
      A: "x".repeat(100 * kib),
      ...Object.fromEntries(Array.from({ length: 10 }, (_, index) => [`R${index}`, "${{A}}"])),
    };
    expect(told({ env })).toEqual([
      "`applications.web.env` is too large: with its references resolved it has 1126443 bytes, and a container gets at most 1048576 (mount large values as files instead)",
    ]);
  });

  it("stays small work whatever its references would make of it", () => {
    const env = { A: "x".repeat(100 * kib), B: "${{A}}".repeat(20_000) };
    const first = told({ env }).join();
    expect(first).toMatch(/B=value has 2048000002 bytes/);
  });
});

describe("the other things of the same kind", () => {
  it("an argument has at most 128 KiB", () => {
    const big = "x".repeat(128 * kib);
    const message =
      "is too large: it has 131072 bytes, and Linux starts no container with more than 131071 in one (mount it as a file instead)";
    expect(told({ args: ["a", big] })).toEqual([`\`applications.web.args[1]\` ${message}`]);
    expect(told({ command: big })).toEqual([`\`applications.web.command\` ${message}`]);
    expect(told({ healthcheck: { test: big } })).toEqual([
      `\`applications.web.healthcheck.test\` ${message}`,
    ]);
    expect(told({ healthcheck: { test: ["CMD", big] } })).toEqual([
      `\`applications.web.healthcheck.test[1]\` ${message}`,
    ]);
  });

  it("env and arguments travel in one request together", () => {
    const args = Array.from({ length: 6 }, () => "x".repeat(100 * kib));
    expect(told({ args })).toEqual([]);
    expect(told({ args, env: many(4) })).toMatchObject([
      /^`applications.web.args` is too large for Dokploy: /,
    ]);
  });

  it("a project's variables travel in one request", () => {
    const text = oneService("").replace("spec:", `spec:\n  variables: ${JSON.stringify(many(10))}`);
    expect(messages(load({ "a.yaml": text }))).toEqual([
      "`variables` is too large for Dokploy: it takes 1 MB in one request, and this one would have 1024050 bytes (mount large values as files instead)",
    ]);
  });

  it("a mounted file travels in one request, escaped", () => {
    const mounts = (content: string) => [{ type: "file", target: "/x", content }];
    expect(told({ mounts: mounts("x".repeat(900 * kib)) })).toEqual([]);
    expect(told({ mounts: mounts('"'.repeat(490_000)) })).toEqual([
      "`applications.web.mounts[0].content` is too large for Dokploy: it takes 1 MB in one request, and this one would have 980002 bytes (put it into the image or on a volume)",
    ]);
    const file = oneService("mounts: [{ type: file, source: ./x, target: /x }]");
    const desired = load({ "a.yaml": file, x: "\u0001".repeat(250 * kib) });
    expect(messages(desired)).toEqual([
      "`applications.web.mounts[0].source` is too large for Dokploy: it takes 1 MB in one request, and this one would have 1536002 bytes (put it into the image or on a volume)",
    ]);
  });
});
