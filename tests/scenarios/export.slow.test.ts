// Servers of any kind, and a large one, become Git's without anything of them changing.
import fc from "fast-check";
import { expect, test } from "vitest";
import { aProject } from "../support/hand-made-server.ts";
import type { HandMadeProject } from "../support/hand-made-server.ts";
import { createScenario } from "../support/scenario.ts";
import { takenOver } from "../support/taken-over.ts";

/** How many services went into manifests, and how many were left out. */
async function countsOf(
  projects: readonly HandMadeProject[],
): Promise<{ readonly taken: number; readonly left: readonly string[] }> {
  const scenario = await createScenario({ simulator: { timeScale: 0.01 } });
  try {
    const { stacks, nothing } = await takenOver(scenario, projects);
    return {
      taken: stacks.reduce((sum, { drafts }) => sum + drafts.length, 0),
      left: [...stacks, ...nothing].flatMap(({ leftOut }) => leftOut),
    };
  } finally {
    await scenario.close();
  }
}

test("200 projects of all kinds: exported, adopted, planned empty, and nothing was deployed", async () => {
  const projects = fc.sample(aProject, { numRuns: 200, seed: 11 });
  const { taken, left } = await countsOf(projects);
  // What does not run, or stands where no manifest can say it, is left out; most of the rest is not.
  expect(taken).toBeGreaterThan(200);
  expect(left.every((line) => line.includes(": "))).toBe(true);
}, 600_000);

test("random servers are taken over with no write but markers", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(aProject, { minLength: 1, maxLength: 4 }), async (projects) => {
      await countsOf(projects);
    }),
    { numRuns: 25 },
  );
}, 600_000);
