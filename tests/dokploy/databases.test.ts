// Databases of each kind as a real server stores them.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { creationFields, detailsShape } from "../../src/dokploy/kinds/table.ts";
import { databaseKinds, databaseRows } from "../../src/model/kinds/database-rows.ts";
import type { Configured } from "../../src/model/specs.ts";

function recorded(name: string): { readonly body: unknown; readonly response: unknown } {
  const text = readFileSync(new URL(`../recordings/${name}.json`, import.meta.url), "utf8");
  return JSON.parse(text) as { body: unknown; response: unknown };
}

/** No server has run a libsql database while somebody recorded it. */
const recordedKinds = databaseKinds.filter((kind) => kind !== "libsql");

test.each(recordedKinds)("a deployed %s is read as it was written", (kind) => {
  const details = detailsShape(kind).parse(recorded(`${kind}.one-deployed`).response);
  const { identity } = databaseRows[kind];
  const made = { database: "db", user: "u", password: "p", rootPassword: "r" };
  expect(details).toMatchObject({
    kind,
    // Dokploy's own volume is no mount of people's.
    children: [],
    foreignFields: new Set(),
    labels: {},
    spec: {
      ...{ image: "localhost:5000/tiny:1", env: { A: "1", B: "two words" }, replicas: 1 },
      aliases: [`rec-${kind}-alias`],
      ...Object.fromEntries(identity.map((field) => [field, made[field]])),
    },
  });
  const sent = creationFields({ kind, spec: details.spec } as Configured);
  const { name, appName, environmentId, description, ...own } = recorded(`${kind}.create-live`)
    .body as Record<string, unknown>;
  expect([name, appName, environmentId, description]).not.toContain(undefined);
  expect(sent).toEqual(own);
});
