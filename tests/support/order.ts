// What tests of the order of stacks ask a scenario: how a stack ended, what it waits for, what was
// deployed first.
import type { Outcome, StackStatus } from "../../src/model/status.ts";
import { createScenario, simpleStack } from "./scenario.ts";
import type { Scenario, ScenarioOptions } from "./scenario.ts";
import { until } from "./until.ts";

export interface OrderScenario extends Scenario {
  readonly status: (name: string) => StackStatus | undefined;
  readonly isReady: (name: string) => boolean;
  /** Not ready as it was before: its run over this commit has ended so. */
  readonly isReadyAt: (name: string, commit: string) => boolean;
  readonly isDegraded: (name: string) => boolean;
  /** The message of a stack that waits for this reason; null when it does not. */
  readonly waits: (
    name: string,
    reason: Extract<Outcome, { kind: "waiting" }>["reason"],
  ) => string | null;
  readonly applicationId: (name: string) => string;
  readonly image: (name: string) => string | null | undefined;
  /** Names of the projects, sorted. */
  readonly projects: () => readonly string[];
  /** Names of stacks in the order in which their deployments began. */
  readonly deployed: () => readonly string[];
  /** Pushes, starts the loop and waits until every stack of these files is Ready. */
  readonly run: (files: Readonly<Record<string, string>>) => Promise<void>;
}

/** Without resync, so that nothing but its own triggers moves a stack. */
export async function createOrderScenario(options: ScenarioOptions = {}): Promise<OrderScenario> {
  const scenario = await createScenario({
    ...options,
    engine: { resyncIntervalMs: 3_600_000, deepCheckIntervalMs: 3_600_000, ...options.engine },
  });
  const { state } = scenario.simulator;
  const application = (name: string) =>
    [...state.applications.values()].find(({ appName }) => appName.startsWith(`${name}-`));
  const status = (name: string): StackStatus | undefined =>
    scenario
      .engine()
      .stacks()
      .find((one) => one.name === name);
  const isReady = (name: string): boolean =>
    status(name)?.conditions.some(({ type, status: is }) => type === "Ready" && is === "True") ??
    false;
  return {
    ...scenario,
    status,
    isReady,
    isReadyAt: (name, commit) => isReady(name) && status(name)?.revision === commit,
    isDegraded: (name) => status(name)?.outcome.kind === "degraded",
    waits(name, reason) {
      const outcome = status(name)?.outcome;
      return outcome?.kind === "waiting" && outcome.reason === reason ? outcome.message : null;
    },
    applicationId: (name) => application(name)?.applicationId ?? "",
    image: (name) => application(name)?.dockerImage,
    projects: () => [...state.projects.values()].map(({ name }) => name).sort(),
    deployed: () =>
      [...state.deployments.values()].map(({ applicationId }) => {
        const rows = [...state.applications.values()];
        const row = rows.find((one) => one.applicationId === applicationId);
        return row?.appName.split("-")[0] ?? "";
      }),
    async run(files) {
      await scenario.push(files);
      scenario.engine().start();
      const stacks = Object.entries(files)
        .filter(([, content]) => content.includes("kind: Stack\n"))
        .map(([path]) => path.replace(/\.yaml$/, ""));
      await until("all are ready", () => stacks.every(isReady));
      scenario.writes();
    },
  };
}

export const withHeader = (manifest: string, header: string): string =>
  manifest.replace("spec:", `spec:\n  ${header}`);

/** A stack that depends on others. */
export const dependent = (name: string, on: string, image?: string): string =>
  withHeader(simpleStack(name, image === undefined ? {} : { image }), `dependsOn: [${on}]`);
