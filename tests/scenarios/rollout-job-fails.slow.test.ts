// `rollout.before`: what a job that fails or hangs stops, and what has it run again.
import { afterEach, beforeEach, expect, test } from "vitest";
import { renderJson } from "../../src/plan/render/json.ts";
import { createJobScenario, job, shop } from "../support/rollout-job.ts";
import type { JobScenario } from "../support/rollout-job.ts";
import { until } from "../support/until.ts";

let scenario: JobScenario;
beforeEach(async () => {
  scenario = await createJobScenario();
});
afterEach(() => scenario.close());

test("a job that fails stops the rollout, says why, is not tried again, and the next commit mends it", async () => {
  await scenario.ready();
  const failing = shop({
    image: "ghcr.io/acme/web:2",
    command: '"echo step one; echo ERROR no such column; exit 3"',
  });
  await scenario.push({ "shop.yaml": failing });
  expect((await scenario.apply()).ok).toBe(false);
  const said = scenario.outcome();
  expect(said).toMatchObject({ kind: "degraded" });
  const { message } = said as { message: string };
  expect(message).toContain("job before web: its command failed: task: non-zero exit (3)");
  expect(message).toContain("ERROR no such column");
  const failed = scenario
    .engine()
    .events()
    .find(({ rollout: data }) => data?.service === "job/web" && data.phase === "failed");
  expect(failed?.rollout?.log.map((line) => line.replace(/^\S+ /, ""))).toEqual([
    "step one",
    "ERROR no such column",
  ]);
  expect(scenario.deployed()).toEqual([job]);
  expect(scenario.ofWeb()).toEqual([]);
  expect(scenario.runsImage("web")).toBe("ghcr.io/acme/web:1");
  expect(scenario.replicas(job)).toBe(0);

  await scenario.isSettled();
  expect(scenario.outcome()).toMatchObject({ kind: "degraded", message });
  expect(scenario.runs()).toBe(2);

  scenario.simulator.log.clear();
  await scenario.ready(shop({ image: "ghcr.io/acme/web:3" }));
  expect(scenario.runs()).toBe(3);
  expect(scenario.runsImage("web")).toBe("ghcr.io/acme/web:3");
});

test("W7 a failed job is not run again by a new process, with its store or without", async () => {
  await scenario.ready();
  const command = '"echo ERROR; exit 3"';
  await scenario.push({ "shop.yaml": shop({ image: "ghcr.io/acme/web:2", command }) });
  await scenario.apply();
  await scenario.loseStore();
  await scenario.isSettled();
  expect(scenario.outcome()).toMatchObject({
    kind: "degraded",
    message: expect.stringContaining("how its command ended is not known") as string,
  });
  expect(scenario.runs()).toBe(2);
  expect(scenario.runsImage("web")).toBe("ghcr.io/acme/web:1");
});

test("a job that hangs is ended after its time-out, and the application stays", async () => {
  await scenario.ready();
  const hanging = shop({
    image: "ghcr.io/acme/web:2",
    command: '"echo waiting for a lock; sleep infinity"',
    before: ", timeout: 3s",
  });
  await scenario.push({ "shop.yaml": hanging });
  expect((await scenario.apply()).ok).toBe(false);
  const { message } = scenario.outcome() as { message: string };
  expect(message).toContain("job before web: its command did not end within 3s");
  expect(message).toContain("waiting for a lock");
  expect(scenario.replicas(job)).toBe(0);
  expect(scenario.runsImage("web")).toBe("ghcr.io/acme/web:1");
  await scenario.isSettled();
  expect(scenario.runs()).toBe(2);
});

