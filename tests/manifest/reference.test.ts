import { join } from "node:path";
import { expect, test } from "vitest";
import { policySchema } from "../../src/model/manifest-policy.ts";
import { stackSchema } from "../../src/model/manifest.ts";
import { fieldLines, referenceText, servicesOfManifest } from "../support/manifest-reference.ts";

test("the reference of the manifest is the one that the schemas make", async () => {
  const file = join(import.meta.dirname, "../../src/http/public/docs/reference/fields.md");
  await expect(referenceText()).toMatchFileSnapshot(file);
});

test("every field says what it is", () => {
  const silent = [
    ...fieldLines(stackSchema),
    ...fieldLines(policySchema),
    ...servicesOfManifest.flatMap(({ schema, section }) =>
      fieldLines(schema).map((line) => ({ ...line, path: `${section}.${line.path}` })),
    ),
  ].filter(({ description }) => description === "");
  expect(silent.map(({ path }) => path)).toEqual([]);
});
