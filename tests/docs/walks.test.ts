// Every command of the documentation is typed by a test, or left out with a reason.
import { globSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { leftOut } from "./left-out.ts";
import { commandsOf, nameOf } from "./page-commands.ts";
import { pages } from "./pages.ts";
import { notRun } from "./walk.ts";

/** Walked from beginning to end by `tutorial.slow.test.ts`. */
const isTutorial = (name: string): boolean => name.startsWith("tutorial/");

test("each page with commands is walked by one test, to its end", () => {
  const walked = globSync("tests/**/*.slow.test.ts").flatMap((file) => {
    const text = readFileSync(file, "utf8");
    if (!text.includes("walkOf(")) return [];
    const named = [...text.matchAll(/(?:walkOf|begun)\("([^"]+)"|^const page = "([^"]+)";$/gm)];
    // Each ends by looking for what was not typed.
    expect(text.split("walk.end();").length - 1, file).toBe(named.length);
    return named.map(([, one, other]) => one ?? other);
  });
  const asked = pages
    .filter((page) => !isTutorial(nameOf(page)))
    .filter((page) => notRun(nameOf(page), commandsOf(page), new Set()).length > 0);
  expect([...walked].sort()).toEqual(asked.map(nameOf).sort());
});

test("what is left out stands on its page, once, with a reason", () => {
  const known = new Set(
    pages.flatMap((page) => commandsOf(page).map(({ text }) => `${nameOf(page)}: ${text}`)),
  );
  const rows = leftOut.map(({ page, command }) => `${page}: ${command}`);
  expect(rows.filter((row) => !known.has(row))).toEqual([]);
  expect(new Set(rows).size).toBe(rows.length);
  for (const { command, why } of leftOut) expect(why.length, command).toBeGreaterThan(20);
});

test("a command that nobody types would be seen", () => {
  const one = { place: "how-to/dns.md:1", text: "capstan dns lst", shown: null, code: 0 };
  expect(notRun("how-to/dns.md", [one], new Set())).toEqual(["how-to/dns.md:1: capstan dns lst"]);
  expect(notRun("how-to/dns.md", [one], new Set([one]))).toEqual([]);
});
