import { expect, test } from "vitest";
import { stackInText } from "../../src/manifest/stack-in-text.ts";

const file = `# one
kind: StackTemplate
metadata: { name: shop }
---
kind: Stack
metadata: { name: blog }
---
kind: Stack
metadata: { name: shop }
`;

test("a stack's own document is found by kind and name", () => {
  expect(stackInText(file, "shop")?.index).toBe(2);
  expect(stackInText(file, "blog")?.document.getIn(["metadata", "name"])).toBe("blog");
  expect(stackInText(file, "other")).toBeNull();
});

test.each(["", "# nothing\n", "- Stack\n", "kind: Stack\n", "kind: Stack\nmetadata: [shop]\n"])(
  "there is none in %j",
  (text) => {
    expect(stackInText(text, "shop")).toBeNull();
  },
);
