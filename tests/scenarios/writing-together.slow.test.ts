// Law W3 for writes that share a request: whatever becomes of the batch, no stack gets anything twice.
import { expect, test } from "vitest";
import type { FaultRule } from "../../src/simulator/faults.ts";
import { createFastScenario } from "../support/fast-scenario.ts";
import { inParallel } from "../support/in-parallel.ts";
import { simpleStack } from "../support/scenario.ts";
import { worldPicture } from "../support/world-picture.ts";

const names = Array.from({ length: 8 }, (_, index) => `stack-${index}`);
const manifests = Object.fromEntries(
  names.map((name) => [
    `${name}.yaml`,
    simpleStack(name, {
      extra: [
        "      mounts: [ { type: volume, source: data, target: /data } ]",
        `      ports: [ { published: ${4_000 + names.indexOf(name)}, target: 22 } ]`,
      ].join("\n"),
    }),
  ]),
);

async function ending(rule: FaultRule | null) {
  const scenario = await createFastScenario();
  try {
    const { simulator } = scenario;
    if (rule !== null) simulator.faults.add(rule);
    await scenario.push(manifests);
    const { stacks } = await scenario.apply();
    const spent = simulator.faults.list().length === 0;
    const batches = simulator.log.entries.filter(({ write, batchSize }) => write && batchSize > 1);
    const picture = worldPicture(simulator);
    scenario.writes();
    await scenario.apply();
    const outcomes = stacks.map(({ outcome }) => outcome);
    return { outcomes, picture, spent, batches, writesAfter: scenario.writes() };
  } finally {
    await scenario.close();
  }
}

const creates = ["project.create", "application.create", "mounts.create", "port.create"] as const;
const kinds: readonly Omit<FaultRule, "procedure">[] = [
  { kind: "halfBatch" },
  { kind: "answerLost" },
  { kind: "reset" },
  { kind: "lateWrite", ms: 3_000 },
  { kind: "truncated" },
  { kind: "shortBatch" },
  { kind: "strangeItem" },
  { kind: "html502", applied: true },
  { kind: "batchRefused", status: 414 },
];

test.each(kinds)("W3 a shared request that ends in $kind makes nothing twice", async (fault) => {
  const undisturbed = await ending(null);
  const shared = undisturbed.batches.flatMap(({ procedures }) => procedures);
  expect(creates.filter((name) => !shared.includes(name))).toEqual([]);
  await inParallel([...creates, "application.update"], 3, async (procedure) => {
    const { outcomes, picture, spent, writesAfter } = await ending({ ...fault, procedure });
    expect(spent, `${procedure}: the fault struck`).toBe(true);
    expect(outcomes, procedure).toEqual(names.map(() => ({ kind: "converged" })));
    expect(picture, procedure).toEqual(undisturbed.picture);
    expect(writesAfter, procedure).toEqual([]);
  });
});
