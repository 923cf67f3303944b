// What a pull request's tree says of stacks that the branch has.
import { expect, test } from "vitest";
import type { Loaded } from "../../../src/engine/state/desired-state.ts";
import { createDesiredState } from "../../../src/engine/state/desired-state.ts";
import { isInGit } from "../../../src/engine/state/in-git.ts";
import { previewTree } from "../../../src/engine/reader/preview.ts";
import { createHasher } from "../../../src/lib/digest.ts";
import { createRedactor } from "../../../src/lib/redact.ts";
import type { SourceTree } from "../../../src/ports.ts";
import { memorySecrets } from "../../support/memory.ts";
import { simpleStack } from "../../support/scenario.ts";

function treeOf(id: string, manifests: Readonly<Record<string, string>>): SourceTree {
  const files = Object.entries(manifests).map(([path, text]) => ({
    path: `stacks/${path}`,
    content: new TextEncoder().encode(text),
  }));
  return { revision: { id, title: id }, files, unreadable: [] };
}

const branch = treeOf("a".repeat(40), { "shop.yaml": simpleStack("shop") });
const deps = {
  source: {
    latest: async () => branch.revision,
    read: async () => branch,
    keep: async () => undefined,
    watch: async () => async () => undefined,
    close: async () => undefined,
    title: "a branch",
  },
  secrets: memorySecrets(new Map([["token", "a-secret-of-now"]])),
  hasher: createHasher(Buffer.from("a key for tests")),
  redactor: createRedactor(),
  stacksPath: "stacks",
  variables: {},
  reservedNames: [],
};

async function desiredNow(): Promise<Loaded> {
  const state = createDesiredState(deps);
  await state.refresh();
  const loaded = state.current();
  if (loaded === null) throw new Error("nothing was loaded");
  return loaded;
}

test("O5 what a broken manifest of a pull request renames is not shown as leaving Git", async () => {
  const renamed = simpleStack("store")
    .replace("name: store", "name: store, previousName: shop")
    .replace("image:", "imge:");
  const tree = treeOf("b".repeat(40), { "store.yaml": renamed });
  const { loaded, newProblems } = await previewTree(tree, await desiredNow(), true, deps);
  expect(newProblems.length).toBeGreaterThan(0);
  expect(isInGit(loaded, "shop")).toBe(true);
});

test("a tree that is as the branch touches nothing, with secrets and without", async () => {
  const current = await desiredNow();
  for (const withSecrets of [true, false]) {
    const { touched, newProblems } = await previewTree(branch, current, withSecrets, deps);
    expect(touched).toEqual([]);
    expect(newProblems).toEqual([]);
  }
});
