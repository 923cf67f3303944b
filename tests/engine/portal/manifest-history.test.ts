// Through which commits a manifest became what it is, in a repository of a few lines; and the versions in them.
import { beforeEach, describe, expect, test } from "vitest";
import { manifestHistory } from "../../../src/engine/portal/manifest-history.ts";
import { versionsIn } from "../../../src/engine/portal/versions.ts";
import type { BranchChange } from "../../../src/ports.ts";

const manifest = (name: string, image: string): string =>
  `apiVersion: capstan.dev/v1\nkind: Stack\nmetadata:\n  name: ${name}\nspec:\n  image: ${image}\n`;
type Files = Readonly<Record<string, string>>;

let reads: number;
beforeEach(() => {
  reads = 0;
});

/** Commits `c1`, `c2`, … that made these files, the oldest first. */
function repository(...commits: readonly Files[]) {
  const files = new Map(commits.map((one, index) => [`c${index + 1}`, one]));
  const changes = commits.map((now, index): BranchChange => {
    const before = commits[index - 1] ?? {};
    const paths = [...new Set([...Object.keys(now), ...Object.keys(before)])];
    return {
      sha: `c${index + 1}`,
      parent: index === 0 ? null : `c${index}`,
      paths: paths.filter((path) => now[path] !== before[path]),
    };
  });
  const file = async (revision: string, path: string): Promise<string | null> => {
    reads += 1;
    return files.get(revision)?.[path] ?? null;
  };
  return { changes: changes.reverse(), commits: { file }, newest: `c${commits.length}` };
}

async function historyOf(file: string | null, ...all: readonly Files[]) {
  const { changes, commits, newest } = repository(...all);
  const sought = { stack: "shop", revision: newest, file };
  const history = await manifestHistory(commits, sought, changes);
  return history.map(({ sha, document }) => `${sha} ${/image: (.*)/.exec(document)?.[1]}`);
}

describe("the history of a manifest", () => {
  test("has the commits that changed it, and none of those that changed others of its file", async () => {
    const shop = manifest("shop", "one");
    const found = await historyOf(
      "all.yaml",
      { "all.yaml": shop },
      { "all.yaml": `${shop}---\n${manifest("blog", "x")}` },
      { "all.yaml": `${manifest("shop", "two")}---\n${manifest("blog", "x")}` },
    );
    expect(found).toEqual(["c3 two", "c1 one"]);
  });

  test("follows it from file to file; a move alone is no change", async () => {
    const found = await historyOf(
      "new/shop.yaml",
      { "shop.yaml": manifest("shop", "one") },
      { "shop.yaml": manifest("shop", "two") },
      { "new/shop.yaml": manifest("shop", "two") },
    );
    expect(found).toEqual(["c2 two", "c1 one"]);
  });

  test("of a stack that was removed has what it was before", async () => {
    const found = await historyOf(null, { "shop.yaml": manifest("shop", "one") }, {});
    expect(found).toEqual(["c1 one"]);
  });

  test("ends where the stack began: what had its name before was another one", async () => {
    const found = await historyOf(
      "shop.yaml",
      { "shop.yaml": manifest("shop", "old") },
      {},
      { "shop.yaml": manifest("shop", "one") },
    );
    expect(found).toEqual(["c3 one"]);
  });

  test("P7 reads a hundred files, and says nothing of what it did not see", async () => {
    const all = Array.from({ length: 300 }, (_, index) => ({
      "shop.yaml": manifest("shop", `v${index + 1}`),
    }));
    const found = await historyOf("shop.yaml", ...all);
    expect(reads).toBe(100);
    expect(found).toHaveLength(99);
    expect(found[0]).toBe("c300 v300");
  });
});

describe("versions", () => {
  /** `c4` is the newest. */
  const ageOf = new Map(["c4", "c3", "c2", "c1"].map((sha, age) => [sha, age]));
  const history = [
    { sha: "c3", document: "two" },
    { sha: "c1", document: "one" },
  ];
  const held = (holds: (sha: string) => boolean) => [...ageOf.keys()].filter(holds);

  test("hold the commits from their own to the one before the next version", () => {
    const [two, one] = versionsIn(history, ageOf, true);
    expect(two === undefined ? [] : held(two.holds)).toEqual(["c4", "c3"]);
    expect(one === undefined ? [] : held(one.holds)).toEqual(["c2", "c1"]);
    expect([two?.isCurrent, one?.isCurrent]).toEqual([true, false]);
  });

  test("of a stack that Git has no longer: none is what Git has", () => {
    expect(versionsIn(history, ageOf, false).map(({ isCurrent }) => isCurrent)).toEqual([
      false,
      false,
    ]);
  });

  test("that are alike are one, the newest", () => {
    const back = [{ sha: "c4", document: "one" }, ...history];
    expect(versionsIn(back, ageOf, true).map(({ sha }) => sha)).toEqual(["c4", "c3"]);
  });

  test("further back than the line is known hold their own commit alone", () => {
    const [old] = versionsIn([{ sha: "c0", document: "old" }], ageOf, true);
    expect([old?.holds("c0"), old?.holds("c1")]).toEqual([true, false]);
  });

  test("P7 are twenty at most", () => {
    const many = Array.from({ length: 30 }, (_, n) => ({ sha: `s${n}`, document: `d${n}` }));
    expect(versionsIn(many, ageOf, true)).toHaveLength(20);
  });
});
