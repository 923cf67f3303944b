// A stack whose service is built from a repository, and what scenarios look at of it.
import { afterEach, beforeEach } from "vitest";
import { parseMarker } from "../../src/model/marker.ts";
import type { Marker } from "../../src/model/marker.ts";
import type { ApplicationRow } from "../../src/simulator/serviceRows.ts";
import { createCodeRepository } from "./code-repository.ts";
import type { CodeRepository } from "./code-repository.ts";
import { createFastScenario } from "./fast-scenario.ts";
import { addNamed } from "./git-sources.ts";
import type { Scenario, ScenarioOptions } from "./scenario.ts";
import { until } from "./until.ts";

export interface Given {
  /** More fields of `git`, each with a comma before it. */
  readonly git?: string;
  readonly build?: string;
  readonly env?: string;
  /** More fields of `rollout`, each with a comma before it. */
  readonly rollout?: string;
}

export interface CodeWorld {
  readonly scenario: () => Scenario;
  readonly code: () => CodeRepository;
  /** From now on Dokploy finds no repository there. */
  readonly lose: (isLost: boolean) => void;
  /** The manifest. */
  readonly shop: (given?: Given) => string;
  readonly applications: () => readonly ApplicationRow[];
  readonly web: () => ApplicationRow;
  readonly marker: () => Marker | null;
  readonly deploys: () => number;
  /** Whether what Git wants is what runs, by the marker. */
  readonly isSettled: () => boolean;
  readonly ready: () => { readonly status: string; readonly message: string };
  readonly messages: () => readonly string[];
  /** Waits until the server was listed so many more times. */
  readonly passes: (count: number) => Promise<void>;
  /** A controller in place of the one that ran. */
  readonly start: () => Promise<void>;
}

/** For each test of the file, a world of its own. */
export function useCodeWorld(options: ScenarioOptions = {}): CodeWorld {
  let scenario: Scenario;
  let code: CodeRepository;
  let isGone = false;
  beforeEach(async () => {
    isGone = false;
    code = await createCodeRepository();
    const { repositories: all } = code;
    const repositories = {
      ...all,
      at: (url: string, ref: string) => (isGone ? Promise.resolve(null) : all.at(url, ref)),
    };
    const simulator = { timeScale: 0.02, repositories, ...options.simulator };
    scenario = await createFastScenario({ ...options, simulator });
    addNamed(scenario.simulator);
  });
  afterEach(async () => {
    await scenario.close();
    await code.close();
  });

  const applications = (): readonly ApplicationRow[] => [
    ...scenario.simulator.state.applications.values(),
  ];
  const marker = (): Marker | null => parseMarker(applications()[0]?.description ?? null);
  return {
    scenario: () => scenario,
    code: () => code,
    lose(isLost) {
      isGone = isLost;
    },
    shop: ({ git = "", build = "", env = "live", rollout = "" } = {}) =>
      [
        "apiVersion: capstan/v1",
        "kind: Stack",
        "metadata: { name: shop }",
        "spec:",
        "  applications:",
        "    web:",
        `      git: { url: ${code.url}${git} }`,
        ...(build === "" ? [] : [`      build: { ${build} }`]),
        `      env: { MODE: ${env} }`,
        `      rollout: { stableFor: 0s, timeout: 60s${rollout} }`,
        "",
      ].join("\n"),
    applications,
    web: () => applications()[0]!,
    marker,
    deploys: () => scenario.simulator.log.count("application.deploy"),
    isSettled: () =>
      (marker()?.done ?? null) !== null &&
      JSON.stringify(marker()?.want) === JSON.stringify(marker()?.done),
    ready() {
      const shop = scenario
        .engine()
        .stacks()
        .find(({ name }) => name === "shop");
      return (
        shop?.conditions.find(({ type }) => type === "Ready") ?? { status: "none", message: "" }
      );
    },
    messages: () =>
      scenario
        .engine()
        .events()
        .map(({ message }) => message),
    async passes(count) {
      const listed = (): number => scenario.simulator.log.count("project.all");
      const before = listed();
      await until(`it was listed ${count} times`, () => listed() >= before + count);
    },
    async start() {
      await scenario.restart();
      await scenario.engine().lead();
      scenario.engine().start();
    },
  };
}
