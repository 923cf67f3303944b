// What a source of secrets that cannot be read makes of desired state, and the end of that.
import { expect, test } from "vitest";
import { createDesiredState } from "../../../src/engine/state/desired-state.ts";
import { createHasher } from "../../../src/lib/digest.ts";
import { CapstanError } from "../../../src/lib/errors.ts";
import { createRedactor } from "../../../src/lib/redact.ts";
import type { SourceTree } from "../../../src/ports.ts";
import { memorySecrets } from "../../support/memory.ts";
import { simpleStack } from "../../support/scenario.ts";

const tree: SourceTree = {
  revision: { id: "a".repeat(40), title: "one" },
  files: [
    {
      path: "stacks/shop.yaml",
      content: new TextEncoder().encode(
        simpleStack("shop", { env: { TOKEN: "$(secrets.vault:kv/shop#token)" } }),
      ),
    },
  ],
  unreadable: [],
};

test("P11 an outage, a secret that is missing after it, and one that is there are each news of the stack", async () => {
  let answer: string | CapstanError | null = new CapstanError("unavailable", "it is sealed");
  let asked = 0;
  const secrets = memorySecrets(new Map());
  const state = createDesiredState({
    source: { latest: async () => tree.revision, read: async () => tree },
    secrets: {
      ...secrets,
      version: async () => String(++asked),
      at: async () => ({
        get() {
          if (answer instanceof CapstanError) throw answer;
          return answer;
        },
        ...{ values: [], known: [], unread: () => [] },
      }),
    },
    hasher: createHasher(Buffer.from("a key for tests")),
    redactor: createRedactor(),
    ...{ stacksPath: "stacks", variables: {}, reservedNames: [] },
  });
  const changed = async (): Promise<readonly string[] | undefined> =>
    (await state.refresh())?.changed;

  expect(await changed()).toEqual(["shop"]);
  expect(state.current()?.manifests.outages).toHaveLength(1);
  expect(state.current()?.manifests.problems).toEqual([]);
  expect(await changed()).toEqual([]);
  answer = null;
  expect(await changed()).toEqual(["shop"]);
  expect(state.current()?.manifests.problems).toHaveLength(1);
  expect(await changed()).toEqual([]);
  answer = "canary-value";
  expect(await changed()).toEqual(["shop"]);
  expect(state.current()?.byName.has("shop")).toBe(true);
});
