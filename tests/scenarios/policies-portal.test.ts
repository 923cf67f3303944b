// The portal under policies: what they refuse is told while a name is typed, and before anything is committed.
import { afterEach, expect, test } from "vitest";
import { failure } from "../support/failure.ts";
import { openPortalBench, zoe } from "../support/portal-bench.ts";
import type { PortalBench } from "../support/portal-bench.ts";
import { until } from "../support/until.ts";

let bench: PortalBench;
afterEach(() => bench.close());

const policy = (allow: string): string =>
  `apiVersion: capstan/v1\nkind: Policy\nmetadata: { name: portal }\nspec: { match: { paths: [users/**] }, allow: { ${allow} } }\n`;
const open = async (allow: string): Promise<void> => {
  bench = await openPortalBench({ files: { "policies/portal.yaml": policy(allow) } });
};

test("P9 a name that a policy refuses is told as it is typed, and nothing is committed", async () => {
  await open("names: ['u-*']");
  const verdict = await bench.portal().check("ada", zoe);
  expect(verdict).toMatchObject({ available: false, valid: false });
  expect(verdict.error).toMatch(
    /^ada is not allowed: `metadata\.name` asks for the name ada, and the policy portal allows only the names u-\* \(policies\/portal\.yaml:4:\d+\)$/,
  );
  expect(await bench.portal().check("u-ada", zoe)).toMatchObject({ available: true, valid: true });
  const before = await bench.files();
  expect(await failure(bench.portal().deploy({ name: "ada" }, zoe))).toMatch(
    /^invalid: ada is not allowed/,
  );
  expect(await bench.files()).toEqual(before);
  await bench.portal().deploy({ name: "u-ada" }, zoe);
  await bench.ready("u-ada");
});

test("P9 a parameter, an owner and a total that a policy refuses are told before a commit", async () => {
  await open("images: [ghcr.io/acme/*], owners: ['token:*'], memory: { total: 4Gi }");
  const refused = (parameters: Readonly<Record<string, string>>): Promise<string> =>
    failure(bench.portal().deploy({ name: "ada", parameters }, zoe));
  expect(await refused({ image: "ghcr.io/evil/x:1" })).toContain(
    "runs the image ghcr.io/evil/x:1, and the policy portal allows only",
  );
  await bench.portal().deploy({ name: "ada", parameters: { memory: "4Gi" } }, zoe);
  await until("it is in Git", () => bench.controller().engine.loaded()?.byName.has("ada") === true);
  const verdict = await bench.portal().check("bea", zoe);
  expect(verdict.error).toContain("ask for 6Gi of memory together, and it allows 4Gi of memory");
});

test("P9 an operator hears that a policy lets the portal make nothing at all", async () => {
  await open("templates: [other]");
  const hindrance = await bench.controller().portalHindrance();
  expect(hindrance?.message).toContain("the policy portal allows only the templates other");
  await bench.push({ "policies/portal.yaml": policy("names: [u-*], owners: [token:zoe]") });
  await until("it is read", async () => (await bench.controller().portalHindrance()) === null);
});
