// Law H3 for what Dokploy applies at once: domains, redirects, basic auth, schedules and backups that somebody changed are
// put back, and reported as drift with field, was and is. What a commit changes is no drift.
import { afterEach, beforeEach, expect, test } from "vitest";
import { addDestination } from "../support/destination.ts";
import { createFastScenario } from "../support/fast-scenario.ts";
import type { Scenario } from "../support/scenario.ts";
import { until } from "../support/until.ts";

const shop = (port: number): string => `apiVersion: capstan/v1
kind: Stack
metadata: { name: shop }
spec:
  applications:
    web:
      image: ghcr.io/acme/web:1
      rollout: { stableFor: 0s, timeout: 20s }
      domains: [ { host: shop.example.com, port: ${port} } ]
      redirects: [ { regex: ^/old, replacement: /new, permanent: true } ]
      basicAuth: [ { username: ops, password: $(secrets.ops) } ]
      schedules: { report: { cron: "0 2 * * *", command: ./report } }
  databases:
    db:
      type: postgres
      image: postgres:17
      database: shop
      user: shop
      password: a-password
      rollout: { stableFor: 0s, timeout: 20s }
      backups: { nightly: { cron: "0 3 * * *", destination: s3 } }
`;

let scenario: Scenario;
beforeEach(async () => {
  scenario = await createFastScenario({ secrets: { ops: "canary-of-ops" } });
  addDestination(scenario.simulator, "s3");
  await scenario.push({ "shop.yaml": shop(8080) });
  expect((await scenario.apply()).ok).toBe(true);
});
afterEach(() => scenario.close());

const state = () => scenario.simulator.state;
const first = <T>(rows: Map<string, T>): T => [...rows.values()][0]!;
const drifts = () =>
  scenario
    .engine()
    .events()
    .filter(({ kind }) => kind === "drift");

const cases: readonly (readonly [
  what: string,
  change: () => void,
  path: string,
  was: string | null,
  is: string | null,
])[] = [
  [
    "a domain's port",
    () => Object.assign(first(state().domains), { port: 9090 }),
    "domains.shop.example.com",
    "port=9090 https=false certificate=none",
    "port=8080 https=false certificate=none",
  ],
  [
    "a schedule's time",
    () => Object.assign(first(state().schedules), { cronExpression: "0 9 * * *" }),
    "schedules.report.cron",
    "0 9 * * *",
    "0 2 * * *",
  ],
  [
    "a backup's time",
    () => Object.assign(first(state().backups), { schedule: "0 9 * * *" }),
    "backups.nightly.cron",
    "0 9 * * *",
    "0 3 * * *",
  ],
  [
    "a schedule that is gone",
    () => state().schedules.clear(),
    "schedules.report.cron",
    null,
    "0 2 * * *",
  ],
  [
    "a redirect",
    () => Object.assign(first(state().redirects), { replacement: "/elsewhere" }),
    "redirects.^/old",
    "(hidden)",
    "/new permanent",
  ],
  [
    "a password",
    () => Object.assign(first(state().security), { password: "canary-of-somebody" }),
    "basicAuth.ops",
    "(secret)",
    "(secret changed)",
  ],
];

test.each(cases)(
  "H3 %s is put back once, and told with was and is",
  async (_, change, path, was, is) => {
    await scenario.restart({ deepCheckIntervalMs: 3_000 });
    scenario.engine().start();
    change();
    await until("it is told", () => drifts().length > 0);
    const told = drifts();
    expect(told).toHaveLength(1);
    expect(told[0]?.changes).toContainEqual({ path, was, is });
    expect(told[0]?.message).toContain(`${path}: ${was ?? "-"} → ${is ?? "-"}`);
    expect(JSON.stringify(scenario.engine().events())).not.toContain("canary");
    // Without a deployment.
    expect(scenario.simulator.log.count("application.deploy")).toBe(1);
  },
);

test("what a commit changes is no drift", async () => {
  scenario.engine().start();
  await scenario.push({ "shop.yaml": shop(9090) });
  await until("it is written", () => first(state().domains).port === 9090);
  await until("it is done", () => scenario.engine().stacks()[0]?.outcome.kind === "converged");
  expect(drifts()).toEqual([]);
});
