// Engines of one process read the same files: each is parsed once for all of them, and says the same to each.
import { expect, test } from "vitest";
import { createLoadMemory } from "../../src/manifest/load-memory.ts";
import { loadManifests } from "../../src/manifest/load.ts";
import { createSharedDocuments } from "../../src/manifest/shared-documents.ts";
import { hasher, resultText } from "./support.ts";

const names = ["", "production"];

function stack(name: string, spec = "{}"): string {
  return `apiVersion: capstan/v1\nkind: Stack\nmetadata: { name: ${name} }\nspec: ${spec}\n`;
}

/** What each of two loads says of the same files, with documents that they share, and without. */
function loads() {
  const shared = createSharedDocuments();
  const memories = new Map(names.map((own) => [own, createLoadMemory(shared)]));
  return {
    shared,
    load: (texts: Readonly<Record<string, string>>) => {
      const files = Object.entries(texts).map(([path, text]) => ({
        path,
        content: new TextEncoder().encode(text),
      }));
      return names.map((own) => {
        const given = {
          tree: { files, unreadable: [] },
          ...{ root: "", variables: {}, secret: () => null, reservedNames: [], hasher },
          dokploys: { own, names, fallback: "", rules: [] },
        };
        const memory = memories.get(own);
        const kept = loadManifests({ ...given, ...(memory === undefined ? {} : { memory }) });
        memory?.sweep();
        expect(resultText(kept)).toBe(resultText(loadManifests(given)));
        return kept.stacks.map(({ name }) => name);
      });
    },
  };
}

const texts = {
  "a.yaml": stack("a"),
  "b.yaml": stack("b", "{ dokploy: production }"),
  "c.yaml": stack("c", "{ dokploy: nowhere }"),
  "t.yaml":
    "apiVersion: capstan/v1\nkind: StackTemplate\nmetadata: { name: t }\nspec: { stack: {} }\n",
  "d.yaml": stack("d", "{ template: t, dokploy: production }"),
};

test("each file is parsed once, whoever builds what is in it", () => {
  const { shared, load } = loads();
  expect(load(texts)).toEqual([["a"], ["b", "d"]]);
  expect(shared.counts.parsed).toBe(5);
  expect(load(texts)).toEqual([["a"], ["b", "d"]]);
  expect(shared.counts.parsed).toBe(5);
});

test("a change is parsed once more, also when it takes a stack from one to the other", () => {
  const { shared, load } = loads();
  load(texts);
  expect(load({ ...texts, "a.yaml": stack("a", "{ dokploy: production }") })).toEqual([
    [],
    ["a", "b", "d"],
  ]);
  expect(shared.counts.parsed).toBe(6);
  expect(load(texts)).toEqual([["a"], ["b", "d"]]);
});
