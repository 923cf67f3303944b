// Names of previews: no two pull requests, whatever their repositories, share a name or a host, and each name can be read
// in one way only.
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  isPreviewHost,
  isPreviewName,
  previewHostPrefix,
  previewName,
  previewOf,
  pullKey,
  pullTitle,
  repositoryTag,
} from "../../src/model/preview-name.ts";
import type { PullId } from "../../src/model/preview-name.ts";
import { dnsLabelPattern, longestName } from "../../src/model/manifest-words.ts";
import { load, problemText } from "../manifest/support.ts";

const label = fc.stringMatching(/^[a-z0-9](?:[a-z0-9-]{0,12}[a-z0-9])?$/);
/** What could be mistaken for a part of the form. */
const tricky = fc.constantFrom(
  ...["7", "7-shop", "shop", "pr-7-shop", "k3f9x2", "k3f9x2-shop", "0-0", "a--b", "pr-7--k3f9x2"],
);
const stack = fc.oneof(label, tricky, fc.constant(repositoryTag("acme/web")));
const repository = fc.oneof(
  fc.constant(null),
  fc.constantFrom("acme/web", "acme/Web", "acme/web2", "acme/tools/web", "web/acme"),
  fc.tuple(label, label).map(([owner, name]) => `${owner}/${name}`),
);
const pull: fc.Arbitrary<PullId> = fc.record({
  repository,
  pull: fc.oneof(fc.constantFrom(1, 7, 71), fc.integer({ min: 1, max: 9_999_999_999 })),
});

test("no two of repository, number and stack share a name, and no two of repository and number a host", () => {
  fc.assert(
    fc.property(pull, stack, pull, stack, (one, ofOne, other, ofOther) => {
      const isSame = pullKey(one) === pullKey(other);
      expect(previewName(one, ofOne) === previewName(other, ofOther)).toBe(
        isSame && ofOne === ofOther,
      );
      expect(previewHostPrefix(one) === previewHostPrefix(other)).toBe(isSame);
      const host = `${previewHostPrefix(one)}shop.example.com`;
      expect(isPreviewHost(host, one)).toBe(true);
      expect(isPreviewHost(host, other)).toBe(isSame);
      const made = `${previewName(one, ofOne)}.example.com`;
      expect(isPreviewHost(made, one)).toBe(true);
      if (!isSame) expect(isPreviewHost(made, other)).toBe(false);
    }),
    { numRuns: 5_000 },
  );
});

test("a name tells the number, the tag of the repository and the stack, and is a DNS label; so is its host's", () => {
  fc.assert(
    fc.property(pull, stack, (one, of) => {
      const name = previewName(one, of);
      const tag = one.repository === null ? null : repositoryTag(one.repository);
      expect(previewOf(name)).toEqual({ pull: one.pull, tag, stack: of });
      expect(name).toMatch(dnsLabelPattern);
      // Of the longest name that a stack may have; the preview of one as long as that is refused.
      expect(name.length - of.length + longestName).toBeLessThanOrEqual(63);
      const first = previewHostPrefix(one).slice(0, -1);
      expect(first).toMatch(dnsLabelPattern);
      expect(first.length).toBeLessThanOrEqual(63);
    }),
  );
});

test("no stack in Git may be called like a preview, of whichever repository", () => {
  fc.assert(
    fc.property(pull, stack, (one, of) => {
      const name = previewName(one, of);
      fc.pre(name.length <= longestName);
      const spec = "spec: { applications: { web: { image: 'nginx:1' } } }";
      const text = `apiVersion: capstan/v1\nkind: Stack\nmetadata: { name: ${JSON.stringify(name)} }\n${spec}\n`;
      const { stacks, problems } = load({ "a.yaml": text });
      expect(stacks).toEqual([]);
      expect(problems.map(problemText).join("\n")).toContain("is of the form that previews");
    }),
    { numRuns: 50 },
  );
});

test("other names are left to stacks", () => {
  for (const name of [
    "pr-7",
    "pr-7-",
    "pr-07-shop",
    "pr-7--shop",
    "pr-7--k3f9x-shop",
    "pr-7th-a",
  ]) {
    expect(isPreviewName(name)).toBe(false);
  }
});

test("tags are spread evenly: none is that of two of many repositories", () => {
  const tags = Array.from({ length: 5_000 }, (_, index) => repositoryTag(`acme/service-${index}`));
  expect(new Set(tags).size).toBe(tags.length);
  expect(repositoryTag("Acme/Web")).toBe(repositoryTag("acme/web"));
  // They stand in names on servers: another one would lose them.
  expect(repositoryTag("acme/web")).toBe("39s8bm");
});

test("people read the repository, unless it is that of the stacks", () => {
  expect(pullTitle({ repository: null, pull: 7 })).toBe("#7");
  expect(pullTitle({ repository: "acme/web", pull: 7 })).toBe("acme/web#7");
});
