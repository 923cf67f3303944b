// A scenario that is searched for canaries: values that nothing may show. Between it and its Dokploy stands a proxy that
// can answer instead.
import { expect } from "vitest";
import { createLogger } from "../../src/lib/logger.ts";
import { renderJson } from "../../src/plan/render/json.ts";
import { renderLine } from "../../src/plan/render/line.ts";
import { renderMarkdown } from "../../src/plan/render/markdown.ts";
import { renderTerminal } from "../../src/plan/render/terminal.ts";
import { createFastScenario } from "./fast-scenario.ts";
import type { Scenario, ScenarioOptions } from "./scenario.ts";
import { watchProxy } from "./watch-proxy.ts";
import type { Passing, WatchProxy } from "./watch-proxy.ts";

/** What all canaries have and nothing else has. */
export const canary = /canary-[a-z]+-/;

export interface CanaryBench {
  readonly scenario: Scenario;
  /** Every line that was logged. */
  readonly lines: string[];
  /** Answers in place of Dokploy's. */
  instead: (passing: Passing) => { readonly status: number; readonly body: string } | null;
}

/** What it opened is pushed to `open`, to be closed in the reverse order. */
export async function canaryBench(
  open: { close(): Promise<void> }[],
  options: ScenarioOptions,
): Promise<CanaryBench> {
  const lines: string[] = [];
  const holder: { scenario: Scenario | null } = { scenario: null };
  const logger = createLogger({
    level: "debug",
    redactor: {
      register: () => undefined,
      redact: (text) => holder.scenario?.redactor.redact(text) ?? text,
    },
    write: (line) => void lines.push(line),
  });
  const bench: { -readonly [K in keyof CanaryBench]: CanaryBench[K] } = {
    scenario: null as never,
    lines,
    instead: () => null,
  };
  let proxy: WatchProxy | null = null;
  const scenario = await createFastScenario({
    ...options,
    logger,
    through: async (url) => {
      proxy = await watchProxy(url, { instead: (passing) => bench.instead(passing) });
      open.push(proxy);
      return proxy.url;
    },
  });
  open.push(scenario);
  holder.scenario = scenario;
  bench.scenario = scenario;
  return bench;
}

/** All that people and programs get to see. */
export async function outputs({ scenario, lines }: CanaryBench): Promise<Record<string, string>> {
  const engine = scenario.engine();
  const plan = await engine.plan();
  const statuses = engine.stacks();
  const documents = [
    plan,
    {
      ...plan,
      plans: statuses.flatMap((status) => (status.plan === null ? [] : [status.plan])),
    },
  ];
  return {
    events: JSON.stringify(engine.events()),
    statuses: JSON.stringify(statuses.map((status) => ({ ...status, plan: null }))),
    state: JSON.stringify(engine.state()),
    logs: lines.join("\n"),
    json: documents.map((document) => JSON.stringify(renderJson(document))).join("\n"),
    line: documents.map((document) => renderLine(document)).join("\n"),
    markdown: documents.map((document) => renderMarkdown(document)).join("\n"),
    terminal: documents
      .map((document) => renderTerminal(document, { colour: false, width: 120 }))
      .join("\n"),
  };
}

export async function expectNoCanary(bench: CanaryBench, when: string): Promise<void> {
  for (const [name, text] of Object.entries(await outputs(bench))) {
    expect(canary.exec(text)?.[0] ?? null, `${name}, ${when}`).toBeNull();
  }
}
