// A stack of one compose service with something of everything that Dokploy does by the clock, and what a simulated server
// has of it.
import { expect } from "vitest";
import type { Plan } from "../../src/model/plan.ts";
import { actionTitle } from "../../src/plan/render/words.ts";
import type { ComposeRow } from "../../src/simulator/serviceRows.ts";
import type { BackupRow, ScheduleRow, VolumeBackupRow } from "../../src/simulator/timedRows.ts";
import { addDestination } from "./destination.ts";
import { createFastScenario } from "./fast-scenario.ts";
import type { Scenario } from "./scenario.ts";

export const secretsOf = { shop: "canary-password", tidy: "canary-command" };

export const tidy = 'service: web, cron: "0 2 * * *", command: ./tidy';
export const nightly =
  'service: db, type: mariadb, database: app, user: app, password: $(secrets.shop), cron: "0 3 * * *", destination: s3, keepLatest: 7';
export const weekly = 'service: db, volume: data, cron: "0 4 * * 0", destination: s3';
export const shared = 'service: web, volume: media, cron: "0 5 * * 0", destination: s3';

export interface Given {
  readonly schedules?: Readonly<Record<string, string>>;
  readonly backups?: Readonly<Record<string, string>>;
  readonly volumeBackups?: Readonly<Record<string, string>>;
  readonly type?: "docker-compose" | "stack";
  readonly adopt?: true;
}

export const everything: Given = {
  ...{ schedules: { tidy }, backups: { nightly }, volumeBackups: { weekly, shared } },
};

export const file = [
  "services:",
  "  web:",
  "    image: ghcr.io/acme/web:1",
  "    volumes: [media:/media]",
  "  db:",
  "    image: mariadb:11",
  "    volumes: [data:/var/lib/mysql]",
  "volumes:",
  "  data: {}",
  "  media: { name: shop-media }",
  "",
].join("\n");

export function stackText({ type = "docker-compose", adopt, ...timed }: Given): string {
  const sections = Object.entries(timed).flatMap(([name, entries]) => [
    `      ${name}:`,
    ...Object.entries(entries).map(([key, one]) => `        ${key}: { ${one} }`),
  ]);
  return [
    ...["apiVersion: capstan/v1", "kind: Stack", "metadata: { name: shop }", "spec:"],
    ...(adopt ? ["  adopt: true"] : []),
    ...["  compose:", "    queue:", "      file: ./queue.compose.yaml", `      type: ${type}`],
    "      rollout: { stableFor: 0s, timeout: 20s }",
    ...sections,
    "",
  ].join("\n");
}

/** All that a plan says of what changes, as people get to see it. */
export const shownOf = ({ actions }: Plan): string =>
  JSON.stringify(actions.map((action) => [actionTitle(action), action.changes]));

export interface ComposeTimed {
  readonly scenario: Scenario;
  compose(): ComposeRow;
  schedules(): readonly ScheduleRow[];
  backups(): readonly BackupRow[];
  /** By name. */
  volumes(): readonly VolumeBackupRow[];
  /** How many there are of each. */
  counts(): readonly number[];
  destinationId(name: string): string;
  push(given: Given, composeFile?: string): Promise<void>;
  /** Applies, and answers with what was written. */
  apply(given: Given, composeFile?: string): Promise<readonly string[]>;
  plan(): Promise<Plan>;
  /** Begins to look at everything on the server, again and again. */
  deepCheck(): Promise<void>;
}

export async function createComposeTimed(): Promise<ComposeTimed> {
  const scenario = await createFastScenario({ secrets: secretsOf });
  const { simulator } = scenario;
  const { state } = simulator;
  addDestination(simulator, "s3");
  addDestination(simulator, "other");
  const push = async (given: Given, composeFile = file): Promise<void> => {
    await scenario.push({ "shop.yaml": stackText(given), "queue.compose.yaml": composeFile });
  };
  const schedules = (): readonly ScheduleRow[] => [...state.schedules.values()];
  const backups = (): readonly BackupRow[] => [...state.backups.values()];
  const volumes = (): readonly VolumeBackupRow[] =>
    [...state.volumeBackups.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  return {
    ...{ scenario, push, schedules, backups, volumes },
    compose: () => [...state.compose.values()][0]!,
    counts: () => [schedules().length, backups().length, volumes().length],
    destinationId: (name) =>
      [...state.destinations.values()].find((row) => row.name === name)!.destinationId,
    async apply(given, composeFile) {
      await push(given, composeFile);
      scenario.writes();
      const result = await scenario.apply();
      expect(result.stacks.map(({ outcome }) => outcome.kind)).toEqual(["converged"]);
      return scenario.writes();
    },
    async plan() {
      await scenario.restart();
      const { plans } = await scenario.engine().plan();
      return plans[0]!;
    },
    async deepCheck() {
      await scenario.restart({ deepCheckIntervalMs: 3_000 });
      scenario.engine().start();
    },
  };
}
