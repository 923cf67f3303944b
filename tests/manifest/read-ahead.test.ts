// A load whose files were read ahead must give what a load without gives, in whatever order the files came.
import { describe, expect, it } from "vitest";
import { loadManifests } from "../../src/manifest/load.ts";
import { createReadAhead } from "../../src/manifest/read-ahead.ts";
import { hasher, oneService, readFolder, variables } from "./support.ts";

const settings = {
  variables,
  secret: (name: string) => (name.startsWith("missing") ? null : `canary-${name}`),
  reservedNames: ["billing"],
  hasher,
};

function bothWays(
  texts: Readonly<Record<string, string | Uint8Array>>,
  order: "forward" | "backward",
): number {
  const files = Object.entries(texts).map(([path, text]) => ({
    path,
    content: typeof text === "string" ? new TextEncoder().encode(text) : text,
  }));
  const input = { ...settings, root: "", tree: { files, unreadable: [] } };
  const { memory, onFile } = createReadAhead("", settings);
  for (const file of order === "forward" ? files : files.toReversed()) onFile(file);
  const { built } = memory.counts;
  expect(loadManifests({ ...input, memory })).toEqual(loadManifests(input));
  return memory.counts.built - built;
}

describe("files that are read ahead", () => {
  it("give the same for all cases, whatever the order", () => {
    const cases = readFolder("tests/manifest/cases", (path) => path.endsWith(".txt"));
    expect(Object.keys(cases).length).toBeGreaterThan(10);
    bothWays(cases, "forward");
    bothWays(cases, "backward");
  });

  it("leave the load only what needs other files", () => {
    const mount = "mounts: [{ type: file, source: ./conf, target: /c }]";
    const texts = {
      "a.yaml": oneService("", "ant"),
      "b.yaml": oneService(mount, "bee"),
      conf: "x",
    };
    expect(bothWays(texts, "forward")).toBe(1);
    expect(bothWays({ ...texts, ".capstanignore": "b.yaml" }, "forward")).toBe(0);
  });
});