test("H4 a rollback runs no job: the older version comes back beside what the job did", async () => {
  const back = { more: ", onFailure: rollback", command: '"sleep 10"' };
  await scenario.ready(shop(back));
  const image = "ghcr.io/acme/web:2";
  await scenario.push({ "shop.yaml": shop({ ...back, image }) });
  scenario.engine().start();
  await until("the job runs", () => scenario.runs() === 2);
  scenario.simulator.faults.image(image, "crash");
  await until("it is rolled back", () => {
    const end = scenario.outcome();
    return end?.kind === "degraded" && end.rollback?.state === "done";
  });
  expect(scenario.runsImage("web")).toBe("ghcr.io/acme/web:1");
  expect(scenario.deployed()).toEqual([job, "web", "web"]);
  await scenario.isSettled();
  // Back in Git, the older version is a change like any other.
  await scenario.ready(shop(back));
  expect(scenario.runs()).toBe(3);
});

test("H4 a job that fails takes the stack back, and what failed is not run again", async () => {
  const back = { more: ", onFailure: rollback" };
  await scenario.ready(shop(back));
  const image = "ghcr.io/acme/web:2";
  await scenario.push({ "shop.yaml": shop({ ...back, image, command: '"exit 4"' }) });
  await scenario.apply();
  expect(scenario.outcome()).toMatchObject({ kind: "degraded", rollback: { state: "done" } });
  expect((scenario.outcome() as { message: string }).message).toContain("job before web");
  expect(scenario.runsImage("web")).toBe("ghcr.io/acme/web:1");
  // It is stopped by the next pass, where Dokploy was still at it.
  await scenario.apply();
  await scenario.isSettled();
  expect(scenario.runs()).toBe(2);
  await scenario.ready(shop({ ...back, image }));
  expect(scenario.runsImage("web")).toBe(image);
  expect(scenario.runs()).toBe(3);
});

test("a person's redeploy of the application runs its job first, also one that failed", async () => {
  await scenario.ready();
  scenario.engine().start();
  await until("it is known", () => scenario.outcome()?.kind === "converged");
  expect(scenario.engine().redeploy("shop", "web", "alice")).toEqual(["app/web", "job/web"]);
  await until(
    "both ran",
    () => scenario.deployed().length === 2 && scenario.outcome()?.kind === "converged",
  );
  expect(scenario.deployed()).toEqual([job, "web"]);
  expect(scenario.runs()).toBe(2);

  await scenario.push({ "shop.yaml": shop({ command: '"exit 1"', image: "ghcr.io/acme/web:2" }) });
  await until("it failed", () => scenario.outcome()?.kind === "degraded");
  expect(scenario.runs()).toBe(3);
  scenario.engine().redeploy("shop", null, "alice");
  await until(
    "it failed again",
    () => scenario.runs() === 4 && scenario.outcome()?.kind === "degraded",
  );
  expect(scenario.runsImage("web")).toBe("ghcr.io/acme/web:1");
});

test("P5 a secret that the job prints is masked everywhere", async () => {
  const command = '"echo token is $(secrets.token); exit 5"';
  await scenario.push({ "shop.yaml": shop({ command }) });
  await scenario.apply();
  const shown = JSON.stringify([
    scenario.engine().events(),
    scenario
      .engine()
      .stacks()
      .map(({ outcome: end, conditions }) => [end, conditions]),
    renderJson(await scenario.engine().plan()),
  ]);
  expect(shown).toContain("token is");
  expect(shown).not.toContain("canary");
});

test("W7b an image that cannot be pulled for now is tried again, and the job runs once", async () => {
  await scenario.ready();
  const image = "ghcr.io/acme/web:2";
  scenario.simulator.faults.image(image, "unreachable");
  await scenario.push({ "shop.yaml": shop({ image }) });
  scenario.engine().start();
  await until("it is tried again", () => scenario.deployed().length > 1);
  expect(scenario.runs()).toBe(1);
  scenario.simulator.faults.image(image, "healthy");
  await until("all run", () => scenario.outcome()?.kind === "converged");
  expect(scenario.runs()).toBe(2);
  expect(scenario.runsImage("web")).toBe(image);
});
