// The real Prometheus scrapes a controller that is put together as in production.
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { metricRows } from "../../src/metrics/table.ts";
import { openForgeBench } from "../support/forge-bench.ts";
import type { ForgeBench } from "../support/forge-bench.ts";
import { programs, promtool, startPrometheus } from "../support/prometheus.ts";
import type { Prometheus } from "../support/prometheus.ts";
import { simpleStack } from "../support/scenario.ts";
import { until } from "../support/until.ts";

const rules = resolve("stacks/platform/observability/alerts.rules.yaml");
const token = "a-token-that-only-prometheus-has";

test.skipIf(programs === null)("promtool finds nothing wrong with the alert rules", async () => {
  const checked = await promtool(["check", "rules", "--lint=all", "--lint-fatal", rules]);
  expect(checked).toMatchObject({ ok: true, text: expect.stringContaining("SUCCESS") });
});

test.skipIf(programs === null)("the alerts fire when they should, and only then", async () => {
  const told = await promtool(["test", "rules", resolve("tests/metrics/alerts.cases.yaml")]);
  expect(told).toMatchObject({ ok: true, text: expect.stringContaining("SUCCESS") });
});

test("each alert has a case", () => {
  const names = (text: string, pattern: RegExp): readonly string[] =>
    [...new Set([...text.matchAll(pattern)].map(([, name = ""]) => name))].sort();
  const alerts = names(readFileSync(rules, "utf8"), /- alert: (\w+)/g);
  const cases = readFileSync("tests/metrics/alerts.cases.yaml", "utf8");
  expect(names(cases, /alertname="(\w+)"/g)).toEqual(alerts);
});

test.skipIf(programs === null)("the file of alerts is left out when stacks are read", () => {
  const ignored = readFileSync("stacks/.capstanignore", "utf8").split("\n");
  expect(ignored).toContain("platform/");
});

describe.skipIf(programs === null)("Prometheus", () => {
  const opened: { close(): Promise<void> }[] = [];
  let bench: ForgeBench;
  let prometheus: Prometheus;

  beforeAll(async () => {
    bench = await openForgeBench({
      files: {
        "stacks/shop.yaml": simpleStack("shop"),
        "stacks/blog.yaml": simpleStack("blog"),
      },
      environment: { METRICS_TOKEN: token, DEEP_CHECK_INTERVAL: "1s" },
    });
    opened.push(bench);
    await bench.ready("shop");
    await bench.ready("blog");
    const { host } = new URL(bench.controller().address);
    prometheus = await startPrometheus({
      global: { scrape_interval: "1s", evaluation_interval: "1s" },
      rule_files: [rules],
      scrape_configs: [
        {
          job_name: "capstan",
          authorization: { credentials: token },
          static_configs: [{ targets: [host] }],
        },
      ],
    });
    opened.push(prometheus);
    await until("it has scraped the controller", async () => {
      const [up] = await prometheus.query('up{job="capstan"}');
      return up?.value === 1;
    });
  });
  afterAll(async () => {
    for (const one of opened.reverse()) await one.close();
  });

  const value = async (query: string): Promise<number | undefined> =>
    (await prometheus.query(query))[0]?.value;

  test("has a series of every metric in the table, with the labels that it says", async () => {
    for (const row of metricRows) {
      const suffix = row.type === "histogram" ? "_count" : "";
      const found = await prometheus.query(`${row.name}${suffix}`);
      expect(found, row.name).not.toEqual([]);
      for (const { labels } of found) {
        const own = Object.keys(labels).filter(
          (label) => !["__name__", "instance", "job"].includes(label),
        );
        expect(own.sort()).toEqual(Object.keys(row.labels).sort());
        for (const [label, values] of Object.entries<readonly string[] | null>(row.labels)) {
          if (values !== null) expect(values).toContain(labels[label]);
        }
      }
    }
  });

  test("counts what happened", async () => {
    expect(await value('capstan_stacks{condition="Ready"}')).toBe(2);
    expect(await value('capstan_stacks{condition="NotReady"}')).toBe(0);
    expect(await value('capstan_rollouts_total{result="healthy"}')).toBe(2);
    expect(await value('capstan_reconciles_total{outcome="converged"}')).toBeGreaterThanOrEqual(2);
    expect(
      await value('capstan_dokploy_requests_total{procedure="application.deploy",outcome="ok"}'),
    ).toBe(2);
    expect(await value('capstan_git_fetches_total{outcome="ok"}')).toBeGreaterThanOrEqual(2);
    expect(await value('capstan_checks_told_total{outcome="told"}')).toBeGreaterThan(0);
    expect(await value('capstan_build_info{version="0.0.0"}')).toBe(1);
  });

  test("sees drift that was set back", async () => {
    const { state } = bench.simulator;
    const [application] = [...state.applications.values()];
    expect(await value("capstan_drift_corrections_total")).toBe(0);
    state.editApplication(application?.applicationId ?? "", {
      dockerImage: "ghcr.io/evil/miner:1",
    });
    await until("the correction is counted", async () => {
      return (await value("capstan_drift_corrections_total")) === 1;
    });
    await until("its rollout is counted", async () => {
      return (await value('capstan_rollouts_total{result="healthy"}')) === 3;
    });
  });

  test("sees a webhook and what comes of it", async () => {
    const commit = await bench.commitTo("main", {
      "stacks/shop.yaml": simpleStack("shop", { env: { MODE: "new" } }),
    });
    expect(await bench.deliverPush(commit)).toBe(202);
    await until("the webhook is counted", async () => {
      const query = 'capstan_webhook_deliveries_total{forge="gitea",outcome="accepted"}';
      return ((await value(query)) ?? 0) > 0;
    });
    await until("the new rollout is counted", async () => {
      return (await value('capstan_rollouts_total{result="healthy"}')) === 4;
    });
  });

  test("finds the alert rules well, and none of them fires", async () => {
    type Answer = {
      readonly groups: readonly {
        readonly rules: readonly {
          readonly name: string;
          readonly health: string;
          readonly state: string;
          readonly lastError?: string;
        }[];
      }[];
    };
    const evaluated = await until("all rules were evaluated", async () => {
      const { groups } = (await prometheus.api("/rules")) as Answer;
      const all = groups.flatMap((group) => group.rules);
      return all.length > 0 && all.every(({ health }) => health !== "unknown") ? all : null;
    });
    expect(evaluated.filter(({ health }) => health !== "ok")).toEqual([]);
    expect(evaluated.filter(({ state }) => state === "firing")).toEqual([]);
  });

  test("promtool finds nothing wrong with names, types and help", async () => {
    const answer = await fetch(`${bench.controller().address}/metrics`, {
      headers: { authorization: `Bearer ${token}` },
    });
    const text = await answer.text();
    expect(await promtool(["check", "metrics"], text)).toEqual({ ok: true, text: "" });
  });

  test("no stack's name is in it", async () => {
    const answer = await fetch(`${bench.controller().address}/metrics`, {
      headers: { authorization: `Bearer ${token}` },
    });
    expect(await answer.text()).not.toMatch(/shop|blog/);
  });
});
