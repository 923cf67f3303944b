// Which commits concern a service that watches some paths, and what happens where that cannot be read.
import { describe, expect, it } from "vitest";
import { createComparisons, isWatched } from "../../../src/engine/follow/comparisons.ts";
import { createHeads } from "../../../src/engine/follow/heads.ts";
import { noSource } from "../../../src/model/kinds/git.ts";
import type { DesiredStack } from "../../../src/model/desired.ts";
import { load } from "../../manifest/support.ts";

describe("what is watched", () => {
  const cases: readonly [readonly string[], string, boolean][] = [
    [["apps/web"], "apps/web/index.ts", true],
    [["apps/web/"], "apps/web/deep/index.ts", true],
    [["apps/web"], "apps/website/index.ts", false],
    [["apps/web"], "other/apps/web/index.ts", false],
    [["web"], "apps/web/index.ts", true],
    [["/web"], "apps/web/index.ts", false],
    [["*.lock"], "deep/yarn.lock", true],
    [["apps/**/*.ts"], "apps/a/b/c.ts", true],
    [["apps/web", "!apps/web/docs"], "apps/web/docs/a.md", false],
    [["apps/web", "!apps/web/docs", "apps/web/docs/api"], "apps/web/docs/api/a.md", true],
    [["!docs", "docs"], "docs/a.md", true],
    [["Apps"], "apps/a", false],
    [["apps"], "a b/ü", false],
  ];
  for (const [patterns, path, expected] of cases) {
    it(`${patterns.join(" ")} ${expected ? "fits" : "does not fit"} ${path}`, () => {
      expect(isWatched(patterns, [path])).toBe(expected);
    });
  }

  it("is one of all files that changed", () => {
    expect(isWatched(["b"], ["a", "b", "c"])).toBe(true);
    expect(isWatched(["b"], [])).toBe(false);
  });
});

const head = "a".repeat(40);
const built = "b".repeat(40);

describe("comparisons", () => {
  const watching = { stack: "shop", service: "app/web", paths: ["web"], key: "k", head };
  const asked = { ...watching, source: noSource };

  it("are asked for once for all who want the same", async () => {
    let count = 0;
    const comparisons = createComparisons({
      changed() {
        count += 1;
        return Promise.resolve(["api/x"]);
      },
    });
    await Promise.all(
      ["a", "b", "c"].map((service) => comparisons.compare({ ...asked, service }, built)),
    );
    expect(count).toBe(1);
    expect([...comparisons.asGood({ ...watching, service: "b" })]).toEqual([built.slice(0, 12)]);
  });

  it("hold for one head and one list of paths", async () => {
    const comparisons = createComparisons({ changed: () => Promise.resolve(["api/x"]) });
    await comparisons.compare(asked, built);
    expect(comparisons.asGood(watching).size).toBe(1);
    expect(comparisons.asGood({ ...watching, head: "c".repeat(40) }).size).toBe(0);
    expect(comparisons.asGood({ ...watching, paths: ["api"] }).size).toBe(0);
  });

  it("that cannot be made make no commit as good as another", async () => {
    const comparisons = createComparisons({ changed: () => Promise.resolve(null) });
    await comparisons.compare(asked, built);
    expect(comparisons.asGood(watching).size).toBe(0);
  });
});

describe("a repository whose commits cannot be compared", () => {
  async function world() {
    const git = "{ url: https://git.example.com/a/b.git, follow: true, watchPaths: [web] }";
    const heading = "apiVersion: capstan/v1\nkind: Stack\nmetadata: { name: shop }";
    const spec = `spec: { applications: { web: { git: ${git} } } }`;
    const stack: DesiredStack = load({ "shop.yaml": `${heading}\n${spec}\n` }).stacks[0]!;
    const told: (string | null)[] = [];
    const sent: string[] = [];
    const state = { fails: true };
    const heads = createHeads({
      branches: {
        heads: () => Promise.resolve(new Map([["main", head]])),
        changed: () =>
          state.fails ? Promise.reject(new Error("it is down")) : Promise.resolve(["api/x"]),
      },
      wakeups: { goOn: (name) => void sent.push(name), renew: (name) => void sent.push(name) },
      failed: (_, __, error) => void told.push(error),
      ending: new AbortController().signal,
    });
    await heads.look([stack]);
    const from = new Map([["app/web", built]]);
    const compare = () => heads.compare(stack, from);
    return { stack, heads, told, sent, state, compare, look: () => heads.look([stack]) };
  }

  it("hides its newest commit until the next look, is told once, and its end once", async () => {
    const { stack, heads, told, sent, state, compare, look } = await world();
    expect(heads.of(stack).get("app/web")).toBe(head);
    await compare();
    expect(heads.of(stack).size).toBe(0);
    sent.length = 0;
    await look();
    expect(sent).toEqual(["shop"]);
    expect(heads.of(stack).get("app/web")).toBe(head);
    await compare();
    expect(told).toEqual(["it is down"]);
    state.fails = false;
    await look();
    await compare();
    expect(heads.of(stack).get("app/web")).toBe(head);
    expect([...(heads.asGood(stack).get("app/web") ?? [])]).toEqual([built.slice(0, 12)]);
    await look();
    await look();
    expect(told).toEqual(["it is down", null]);
  });
});
