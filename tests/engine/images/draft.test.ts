// Where a newer image is written: in the stack's own manifest, and every other byte stays as it is.
import { expect, test } from "vitest";
import { draftOf } from "../../../src/engine/images/draft.ts";
import type { Update } from "../../../src/engine/images/updates.ts";

const base = [
  "kind: StackTemplate",
  "metadata: { name: shop }",
  "---",
  "# Of the shop.",
  "kind: Stack",
  "metadata: { name: shop }",
  "spec:",
  "  parameters: { image: 'a:1', other: x } # by the template",
  "  applications:",
  "    web: { image: a:2 } # by hand",
  "    made: { image: $(parameters.image) }",
  "  environments:",
  "    staging: { applications: { web: { image: a:3 } } }",
  "",
].join("\n");

function drafted(service: string, from: string) {
  const update: Update = {
    ...{ stack: "shop", service, file: "shop.yaml", from, to: "a:9", propose: "commit" },
  };
  const revision = { id: "1", title: "" };
  const files = [{ path: "shop.yaml", content: new TextEncoder().encode(base) }];
  return draftOf([update], { revision, files, unreadable: [] });
}

test.each([
  ["app/web", "a:2", "web: { image: a:2 }", "web: { image: a:9 }"],
  ["app/web@staging", "a:3", "image: a:3", "image: a:9"],
  ["app/made", "a:1", "image: 'a:1'", "image: 'a:9'"],
])("the image of %s is changed where it stands", (service, from, was, is) => {
  const { files, unwritten } = drafted(service, from);
  expect(unwritten).toEqual([]);
  expect(files).toEqual([{ path: "shop.yaml", content: base.replace(was, is), was: base }]);
});

test("what the manifest does not say itself is left alone, with why", () => {
  const { files, updates, unwritten } = drafted("app/web", "a:7");
  expect([files, updates]).toEqual([[], []]);
  expect(unwritten[0]?.why).toContain("it comes from a template");
});
