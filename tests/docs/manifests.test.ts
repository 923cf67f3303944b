// Every block of YAML on the documentation's pages is what it says: a manifest, or a piece of one, loads without a
// problem. What is something else says what, or why nobody looks at it.
import { posix } from "node:path";
import { describe, expect, test } from "vitest";
import { parseDocument, stringify } from "yaml";
import { readDokployServers } from "../../src/config-dokploys.ts";
import { createHasher } from "../../src/lib/digest.ts";
import { loadManifests } from "../../src/manifest/load.ts";
import { blocksOf, pages } from "./pages.ts";
import type { Block } from "./pages.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Files that manifests of the documentation name. */
const beside: Readonly<Record<string, string>> = {
  "app.conf": "a = 1\n",
  "queue.compose.yaml": "services: { web: { image: nginx, command: '${KEY}' } }\n",
  "jobs.compose.yaml": "services: { web: { image: nginx, command: '${KEY}' } }\n",
};

function load(text: string, isPolicy = false) {
  const folder = isPolicy ? "stacks/policies" : "stacks";
  const others = Object.entries(beside).map(([name, content]) => ({
    path: posix.join("stacks", name),
    content: bytes(content),
  }));
  return loadManifests({
    tree: {
      files: [{ path: `${folder}/block.yaml`, content: bytes(text) }, ...others],
      unreadable: [],
    },
    root: "stacks",
    variables: {},
    secret: (name) => `the-value-of-${name}`,
    reservedNames: [],
    hasher: createHasher(bytes("key")),
  });
}

/** The manifest around a piece that stands at `spec.applications.web`. */
function wrapped(fragment: string, text: string): string {
  const value: unknown = parseDocument(text).toJS();
  const spec = fragment
    .split(".")
    .reduceRight<unknown>((inside, key) => ({ [key]: inside }), value) as { spec: object };
  return stringify({
    apiVersion: "capstan/v1",
    kind: "Stack",
    metadata: { name: "shop" },
    ...spec,
  });
}

const blocks = pages.flatMap(blocksOf).filter(({ language }) => language === "yaml");

const isLeftOut = ({ options }: Block): boolean => "skip" in options;

test("there are manifests, pieces of them, and few blocks that are neither", () => {
  expect(blocks.length).toBeGreaterThan(25);
  for (const { options, place } of blocks.filter(isLeftOut)) {
    expect(options.skip?.length, place).toBeGreaterThan(10);
  }
  expect(blocks.filter(isLeftOut).length).toBeLessThanOrEqual(2);
  const known = new Set(["skip", "fragment", "file", "check"]);
  for (const { options, place } of blocks) {
    expect(
      Object.keys(options).filter((name) => !known.has(name)),
      place,
    ).toEqual([]);
  }
});

describe.each(
  blocks.filter((block) => !isLeftOut(block)).map((block) => [block.place, block] as const),
)("%s", (_, { text, options }) => {
  const { fragment, check } = options;
  if (check === "dokploys") {
    test("is a file of Dokploys that is read without a problem", () => {
      const read = readDokployServers("servers.yaml", {
        hasUnnamed: true,
        url: "https://home.example.com",
        instance: "default",
        readFile: (path) => (path === "servers.yaml" ? text : "a-key"),
      });
      expect(read).toHaveProperty("dokploys.servers.length", 2);
    });
    return;
  }
  test("loads without a problem", () => {
    expect(check).toBe(undefined);
    const isPolicy = text.includes("kind: Policy");
    const { problems, stacks, policies } = load(
      fragment === undefined ? text : wrapped(fragment, text),
      isPolicy,
    );
    expect(problems).toEqual([]);
    expect(stacks.length).toBeGreaterThanOrEqual(isPolicy ? 0 : 1);
    expect(policies.own.policies).toHaveLength(isPolicy ? 1 : 0);
  });
});

test("a piece with a mistake would be seen", () => {
  const { problems } = load(wrapped("spec.applications.web", "imagee: nginx\n"));
  expect(problems.map(({ message }) => message).join("\n")).toContain("imagee");
});
