// The controller as people run it: it sees pushes by itself, heals what was changed on the server,
// and says what does not run.
import { afterEach, beforeEach, expect, test } from "vitest";
import { conditionOf, isReady } from "../support/looks.ts";
import { createScenario, simpleStack } from "../support/scenario.ts";
import type { Scenario } from "../support/scenario.ts";
import { until } from "../support/until.ts";

let scenario: Scenario;
beforeEach(async () => {
  scenario = await createScenario({
    engine: { deepCheckIntervalMs: 1_000, pollSchedule: "* * * * * *" },
  });
});
afterEach(() => scenario.close());

const ready = (name: string): boolean => isReady(scenario, name);
const application = () => [...scenario.simulator.state.applications.values()][0]!;
const service = () => scenario.simulator.state.swarmServices.get(application().appName);

async function running(manifest: string): Promise<void> {
  await scenario.push({ "shop.yaml": manifest });
  scenario.engine().start();
  await until("the stack is ready", () => ready("shop"));
}

test("a push of a new stack is seen and runs, and its removal is seen too", async () => {
  await running(simpleStack("shop"));
  await scenario.push({ "blog.yaml": simpleStack("blog"), "news.yaml": simpleStack("news") });
  await until("the second stack is ready", () => ready("blog") && ready("news"));
  expect(scenario.simulator.state.swarmServices.size).toBe(3);
  await scenario.push({ "blog.yaml": null });
  await until("the stack is gone", () => scenario.simulator.state.projects.size === 2);
  await until("its service is gone", () => scenario.simulator.state.swarmServices.size === 2);
});

test("H3 drift in an owned field is corrected once and told with field, was and is", async () => {
  await running(simpleStack("shop"));
  scenario.simulator.state.editApplication(application().applicationId, {
    dockerImage: "ghcr.io/evil/miner:1",
  });
  await until("the image is back", () => application().dockerImage === "ghcr.io/acme/web:1");
  const drift = await until("the drift is told", () =>
    scenario
      .engine()
      .events()
      .find(({ kind }) => kind === "drift"),
  );
  expect(drift.message).toContain("image: ghcr.io/evil/miner:1 → ghcr.io/acme/web:1");
  await until("it runs again", () => ready("shop"));
});

test("H3 a project variable that was changed by hand is put back, and what uses it deployed again", async () => {
  const uses = simpleStack("shop", { env: { MODE: "${{project.MODE}}" } });
  await running(uses.replace("spec:", "spec:\n  variables: { MODE: live }"));
  // The list alone shows it.
  await scenario.restart({ resyncIntervalMs: 1_000 });
  scenario.engine().start();
  await until("it is ready again", () => ready("shop"));
  const { state } = scenario.simulator;
  const [project] = [...state.projects.values()];
  if (project === undefined) throw new Error("there is no project");
  state.editProject(project.projectId, { env: "MODE=mining" });
  await until("it is put back", () => state.projects.get(project.projectId)?.env.includes("live"));
  await until("it is deployed again for that", () =>
    scenario
      .engine()
      .deploys("shop")
      .some(({ reason }) => reason.includes("variables.MODE")),
  );
  await until("it is ready", () => ready("shop"));
});

test("H3 selfHeal: false tells of drift and leaves it", async () => {
  const manifest = simpleStack("shop").replace("spec:", "spec:\n  sync: { selfHeal: false }");
  await running(manifest);
  scenario.simulator.state.editApplication(application().applicationId, { replicas: 2 });
  const note = await until("the drift is noted", () =>
    scenario
      .engine()
      .stacks()
      .flatMap(({ plan }) => plan?.notes ?? [])
      .find(({ kind }) => kind === "ignored-drift"),
  );
  expect(note.message).toContain("replicas");
  expect(application().replicas).toBe(2);
});

test("H2 a service that was removed by hand is seen, named and brought back", async () => {
  await running(simpleStack("shop"));
  const { appName } = application();
  scenario.simulator.state.removeSwarmService(appName);
  await until("it runs again", () => service() !== undefined);
  await until("it was told", () =>
    scenario
      .engine()
      .events()
      .some(({ message }) => message.includes("its swarm service was removed by hand")),
  );
});

