import { expect, test } from "vitest";
import { sentTable } from "../../src/dokploy/sent-table.ts";
import fields from "../support/fields-0.30.2.json" with { type: "json" };
import { leftOut } from "../support/left-out.ts";

const procedures = Object.entries<readonly string[]>(fields).filter(([name]) =>
  Object.hasOwn(sentTable, name),
);

test.each(procedures)("each field of %s is sent, or left out with a reason", (procedure, takes) => {
  const sent = Object.keys(sentTable[procedure] ?? {}).map((name) => name.replace(/\?$/, ""));
  const out = leftOut.flatMap((group) => group.fields[procedure] ?? []);
  const unknown = takes.filter((field) => !sent.includes(field) && !out.includes(field));
  expect(unknown, "new in Dokploy").toEqual([]);
  expect(
    out.filter((field) => sent.includes(field)),
    "left out and sent all the same",
  ).toEqual([]);
});
