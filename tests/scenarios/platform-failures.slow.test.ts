// W7b end to end: a deploy that fails because a registry, the docker daemon or disk space is missing goes on
// being tried, counts as no attempt, and is told once.
import { afterEach, expect, test } from "vitest";
import { fastClock } from "../support/fast-clock.ts";
import { createFastScenario } from "../support/fast-scenario.ts";
import { conditionOf, statusOf } from "../support/looks.ts";
import { simpleStack, simpleStacks } from "../support/scenario.ts";
import type { Scenario } from "../support/scenario.ts";
import { until } from "../support/until.ts";

let scenario: Scenario;
afterEach(async () => {
  await scenario.close();
});

const rows = () => [...scenario.simulator.state.deployments.values()];
const failedRows = (): number => rows().filter(({ status }) => status === "error").length;
const status = (name = "shop") => statusOf(scenario, name);
const outcome = () => status()?.outcome;
const healthOf = (name: string) => conditionOf(scenario, name, "Healthy");
const isReady = (): boolean => outcome()?.kind === "converged";

function database(name: string): string {
  return [
    "apiVersion: capstan/v1",
    "kind: Stack",
    `metadata: { name: ${name} }`,
    "spec:",
    "  databases:",
    "    db:",
    "      type: postgres",
    '      image: "postgres:17"',
    "      database: shop",
    "      user: shop",
    "      password: $(secrets.shop-db)",
    "      rollout: { stableFor: 0s, timeout: 20s }",
    "",
  ].join("\n");
}

test("W7b a registry that does not answer counts as no attempt, is told once, and the deploy comes when it is back", async () => {
  scenario = await createFastScenario();
  scenario.simulator.faults.image("ghcr.io/acme/web", "unreachable");
  await scenario.push({ "shop.yaml": simpleStack("shop") });
  const engine = scenario.engine();
  engine.start();
  // A fourth failure would have ended it.
  await until("it was tried five times", () => failedRows() >= 5);
  await until("it waits", () => outcome()?.kind === "waiting");
  expect(outcome()).toMatchObject({ kind: "waiting", reason: "platform" });
  const ready = status()!.conditions.find(({ type }) => type === "Ready");
  expect(ready).toMatchObject({ status: "False", reason: "WaitingPlatform" });
  const told = engine
    .events()
    .filter(({ message }) => message.includes("the registry's name could not be resolved"));
  const kinds = told.map(({ kind }) => kind);
  expect(kinds.filter((kind) => kind === "rollout")).toHaveLength(1);
  expect(kinds.filter((kind) => kind === "outcome")).toHaveLength(1);
  // The configuration and the rollout of the second try.
  const actions = told.filter(({ kind }) => kind === "action").map(({ action }) => action?.type);
  expect(actions).toEqual(["configure-service", "rollout"]);
  expect(told[0]?.message).toMatch(/no such host.*; next try at \d\d:\d\d UTC$/);

  scenario.simulator.faults.image("ghcr.io/acme/web", "healthy");
  await until("it runs", isReady);
  expect(new Set(rows().map(({ title }) => title)).size).toBe(rows().length);
});

test("W7b the image's own failures still count, whatever the platform did before, and also after a restart", async () => {
  scenario = await createFastScenario();
  scenario.simulator.faults.image("ghcr.io/acme/web", "unreachable");
  await scenario.push({ "shop.yaml": simpleStack("shop") });
  scenario.engine().start();
  await until("the platform failed four times", () => failedRows() >= 4);
  await scenario.restart();
  scenario.engine().start();
  await until("it failed again after the restart", () => failedRows() >= 5);
  await until("it goes on", () => outcome()?.kind === "waiting");
  scenario.simulator.faults.image("ghcr.io/acme/web", "missing");
  await until("it is given up", () => outcome()?.kind === "degraded");
  expect(outcome()).toMatchObject({
    message: expect.stringContaining("tried 4 times") as string,
  });
});

test("W7b a new commit is deployed at once, whenever the next try is due", async () => {
  scenario = await createFastScenario();
  scenario.simulator.faults.image("ghcr.io/acme/web", "unreachable");
  await scenario.push({ "shop.yaml": simpleStack("shop") });
  scenario.engine().start();
  await until("it was tried five times", () => failedRows() >= 5);
  await scenario.push({ "shop.yaml": simpleStack("shop", { image: "ghcr.io/acme/other:2" }) });
  const before = failedRows();
  await until("the new image runs", isReady);
  expect(failedRows()).toBeLessThanOrEqual(before + 1);
});

test("W7b a database whose registry does not answer is tried until it does", async () => {
  scenario = await createFastScenario({ secrets: { "shop-db": "s3cret-pass" } });
  const { faults, log } = scenario.simulator;
  faults.image("postgres", "unreachable");
  await scenario.push({ "shop.yaml": database("shop") });
  const engine = scenario.engine();
  engine.start();
  await until("it was tried five times", () => log.count("postgres.deploy") >= 5);
  await until("it waits", () => outcome()?.kind === "waiting");
  expect(outcome()).toMatchObject({ reason: "platform" });
  faults.image("postgres", "healthy");
  await until("it runs", isReady);
});

