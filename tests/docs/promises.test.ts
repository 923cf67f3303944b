// What Capstan promises is a list of laws, and each names tests that exist and name the law.
import { globSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { docPage } from "./pages.ts";

const { text } = docPage("explanation/promises.md");

/** The rows of the promises, as `law` and the files that hold it. */
function promises(): readonly { readonly law: string; readonly files: readonly string[] }[] {
  return [...text.matchAll(/^\|.*\| ([A-Z]\d+[a-z]?) +\|(.*)\|$/gm)].map(
    ([, law = "", cell = ""]) => ({
      law,
      files: [...cell.matchAll(/`([^`]+)`/g)].map(([, file = ""]) => `tests/${file}.test.ts`),
    }),
  );
}

test("every law of Q, R, O, W and H is among its promises, once", () => {
  const all = Object.entries({ Q: 8, R: 8, O: 10, W: 12, H: 8 }).flatMap(([group, count]) =>
    Array.from({ length: count }, (_, index) => `${group}${index + 1}`),
  );
  const told = promises().map(({ law }) => law);
  expect(new Set(told).size).toBe(told.length);
  expect(told.filter((law) => /^[^P]\d+$/.test(law)).sort()).toEqual(all.sort());
});

for (const { law, files } of promises()) {
  test(`every test that it names for ${law} exists and begins with that number`, () => {
    expect(files).not.toEqual([]);
    // Laws stand in front of a name, one or several; other texts of a test are no first argument.
    const named = new RegExp(`\\(\\s*["'\`](?:[A-Z]\\d+[a-z]? )*${law} `);
    for (const pattern of files) {
      const texts = globSync(pattern).map((file) => readFileSync(file, "utf8"));
      expect(
        texts.filter((one) => named.test(one)),
        pattern,
      ).not.toEqual([]);
    }
  });
}
