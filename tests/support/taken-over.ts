// The whole way of a server into Git: exported, committed, adopted and planned, with a look at what changed on it.
import { expect } from "vitest";
import { exportServer } from "../../src/cli/export-server.ts";
import type { Exported } from "../../src/export/export.ts";
import { filesOf, secretsOf } from "../../src/export/files.ts";
import { platformOn } from "../dokploy/support.ts";
import { fillByHand, worldOf } from "./hand-made-server.ts";
import type { HandMadeProject } from "./hand-made-server.ts";
import type { Scenario } from "./scenario.ts";

export async function exportedFrom(
  scenario: Scenario,
  projects: readonly string[] = [],
): Promise<Exported> {
  const { url, apiKey } = scenario.simulator;
  const platform = platformOn(url, { apiKey });
  try {
    const asked = { projects, mode: "detected" } as const;
    const read = await exportServer(platform, asked, () => undefined);
    return read.exported;
  } finally {
    await platform.close();
  }
}

/** Exports, commits and adopts; nothing may have changed but descriptions. */
export async function takenOver(
  scenario: Scenario,
  projects: readonly HandMadeProject[],
): Promise<Exported> {
  await fillByHand(scenario.simulator, projects);
  const before = worldOf(scenario.simulator);
  const result = await exportedFrom(scenario);
  const files = filesOf(result);
  for (const [name, value] of secretsOf(result, files)) scenario.secrets.set(name, value);
  // Nothing of it runs.
  if (files.size === 0) return result;
  await scenario.push(Object.fromEntries(files));
  scenario.writes();
  const pass = await scenario.apply({ prune: false, marksOnly: true });
  expect(pass.problems).toEqual([]);
  const failed = pass.stacks.filter(({ outcome }) => outcome.kind !== "converged");
  expect(failed.map(({ name, outcome, plan }) => ({ name, outcome, plan }))).toEqual([]);
  expect(worldOf(scenario.simulator)).toBe(before);
  const written = new Set(scenario.writes());
  for (const procedure of written) expect(procedure).toMatch(/\.update$/);
  const plan = await scenario.engine().plan();
  expect(plan.plans.flatMap(({ actions }) => actions)).toEqual([]);
  return result;
}