test("W7b a single pass ends, and says what the platform lacks", async () => {
  scenario = await createFastScenario();
  scenario.simulator.faults.image("ghcr.io/acme/web", "unreachable");
  await scenario.push({ "shop.yaml": simpleStack("shop") });
  const result = await scenario.apply();
  expect(result.ok).toBe(false);
  expect(result.stacks[0]?.outcome).toMatchObject({
    reason: "platform",
    message: expect.stringMatching(
      /the registry's name could not be resolved.*next try at/,
    ) as string,
  });
});

for (const kind of ["application", "database"] as const) {
  test(`W7b an outage of docker is no failed rollout: ${kind}`, async () => {
    const clock = fastClock({ times: 10, startMs: Date.now() });
    scenario = await createFastScenario({ clock, secrets: { "shop-db": "s3cret-pass" } });
    const { faults } = scenario.simulator;
    const image = kind === "application" ? "ghcr.io/acme/web" : "postgres";
    const release = faults.holdPulls(image);
    await scenario.push({
      "shop.yaml": kind === "application" ? simpleStack("shop") : database("shop"),
    });
    const engine = scenario.engine();
    engine.start();
    await until("it is being deployed", () =>
      engine.events().some(({ rollout }) => rollout?.phase === "deploying"),
    );
    faults.dockerDown(true);
    release();
    await until("the outage is named", () => engine.state().swarmError !== null);
    // Longer than the rollout's time-out of 20 s.
    const untilMs = clock.now() + 30_000;
    await until("the time-out has passed", () => clock.now() > untilMs);
    expect(outcome()?.kind).not.toBe("degraded");
    faults.dockerDown(false);
    await until("it runs", isReady);
    expect(engine.state().swarmError).toBeNull();
    expect(engine.events().filter(({ rollout }) => rollout?.phase === "failed")).toEqual([]);
  });
}

test("W7b a single pass does not wait for ever for a swarm that is silent, and says so", async () => {
  const clock = fastClock({ times: 60, startMs: Date.now() });
  scenario = await createFastScenario({ clock });
  const watched = simpleStack("shop").replace(/stableFor: 0s, timeout: 20s/, "stableFor: 1h");
  await scenario.push({ "shop.yaml": watched });
  const pass = scenario.apply();
  await until("it is deployed", () => rows().some(({ status: is }) => is === "done"));
  scenario.simulator.faults.dockerDown(true);
  const result = await pass;
  expect(result.ok).toBe(false);
  expect(result.stacks[0]?.outcome).toMatchObject({
    message: expect.stringMatching(
      /the swarm has not answered since \d\d:\d\d UTC; waiting to judge/,
    ) as string,
  });
  const ends = scenario.engine().events();
  expect(ends.filter(({ rollout }) => rollout?.phase === "failed")).toEqual([]);
});

test("W7b while the swarm is silent, health is unknown with what was known last, and no stack tells it on its own", async () => {
  scenario = await createFastScenario();
  const names = ["blog", "shop"];
  await scenario.push(simpleStacks(names));
  const engine = scenario.engine();
  engine.start();
  const areReady = () => names.every((name) => status(name)?.outcome.kind === "converged");
  await until("both are ready", areReady);
  const before = engine.events().length;
  scenario.simulator.faults.dockerDown(true);
  await until("it is seen", () => names.every((name) => healthOf(name)?.status === "Unknown"));
  expect(healthOf("shop")).toMatchObject({
    reason: "SwarmUnreadable",
    message: expect.stringMatching(
      /^not known what is running: the swarm does not answer; last known at \d\d:\d\d UTC: all services are running/,
    ) as string,
  });
  const conditions = status()?.conditions.map((one) => [one.type, one.status]);
  expect(conditions).toEqual([
    ["Ready", "Unknown"],
    ["Synced", "True"],
    ["Healthy", "Unknown"],
    ["Suspended", "False"],
  ]);
  expect(engine.state().swarmError).toMatch(/^the swarm has not answered since \d\d:\d\d UTC/);
  scenario.simulator.faults.dockerDown(false);
  await until("both are ready again", areReady);
  expect(engine.state().swarmError).toBeNull();
  const told = engine.events().slice(before);
  expect(told.map(({ kind, stack }) => [kind, stack])).toEqual([["platform-error", null]]);
});

test("W7b a network without addresses is named, is no failed rollout, and all goes on when there are some", async () => {
  scenario = await createFastScenario();
  const { faults, state } = scenario.simulator;
  faults.noAddresses(true);
  await scenario.push({ "shop.yaml": simpleStack("shop") });
  scenario.engine().start();
  // Docker says in real seconds for how long a task has been new.
  const stuck = await until("it waits for an address", () =>
    [...state.swarmServices.values()].map((service) => service.unaddressed).find(Boolean),
  );
  stuck.since -= 60_000;
  const named = /a task has been new for more than 30 s without an error: .*no address/;
  const message = () => status()?.conditions.find(({ type }) => type === "Ready")?.message;
  await until("it is told as it happens", () =>
    scenario
      .engine()
      .events()
      .some((event) => named.test(event.message)),
  );
  await until("its time is over", () => outcome()?.kind === "waiting");
  expect(outcome()).toMatchObject({ reason: "platform" });
  expect(message()).toMatch(/the network has no address left/);
  faults.noAddresses(false);
  await until("it runs", isReady);
});
