// Order inside a stack: what names a database, or says `dependsOn`, is deployed when that runs.
import { afterEach, expect, test } from "vitest";
import { createFastScenario } from "../support/fast-scenario.ts";
import type { Scenario } from "../support/scenario.ts";
import { until } from "../support/until.ts";

let scenario: Scenario;
afterEach(() => scenario.close());

const rollout = "{ stableFor: 0s, timeout: 20s }";

function shop({ image = "postgres:17", web = "ghcr.io/acme/web:1" } = {}): string {
  return `apiVersion: capstan/v1
kind: Stack
metadata: { name: shop }
spec:
  databases:
    db: { type: postgres, image: "${image}", database: shop, user: shop, password: $(secrets.shop-db), rollout: ${rollout} }
  applications:
    api: { image: "${web}", env: { URL: $(services.db.url) }, rollout: ${rollout} }
    web: { image: "${web}", dependsOn: [api], rollout: ${rollout} }
    alone: { image: "${web}", rollout: ${rollout} }
`;
}

const deployed = (): readonly string[] => {
  const { applications } = scenario.simulator.state;
  return scenario.simulator.log.entries.flatMap(({ procedures, body }) =>
    procedures.flatMap((procedure) => {
      if (procedure === "postgres.deploy") return ["db"];
      if (procedure !== "application.deploy") return [];
      const { applicationId } = body as { applicationId: string };
      return [applications.get(applicationId)?.name ?? "?"];
    }),
  );
};
const outcome = () => scenario.engine().stacks()[0]?.outcome;

/** Nothing is called done while something waits in line. */
function onlyTheEndIsInSync(): void {
  const outcomes = scenario
    .engine()
    .events()
    .filter(({ kind }) => kind === "outcome");
  const ends = outcomes.filter(({ message }) => message === "in sync");
  expect(ends).toEqual([outcomes.at(-1)]);
}

test("W10 each service is deployed when those that it needs run, and the others at once", async () => {
  scenario = await createFastScenario({ secrets: { "shop-db": "canary-word" } });
  const release = scenario.simulator.faults.holdPulls("postgres");
  await scenario.push({ "shop.yaml": shop() });
  const { plans } = await scenario.engine().plan();
  const waits = plans[0]!.actions.flatMap((action) =>
    action.type === "rollout" ? [[action.service, action.waitsFor]] : [],
  );
  expect(waits).toEqual([
    ["app/alone", []],
    ["db/db", []],
    ["app/api", ["db/db"]],
    ["app/web", ["app/api"]],
  ]);
  scenario.engine().start();
  await until("the database is being deployed, and what needs nothing", () =>
    ["db", "alone"].every((name) => deployed().includes(name)),
  );
  await until("all are made", () => scenario.simulator.state.applications.size === 3);
  expect(deployed()).not.toContain("api");
  release();
  await until("all run", () => outcome()?.kind === "converged");
  expect(deployed().filter((name) => name !== "alone")).toEqual(["db", "api", "web"]);
  onlyTheEndIsInSync();
  // H7: what waited says why it is deployed when it begins, as what did not wait.
  const told = scenario
    .engine()
    .events()
    .flatMap(({ kind, message }) =>
      kind === "action" && /deploy app.(api|web)/.test(message) ? message : [],
    );
  expect(told).toEqual([
    "deploy app/api waits: db/db must be healthy first",
    "deploy app/web waits: app/api must be healthy first",
    "deploy app/api (new application)",
    "deploy app/web (new application)",
  ]);

  scenario.writes();
  expect((await scenario.apply()).ok).toBe(true);
  expect(scenario.writes()).toEqual([]);
});

test("W10 what needs a service that fails is not deployed, and is when that is mended", async () => {
  scenario = await createFastScenario({ secrets: { "shop-db": "canary-word" } });
  await scenario.push({ "shop.yaml": shop() });
  expect((await scenario.apply()).ok).toBe(true);
  scenario.simulator.faults.image("postgres:17.1", "crash");
  scenario.simulator.log.clear();
  await scenario.push({ "shop.yaml": shop({ image: "postgres:17.1", web: "ghcr.io/acme/web:2" }) });
  expect((await scenario.apply()).ok).toBe(false);
  expect(outcome()?.kind).toBe("degraded");
  expect(JSON.stringify(outcome())).toContain("db");
  expect([...deployed()].sort()).toEqual(["alone", "db"]);
  await scenario.push({ "shop.yaml": shop({ image: "postgres:17.2", web: "ghcr.io/acme/web:2" }) });
  expect((await scenario.apply()).ok).toBe(true);
  expect(deployed().slice(-3)).toEqual(["db", "api", "web"]);
});

test("W12 a restart in the middle goes on in the same order", async () => {
  scenario = await createFastScenario({ secrets: { "shop-db": "canary-word" } });
  const release = scenario.simulator.faults.holdPulls("postgres");
  await scenario.push({ "shop.yaml": shop() });
  scenario.engine().start();
  await until("the database is being deployed", () => deployed().includes("db"));
  const restarted = scenario.restart();
  release();
  await restarted;
  scenario.engine().start();
  await until("all run", () => outcome()?.kind === "converged");
  expect(deployed().filter((name) => name === "api" || name === "web")).toEqual(["api", "web"]);
  onlyTheEndIsInSync();
});

test("W10 what names a service of a compose file is deployed when all of that file runs", async () => {
  scenario = await createFastScenario();
  const release = scenario.simulator.faults.holdPulls("rabbitmq");
  await scenario.push({
    "shop.yaml": `apiVersion: capstan/v1
kind: Stack
metadata: { name: shop }
spec:
  applications:
    web: { image: "ghcr.io/acme/web:1", env: { QUEUE: $(services.queue.rabbit.host) }, rollout: ${rollout} }
  compose:
    queue:
      rollout: ${rollout}
      content: |
        services:
          rabbit: { image: "rabbitmq:4", networks: [dokploy-network] }
        networks: { dokploy-network: { external: true } }
`,
  });
  const { log, state } = scenario.simulator;
  scenario.engine().start();
  await until("the file is being deployed", () => log.count("compose.deploy") === 1);
  await until("all are made", () => state.applications.size === 1);
  expect(log.count("application.deploy")).toBe(0);
  release();
  await until("all run", () => outcome()?.kind === "converged");
  expect([...state.applications.values()].map(({ env }) => env)).toEqual(["QUEUE=rabbit"]);
  expect(deployed()).toEqual(["web"]);
  onlyTheEndIsInSync();
});
