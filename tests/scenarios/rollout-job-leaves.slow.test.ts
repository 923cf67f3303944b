// A job whose command runs while its manifest changes: it comes to its end before it is removed, and before anything that
// it may be working on is touched.
import { afterEach, beforeEach, expect, test } from "vitest";
import { createJobScenario, job, shop } from "../support/rollout-job.ts";
import type { JobScenario } from "../support/rollout-job.ts";
import { simpleStacks } from "../support/scenario.ts";
import { until } from "../support/until.ts";

let scenario: JobScenario;
beforeEach(async () => {
  scenario = await createJobScenario();
});
afterEach(() => scenario.close());

const image = "ghcr.io/acme/web:2";
const command = '"sleep 40; echo done"';
/** As the simulator's seconds pass. */
const commandMs = 40_000 * 0.05;
/** So that the guard of removals lets one stack go. */
const others = simpleStacks(Array.from({ length: 10 }, (_, index) => `other${index}`));

const outcome = () =>
  scenario
    .engine()
    .stacks()
    .find(({ name }) => name === "shop")?.outcome;
/** Of the stack, as others have services of the same names. */
const mine = (name: string) =>
  [...scenario.simulator.state.applications.values()].find(
    (one) => one.name === name && one.appName.startsWith("shop-"),
  );
const isGone = (): boolean => mine(job) === undefined && mine("web") === undefined;
const said = (): readonly string[] =>
  scenario
    .engine()
    .events()
    .filter(({ stack }) => stack === "shop")
    .map(({ message }) => message);
const endsWell = "job/web: its command ended well: done";

/** Removals and deploys of the stack since the last call, in order; told with what docker ran of the job then. */
function watch(): () => readonly string[] {
  const { log, state } = scenario.simulator;
  log.clear();
  return () =>
    log.entries.flatMap(({ procedures, body }) =>
      procedures.flatMap((procedure) => {
        if (!/^application\.(?:delete|deploy)$/.test(procedure)) return [];
        const { applicationId } = body as { applicationId: string };
        const name = state.applications.get(applicationId)?.name;
        return [`${procedure} ${name ?? "of what is gone"}`];
      }),
    );
}

async function jobRuns(more: Partial<Parameters<typeof shop>[0]> = {}): Promise<void> {
  await scenario.push({ "shop.yaml": shop(), ...others });
  expect((await scenario.apply()).ok).toBe(true);
  await scenario.push({ "shop.yaml": shop({ image, command, ...more }) });
  scenario.engine().start();
  await until("the job runs", () => scenario.isRunning(2));
}

test("W9 a stack that leaves Git while its job runs is removed after the job has ended", async () => {
  await jobRuns();
  const seen = watch();
  await scenario.push({ "shop.yaml": null });
  await until("it waits", () => JSON.stringify(outcome() ?? "").includes("its command is running"));
  expect(mine("web")).toBeDefined();
  expect(seen()).toEqual([]);
  const { appName } = mine(job)!;
  const beganAtMs = scenario.simulator.state.swarmServices.get(appName)!.runs[0]!.createdAt;
  await until("something of it is gone", () => seen().length > 0);
  expect(Date.now() - beganAtMs).toBeGreaterThanOrEqual(commandMs);
  expect(mine("web")).toBeDefined();
  await until("all of it is gone", isGone);
});

test("W9 a job that left the manifest while it runs comes to its end, and the application is rolled out after it", async () => {
  await jobRuns();
  const seen = watch();
  await scenario.push({ "shop.yaml": shop({ image, command: null }) });
  await until("it waits", () => JSON.stringify(outcome() ?? "").includes("job/web"));
  await until("it has ended", () => said().includes(endsWell));
  expect(seen()).toEqual([]);
  await until("all is done", () => outcome()?.kind === "converged" && mine(job) === undefined);
  expect(mine("web")?.dockerImage).toBe(image);
});

test("W9 a service that is renamed while its job runs: the job under its new name begins after that", async () => {
  await jobRuns();
  const seen = watch();
  await scenario.push({ "shop.yaml": shop({ image, command }).replace("    web:", "    site:") });
  await until("the old one has ended", () => said().includes(endsWell));
  expect(seen()).toEqual([]);
  await until("all is done", () => outcome()?.kind === "converged", 90_000);
  expect(said().indexOf("job/site: its command is running")).toBeGreaterThan(
    said().indexOf(endsWell),
  );
  expect(mine("web")).toBeUndefined();
  expect(mine(job)).toBeUndefined();
});

test("W9 a job that hangs holds a removal up for no longer than it was given", async () => {
  await jobRuns({ command: '"sleep infinity"', before: ", timeout: 5s" });
  await scenario.push({ "shop.yaml": null });
  await until("it is gone", isGone);
  expect(said().join("\n")).toContain("its command did not end within 5s");
});

test("W9 W12 a new process waits for the end of a job that left Git, too", async () => {
  await jobRuns();
  await scenario.restart();
  await scenario.push({ "shop.yaml": null });
  scenario.engine().start();
  await until("it waits", () => JSON.stringify(outcome() ?? "").includes("its command is running"));
  expect(mine("web")).toBeDefined();
  await until("it is gone", isGone);
});
