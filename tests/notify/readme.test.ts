// The documentation's addresses and options are those that Capstan reads.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { noticeKinds } from "../../src/notify/notice.ts";
import { parseTarget } from "../../src/notify/target.ts";

const section = readFileSync("src/http/public/docs/how-to/notifications.md", "utf8");

test("every address in it is read, and every way has one", () => {
  const addresses = [...section.matchAll(/(?:[a-z]+\+https|smtps?):\/\/[^\s`]+/g)]
    .map(([text]) => text.replace("#secret=SECRET", "#secret=0123456789abcdef"))
    // Where only the login differs, the rest is left out.
    .filter((text) => !/^(?:smtps?:\/\/|ntfy\+https:\/\/USER:PASSWORD@…)$/.test(text));
  const ways = addresses.map((text) => {
    const parsed = parseTarget(text);
    if (!parsed.ok) throw new Error(`${text} ${parsed.problem}`);
    return parsed.target.way.type;
  });
  expect(new Set(ways)).toEqual(new Set(["slack", "discord", "matrix", "ntfy", "mail", "webhook"]));
});

test("every kind of notice is named", () => {
  for (const kind of noticeKinds) expect(section).toContain(`\`${kind}\``);
});
