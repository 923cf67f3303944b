// A stack whose service follows the tag of an image in a stand-in registry, and what scenarios look at of it.
import { afterEach, beforeEach } from "vitest";
import { httpClient } from "../../src/lib/http.ts";
import { parseMarker } from "../../src/model/marker.ts";
import type { Marker } from "../../src/model/marker.ts";
import { createRegistry } from "../../src/registry/registry.ts";
import { createFakeRegistry } from "./fake-registry.ts";
import type { FakeRegistry } from "./fake-registry.ts";
import { fastClock } from "./fast-clock.ts";
import { createFastScenario } from "./fast-scenario.ts";
import type { Scenario, ScenarioOptions } from "./scenario.ts";
import { until } from "./until.ts";

export interface ImageWorld {
  readonly scenario: () => Scenario;
  readonly registry: () => FakeRegistry;
  /** What docker pulls, where that is not what the registry tells: by the image. */
  readonly pulls: Map<string, string>;
  /** The manifest; `more`: lines of the application. */
  readonly shop: (more?: readonly string[], name?: string) => string;
  readonly marker: (name?: string) => Marker | null;
  readonly deploys: () => number;
  /** Whether what Git wants is what runs, by the marker. */
  readonly isSettled: (name?: string) => boolean;
  readonly ready: () => { readonly status: string; readonly message: string };
  readonly messages: () => readonly string[];
  /** Waits until the registry was asked so many more times. */
  readonly looks: (count: number) => Promise<void>;
  /** Waits until the server was listed so many more times. */
  readonly passes: (count: number) => Promise<void>;
  /** A controller in place of the one that ran. */
  readonly start: () => Promise<void>;
}

export const followed = "imagePolicy: { follow: digest }";

export function short(digest: string): string {
  return digest.replace("sha256:", "").slice(0, 12);
}

/** For each test of the file, a world of its own. */
export function useImageWorld(options: ScenarioOptions = {}): ImageWorld {
  let scenario: Scenario;
  let registry: FakeRegistry;
  const pulls = new Map<string, string>();
  beforeEach(async () => {
    pulls.clear();
    registry = await createFakeRegistry();
    const clock = fastClock({ times: 10, startMs: Date.now() });
    const digestOf = (image: string): string | null => pulls.get(image) ?? registry.digestOf(image);
    scenario = await createFastScenario({
      ...{ clock, registry: createRegistry({ http: httpClient, clock }) },
      ...options,
      simulator: { timeScale: 0.02, digestOf, ...options.simulator },
    });
  });
  afterEach(async () => {
    await scenario.close();
    await registry.close();
  });

  const marker = (name = "web"): Marker | null => {
    const rows = [...scenario.simulator.state.applications.values()];
    return parseMarker(rows.find((row) => row.name === name)?.description ?? null);
  };
  async function more(count: number, counted: () => number, what: string): Promise<void> {
    const before = counted();
    await until(`${what} ${count} times`, () => counted() >= before + count);
  }
  return {
    scenario: () => scenario,
    registry: () => registry,
    pulls,
    shop: (lines = [followed], name = "shop") =>
      [
        "apiVersion: capstan/v1",
        "kind: Stack",
        `metadata: { name: ${name} }`,
        "spec:",
        "  applications:",
        "    web:",
        `      image: ${registry.host}/acme/shop:1`,
        ...lines.map((line) => `      ${line}`),
        "      rollout: { stableFor: 0s, timeout: 60s }",
        "",
      ].join("\n"),
    marker,
    deploys: () => scenario.simulator.log.count("application.deploy"),
    isSettled: (name) =>
      (marker(name)?.done ?? null) !== null &&
      JSON.stringify(marker(name)?.want) === JSON.stringify(marker(name)?.done),
    ready() {
      const stack = scenario.engine().stacks()[0];
      return (
        stack?.conditions.find(({ type }) => type === "Ready") ?? { status: "none", message: "" }
      );
    },
    messages: () =>
      scenario
        .engine()
        .events()
        .map(({ message }) => message),
    looks: (count) => more(count, () => registry.requests.length, "the registry was asked"),
    passes: (count) =>
      more(count, () => scenario.simulator.log.count("project.all"), "the server was listed"),
    async start() {
      await scenario.restart();
      await scenario.engine().lead();
      scenario.engine().start();
    },
  };
}
