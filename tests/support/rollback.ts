// Scenarios of rollbacks (H4): a stack `shop` whose services come and fail, and what is to be seen of it.
import { expect } from "vitest";
import type { Outcome, StackStatus } from "../../src/model/status.ts";
import { createFastScenario } from "./fast-scenario.ts";
import type { Scenario, ScenarioOptions } from "./scenario.ts";
import { worldPicture } from "./world-picture.ts";

export interface Service {
  readonly image: string;
  readonly onFailure?: "keep" | "rollback";
  readonly env?: string;
  readonly extra?: string;
}

export const good = "ghcr.io/acme/web:1";
export const better = "ghcr.io/acme/web:3";
export const crashing = "ghcr.io/acme/crash:2";

export function shop(
  services: Readonly<Record<string, Service>>,
  spec: readonly string[] = [],
): string {
  return [
    "apiVersion: capstan/v1",
    "kind: Stack",
    "metadata: { name: shop }",
    "spec:",
    ...spec,
    "  applications:",
    ...Object.entries(services).flatMap(([name, { image, onFailure, env, extra }]) => [
      `    ${name}:`,
      `      image: ${image}`,
      `      rollout: { stableFor: 0s, timeout: 20s, onFailure: ${onFailure ?? "rollback"} }`,
      ...(env === undefined ? [] : [`      env: { MODE: "${env}" }`]),
      ...(extra === undefined ? [] : [extra]),
    ]),
    "",
  ].join("\n");
}
export const web = (image: string): string => shop({ web: { image } });

export const short = (commit: string): string => commit.slice(0, 12);

export const readyOf = (status: StackStatus | undefined) =>
  status?.conditions.find(({ type }) => type === "Ready");

export function rolledBack(outcome: Outcome | undefined): Extract<Outcome, { kind: "degraded" }> {
  expect(outcome).toMatchObject({ kind: "degraded", rollback: { state: "done" } });
  return outcome as Extract<Outcome, { kind: "degraded" }>;
}

export interface RollbackScenario extends Scenario {
  statusOf(name: string): StackStatus | undefined;
  /** What runs, by application. */
  ran(): Readonly<Record<string, string | null>>;
  deploys(): number;
  deletions(): readonly string[];
  applyShop(): Promise<StackStatus>;
  /** A pass writes nothing and ends as before. */
  isHeld(): Promise<StackStatus>;
  /** A healthy revision, then one that fails. */
  fail(
    before?: string,
    after?: string,
  ): Promise<{ readonly healthy: string; readonly failed: string; readonly status: StackStatus }>;
}

export async function createRollbackScenario(
  options: ScenarioOptions = {},
): Promise<RollbackScenario> {
  const scenario = await createFastScenario(options);
  const { simulator } = scenario;
  async function applyShop(): Promise<StackStatus> {
    const result = await scenario.apply();
    return result.stacks.find(({ name }) => name === "shop")!;
  }
  return {
    ...scenario,
    applyShop,
    statusOf: (name) =>
      scenario
        .engine()
        .stacks()
        .find((one) => one.name === name),
    ran: () =>
      Object.fromEntries(
        worldPicture(simulator).applications.map(({ name, runs }) => [name, runs]),
      ),
    deploys: () =>
      simulator.log.entries.filter(({ procedures }) => procedures.includes("application.deploy"))
        .length,
    deletions: () =>
      simulator.log.entries
        .flatMap(({ procedures }) => procedures)
        .filter((name) => /^(application\.delete|project\.remove|environment\.remove)$/.test(name)),
    async isHeld() {
      scenario.writes();
      const status = await applyShop();
      expect(scenario.writes()).toEqual([]);
      rolledBack(status.outcome);
      return status;
    },
    async fail(before = web(good), after = web(crashing)) {
      const healthy = await scenario.push({ "shop.yaml": before });
      expect((await scenario.apply()).ok).toBe(true);
      const failed = await scenario.push({ "shop.yaml": after });
      simulator.log.clear();
      return { healthy, failed, status: await applyShop() };
    },
  };
}
