// Laws H4 and H8 together: of a template's stacks the first that fails goes back to what it was, and the
// others are not changed at all.
import { afterEach, beforeEach, expect, test } from "vitest";
import { createOrderScenario } from "../support/order.ts";
import type { OrderScenario } from "../support/order.ts";
import { rolledBack } from "../support/rollback.ts";
import { until } from "../support/until.ts";

let scenario: OrderScenario;
beforeEach(async () => {
  scenario = await createOrderScenario();
});
afterEach(() => scenario.close());

const names = ["ann", "bob", "cleo"];
const template = (tag: string): string =>
  [
    "apiVersion: capstan/v1",
    "kind: StackTemplate",
    "metadata: { name: box }",
    "spec:",
    "  rollout: { maxParallel: 1, stopOnFailure: true }",
    "  stack:",
    "    applications:",
    "      app:",
    `        image: ghcr.io/acme/${tag}`,
    "        rollout: { stableFor: 0s, timeout: 20s, onFailure: rollback }",
    "",
  ].join("\n");
const box = (name: string): string =>
  `apiVersion: capstan/v1\nkind: Stack\nmetadata: { name: ${name} }\nspec: { template: box }\n`;

/** A change of the template that no stack survives; the one that had its turn. */
async function breakTemplate(): Promise<string> {
  const stacks = Object.fromEntries(names.map((name) => [`${name}.yaml`, box(name)]));
  await scenario.run({ "box.yaml": template("box:1"), ...stacks });
  await scenario.push({ "box.yaml": template("crash:2") });
  return until("one was rolled back", () =>
    names.find((name) => {
      const outcome = scenario.status(name)?.outcome;
      return outcome?.kind === "degraded" && outcome.rollback?.state === "done";
    }),
  );
}
async function othersWait(failed: string): Promise<void> {
  const others = names.filter((name) => name !== failed);
  const words = `${failed} failed on the newest change of the template box: rolled back from `;
  await until("the others say so", () =>
    others.every((name) => scenario.waits(name, "template")?.startsWith(words)),
  );
}
const images = () => names.map(scenario.image);
const all = (tag: string) => names.map(() => `ghcr.io/acme/${tag}`);

test("H8 H4 a stack that was rolled back stops its template's rollout, until the template changes again", async () => {
  const failed = await breakTemplate();
  await othersWait(failed);
  expect(images()).toEqual(all("box:1"));
  expect(scenario.deployed().filter((name) => name !== failed)).toHaveLength(2);

  await scenario.push({ "box.yaml": template("box:3") });
  await until(
    "the next change reaches all",
    () => names.every(scenario.isReady) && images().every((image) => image?.endsWith(":3")),
  );
});

test("H8 H4 after a restart one that is held still stops the others", async () => {
  const failed = await breakTemplate();
  await othersWait(failed);
  const before = scenario.deployed().length;
  await scenario.restart();
  scenario.engine().start();
  await othersWait(failed);
  rolledBack(scenario.status(failed)?.outcome);
  expect(images()).toEqual(all("box:1"));
  expect(scenario.deployed()).toHaveLength(before);
});
