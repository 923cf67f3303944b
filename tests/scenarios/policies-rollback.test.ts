// H4 under policies: a stack goes back only to what the policies of now allow.
import { afterEach, beforeEach, expect, test } from "vitest";
import { crashing, createRollbackScenario, good, rolledBack, shop } from "../support/rollback.ts";
import type { RollbackScenario } from "../support/rollback.ts";

let scenario: RollbackScenario;
beforeEach(async () => {
  scenario = await createRollbackScenario();
});
afterEach(() => scenario.close());

const policy = (images: string): string =>
  `apiVersion: capstan/v1\nkind: Policy\nmetadata: { name: all }\nspec: { allow: { images: [${images}], bindMounts: ["**"] } }\n`;
const mounting = (image: string): string =>
  shop({ web: { image, extra: "      mounts: [ { type: bind, source: /srv/x, target: /x } ]" } });

test("P9 H4 a rollback does not lead to what a policy of now refuses", async () => {
  await scenario.push({ "shop.yaml": mounting(good) });
  expect((await scenario.applyShop()).outcome.kind).toBe("converged");
  await scenario.push({
    "shop.yaml": shop({ web: { image: crashing } }),
    "policies/all.yaml": policy("ghcr.io/acme/*").replace('bindMounts: ["**"]', "bindMounts: []"),
  });
  const { outcome } = await scenario.applyShop();
  expect(outcome).toMatchObject({ kind: "degraded" });
  expect(outcome).not.toHaveProperty("rollback");
  expect(JSON.stringify(scenario.statusOf("shop"))).toContain(
    "the policy all allows no bind mounts",
  );
});

test("P9 H4 a rollback leads to what is allowed, whatever the policies of then said", async () => {
  await scenario.push({ "shop.yaml": mounting(good), "policies/all.yaml": policy(good) });
  expect((await scenario.applyShop()).outcome.kind).toBe("converged");
  await scenario.push({
    "shop.yaml": mounting(crashing),
    "policies/all.yaml": policy("ghcr.io/acme/*"),
  });
  rolledBack((await scenario.applyShop()).outcome);
  expect(scenario.ran()).toEqual({ "shop-web": good });
});
