import { expect, test } from "vitest";
import { nameHint, nearest } from "../../src/manifest/suggest.ts";

test("two letters in the wrong order are one slip", () => {
  expect(nearest("imgae", ["image", "mounts"])).toBe("image");
  expect(nearest("evn", ["env", "image"])).toBe("env");
  expect(nearest("protss", ["ports"])).toBe("ports");
});

test("what is too far away is not guessed", () => {
  expect(nearest("gaeim", ["image"])).toBe(null);
  expect(nearest("", ["image"])).toBe(null);
});

test("where nothing is near, those that there are are named, as far as anybody reads them", () => {
  expect(nameHint("zoo", "template", ["b", "a"], null)).toBe("known are a, b");
  expect(nameHint("zoo", "template", [], "look elsewhere")).toBe(
    "no template was found; look elsewhere",
  );
  const many = Array.from({ length: 12 }, (_, index) => `template-${index + 10}`);
  expect(nameHint("zoo", "template", many, null)).toMatch(/template-19 and 2 more$/);
});
