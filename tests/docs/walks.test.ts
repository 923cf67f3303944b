// Every command of the documentation is typed by a test, or left out with a reason.
import { expect, test } from "vitest";
import { leftOut } from "./left-out.ts";
import { commandsOf, nameOf } from "./page-commands.ts";
import { pages } from "./pages.ts";
import { notRun } from "./walk.ts";

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