test("H2 an application that was stopped by hand is seen, named and started", async () => {
  await running(simpleStack("shop"));
  scenario.simulator.state.stopApplication(application().applicationId);
  await until("it was told", () =>
    scenario
      .engine()
      .events()
      .some(({ message }) => message.includes("it was stopped by hand")),
  );
  await until(
    "it runs again",
    () => service()?.spec.Mode.Replicated.Replicas === 1 && ready("shop"),
  );
});

test("H2 a crash loop that begins after the rollout is seen and shown with its reason", async () => {
  await running(simpleStack("shop"));
  service()!.running = { ...service()!.running, behaviour: "crash", since: Date.now() };
  const unhealthy = await until("the crash loop is told", () => {
    const found = conditionOf(scenario, "shop", "Healthy");
    return found?.status === "False" && found.message.includes("non-zero exit") ? found : null;
  });
  expect(unhealthy.message).toContain("app/web: 0 of 1 replicas are running");
  expect(conditionOf(scenario, "shop", "Ready")?.status).toBe("False");
});

test("H2 a process that dies every few seconds is seen although its replicas read as running", async () => {
  await running(simpleStack("shop"));
  service()!.running = { ...service()!.running, behaviour: "flap", since: Date.now() - 600 };
  // Seen first between two ends, or while it runs: the same trouble keeps its first words.
  const words = /app\/web: (it does not stay up|0 of 1 replicas are running): /;
  const unhealthy = await until("it is told", () =>
    scenario
      .engine()
      .events()
      .find(({ message }) => words.test(message)),
  );
  expect(unhealthy.message).toContain("non-zero exit");
});

test("H2 a deployment that fails is seen, named and shown with the last lines of its log", async () => {
  await running(simpleStack("shop"));
  await scenario.push({ "shop.yaml": simpleStack("shop", { image: "ghcr.io/acme/missing:2" }) });
  const told = await until("it is told", () => {
    const found = conditionOf(scenario, "shop", "Ready");
    return found?.status === "False" && found.message.includes("retrying") ? found : null;
  });
  expect(told.message).toContain("web: ");
  expect(told.message).toContain("manifest unknown");
  await scenario.push({ "shop.yaml": simpleStack("shop", { image: "ghcr.io/acme/web:3" }) });
  await until("a new commit mends it", () => ready("shop"));
});

test("H1 a new version that the swarm took back is a failure, although Dokploy says done", async () => {
  await running(simpleStack("shop"));
  await scenario.push({ "shop.yaml": simpleStack("shop", { image: "ghcr.io/acme/crash:2" }) });
  const failed = await until("the failure is told", () => {
    const found = conditionOf(scenario, "shop", "Ready");
    return found?.reason === "RolloutFailed" ? found : null;
  });
  expect(failed.message).toContain("rolled it back");
  // Docker's reason for the new one; the log of what runs is the old one's.
  expect(failed.message).toMatch(/\(task: non-zero exit \(\d+\)\)$/);
  expect([...scenario.simulator.state.deployments.values()].map(({ status }) => status)).toEqual([
    "done",
    "done",
  ]);
  await scenario.push({ "shop.yaml": simpleStack("shop", { image: "ghcr.io/acme/web:3" }) });
  await until("a new commit mends it", () => ready("shop"));
});

test("H1 a service that crash-loops from the start never becomes ready", async () => {
  await scenario.push({
    "shop.yaml": simpleStack("shop", { image: "ghcr.io/acme/crash:1" }).replace(
      "timeout: 20s",
      "timeout: 1s",
    ),
  });
  scenario.engine().start();
  const failed = await until("the failure is told", () => {
    const found = conditionOf(scenario, "shop", "Ready");
    return found?.reason === "RolloutFailed" ? found : null;
  });
  expect(failed.message).toContain("not healthy in time");
  expect(failed.message).toContain("non-zero exit");
  expect(scenario.simulator.state.deployments.size).toBe(1);
});

test("W12 whoever asks it to stop a second time waits for the same writes", async () => {
  const { simulator } = scenario;
  simulator.faults.add({ kind: "latency", procedure: "application.create", ms: 10_000 });
  await scenario.push({ "shop.yaml": simpleStack("shop") });
  const engine = scenario.engine();
  engine.start();
  await until("it creates", () =>
    simulator.log.writes().some(({ procedures }) => procedures.includes("application.create")),
  );
  const first = engine.stop();
  await engine.stop();
  const made = simulator.state.applications.size;
  await first;
  expect(made).toBe(1);
});
