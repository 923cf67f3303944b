// What tests look at in a scenario: statuses of stacks, and rows of the server by name.
import type { StackStatus } from "../../src/model/status.ts";
import type { ProjectRow } from "../../src/simulator/rows.ts";
import type { ApplicationRow } from "../../src/simulator/serviceRows.ts";
import type { Scenario } from "./scenario.ts";
import { worldPicture } from "./world-picture.ts";

export const statusOf = (scenario: Scenario, stack: string): StackStatus | undefined =>
  scenario
    .engine()
    .stacks()
    .find(({ name }) => name === stack);

export const conditionOf = (
  scenario: Scenario,
  stack: string,
  type: StackStatus["conditions"][number]["type"],
): StackStatus["conditions"][number] | undefined =>
  statusOf(scenario, stack)?.conditions.find((condition) => condition.type === type);

export const isReady = (scenario: Scenario, stack: string): boolean =>
  conditionOf(scenario, stack, "Ready")?.status === "True";

export const projectNames = (scenario: Scenario): readonly string[] =>
  worldPicture(scenario.simulator).projects.map(({ name }) => name);

/** The project of this name, which must be there. */
export function projectOf(scenario: Scenario, name: string): ProjectRow {
  const found = [...scenario.simulator.state.projects.values()].find((row) => row.name === name);
  if (found === undefined) throw new Error(`no project ${name}`);
  return found;
}

/** The first application of the stack, which must be there. */
export function applicationOf(scenario: Scenario, stack: string): ApplicationRow {
  const found = [...scenario.simulator.state.applications.values()].find(({ appName }) =>
    appName.startsWith(`${stack}-`),
  );
  if (found === undefined) throw new Error(`no application of ${stack}`);
  return found;
}
