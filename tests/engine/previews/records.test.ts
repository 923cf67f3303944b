// What is kept of pull requests over a restart: those of two repositories apart, and what older versions left.
import { expect, test } from "vitest";
import type { Memory } from "../../../src/engine/memory/memory.ts";
import { whenRead } from "../../../src/engine/previews/moves.ts";
import { createRecords } from "../../../src/engine/previews/records.ts";
import type { PullRequest } from "../../../src/model/forge.ts";

function keptMemory(): Memory & { readonly kept: Map<string, unknown> } {
  const kept = new Map<string, unknown>();
  return {
    kept,
    left: (kind, schema) =>
      [...kept].flatMap(([key, value]) => {
        const read = schema.safeParse(JSON.parse(JSON.stringify(value)));
        return read.success && kind === "preview" ? [{ stack: "", key, value: read.data }] : [];
      }),
    save: (_kind, _stack, key, value) => void kept.set(key, value),
    remove: (_kind, _stack, key) => void kept.delete(key),
  };
}

const pull: PullRequest = {
  ...{ number: 7, title: "t", url: "https://git.example.com/7", state: "open", headSha: "a" },
  ...{ headRef: "refs/pull/7/head", headBranch: "b", baseBranch: "main", fromFork: false },
  ...{ author: "bob", labels: ["preview"] },
};
const seen = { touched: ["shop"], trouble: null };
const recordOf = (repository: string | null) =>
  whenRead({ ...pull, repository }, seen, undefined, 1).record!;

test("pull request 7 of two repositories are two, over a restart too, whatever their spelling", () => {
  const memory = keptMemory();
  const records = createRecords(memory);
  expect(records.save(recordOf(null))).toBe(true);
  expect(records.save(recordOf("acme/Web"))).toBe(true);
  expect([...memory.kept.keys()]).toEqual(["pull 7", "pull acme/web#7"]);
  records.begin();
  expect(records.all()).toHaveLength(2);
  expect(records.get({ repository: "ACME/web", pull: 7 })).toMatchObject({
    ...{ repository: "acme/Web", headBranch: "b", baseBranch: "main" },
  });
  expect(records.remove({ repository: "acme/web", pull: 7 })).toBe(true);
  expect(records.all()).toEqual([recordOf(null)]);
});

test("what an older version left is of the stacks' own repository, and says no branch", () => {
  const memory = keptMemory();
  const { repository, headBranch, baseBranch, ...older } = recordOf(null);
  expect([repository, headBranch, baseBranch]).toEqual([null, "b", "main"]);
  memory.kept.set("pull 7", older);
  expect(createRecords(memory).get({ repository: null, pull: 7 })).toEqual({
    ...older,
    ...{ repository: null, headBranch: null, baseBranch: null },
  });
});

test("the branch of a fork is not remembered: one of that name in the repository is another", () => {
  const fork = whenRead({ ...pull, fromFork: true }, seen, undefined, 1).record;
  expect(fork).toMatchObject({ headBranch: null, baseBranch: "main" });
});
