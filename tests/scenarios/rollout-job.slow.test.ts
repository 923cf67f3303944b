// `rollout.before`: a job runs in the new image before its application is touched, once.
import { afterEach, beforeEach, expect, test } from "vitest";
import { createJobScenario, job, shop } from "../support/rollout-job.ts";
import type { JobScenario } from "../support/rollout-job.ts";
import { until } from "../support/until.ts";

let scenario: JobScenario;
beforeEach(async () => {
  scenario = await createJobScenario();
});
afterEach(() => scenario.close());

test("W10 a new stack: the database, then the job in its image, then the application", async () => {
  await scenario.push({ "shop.yaml": shop() });
  expect((await scenario.apply()).ok).toBe(true);
  expect(scenario.deployed()).toEqual(["db", job, "web"]);
  expect(scenario.named(job)).toMatchObject({
    dockerImage: "ghcr.io/acme/web:1",
    command: "/bin/sh",
    args: ["-c", "echo migrated 3 tables"],
    replicas: 1,
    endpointSpecSwarm: { Mode: "dnsrr" },
    restartPolicySwarm: { Condition: "none" },
    networkSwarm: null,
  });
  expect(scenario.messages().join("\n")).toContain(
    "job/web: its command ended well: migrated 3 tables",
  );
  expect(scenario.outcome()?.kind).toBe("converged");
});

test("W1 nothing is left to do after a job has ended: it is stopped, and no restart of docker runs it again", async () => {
  await scenario.ready();
  await scenario.isSettled();
  expect(scenario.replicas(job)).toBe(0);
  for (const image of ["ghcr.io/acme/web:2", "ghcr.io/acme/web:3"])
    await scenario.ready(shop({ image }));
  expect(scenario.runs()).toBe(3);
  for (let times = 0; times < 4; times += 1) scenario.simulator.state.restartDocker();
  expect(scenario.runs()).toBe(3);
  await scenario.isSettled();
});

test("R1 a job that has ended costs no request of a pass", async () => {
  const requests = async (): Promise<readonly string[]> => {
    await scenario.isSettled();
    await scenario.apply();
    const asked = scenario.simulator.log.entries.flatMap(({ procedures }) => procedures);
    scenario.simulator.log.clear();
    return [...asked].sort();
  };
  await scenario.ready();
  const withJob = await requests();
  await scenario.ready(shop({ command: null }));
  expect(withJob).toEqual(await requests());
});

test("W10 a new image: the job runs in it before anything of the application is written", async () => {
  await scenario.ready();
  const image = "ghcr.io/acme/web:2";
  await scenario.push({ "shop.yaml": shop({ image, command: '"sleep 20; echo done"' }) });
  scenario.engine().start();
  await until("the job runs", () => scenario.isRunning(2));
  expect(scenario.runsImage(job)).toBe(image);
  expect(scenario.named("web")?.dockerImage).toBe("ghcr.io/acme/web:1");
  expect(scenario.ofWeb()).toEqual([]);
  expect(scenario.outcome()).toMatchObject({
    kind: "progressing",
    message: expect.stringContaining("job/web") as string,
  });
  await until("all is done", () => scenario.outcome()?.kind === "converged");
  expect(scenario.deployed()).toEqual([job, "web"]);
  expect(scenario.runsImage("web")).toBe(image);
  expect(scenario.runs()).toBe(2);
  await scenario.isSettled();
});

test("O3 a manifest without the job has its service removed, and the application is not deployed for it", async () => {
  await scenario.ready();
  await scenario.ready(shop({ command: null }));
  expect(scenario.named(job)).toBeUndefined();
  expect(scenario.deployed()).toEqual([]);
  expect(scenario.messages().join("\n")).not.toContain("stays on the server");
  await scenario.isSettled();
});

test("W6 what changes only the application runs no job, and what changes only the job deploys no application", async () => {
  await scenario.ready();
  await scenario.push({ "shop.yaml": shop().replace("port: 8080", "port: 9090") });
  expect((await scenario.apply()).ok).toBe(true);
  expect(scenario.deployed()).toEqual([]);
  await scenario.push({ "shop.yaml": shop({ command: '["./migrate", "--all or nothing"]' }) });
  expect((await scenario.apply()).ok).toBe(true);
  expect(scenario.deployed()).toEqual([job]);
  expect(scenario.named(job)).toMatchObject({ command: "./migrate", args: ["--all or nothing"] });
});

test("H3 what somebody changed in the job is put right without running it", async () => {
  await scenario.ready();
  const { applicationId, appName } = scenario.named(job)!;
  scenario.simulator.state.editApplication(applicationId, { env: "A=1" });
  await scenario.restart({ deepCheckIntervalMs: 300 });
  scenario.engine().start();
  await until("it is as Git says", () => scenario.named(job)?.env !== "A=1");
  await until("all is in order", () => scenario.outcome()?.kind === "converged");
  scenario.simulator.state.removeSwarmService(appName);
  await scenario.isSettled();
  expect(scenario.deployed()).toEqual([]);
});

test("H6 a suspended stack runs no job, and one that is resumed does", async () => {
  await scenario.ready();
  await scenario.push({
    "shop.yaml": shop({ image: "ghcr.io/acme/web:2" }).replace("spec:", "spec:\n  suspend: true"),
  });
  await scenario.apply();
  expect(scenario.writes()).toEqual([]);
  await scenario.ready(shop({ image: "ghcr.io/acme/web:2" }));
  expect(scenario.runs()).toBe(2);
});

test("a stack with a job takes another name and runs nothing of it again", async () => {
  await scenario.ready(
    shop()
      .replace("env: { URL: $(services.db.url) }", "env: { A: b }")
      .replace(/mounts: .*\n/, "\n"),
  );
  const manifest = shop({ name: "store" })
    .replace("metadata: { name: store }", "metadata: { name: store, previousName: shop }")
    .replace("spec:", "spec:\n  project: shop")
    .replace("env: { URL: $(services.db.url) }", "env: { A: b }")
    .replace(/mounts: .*\n/, "\n");
  await scenario.push({ "shop.yaml": null, "store.yaml": manifest });
  expect((await scenario.apply()).ok).toBe(true);
  expect(scenario.runs()).toBe(1);
  expect(scenario.deployed()).not.toContain(job);
});

test("W12 a process that ends while the job runs is followed by one that waits for its end", async () => {
  await scenario.ready();
  const image = "ghcr.io/acme/web:2";
  await scenario.push({ "shop.yaml": shop({ image, command: '"sleep 20"' }) });
  scenario.engine().start();
  await until("the job runs", () => scenario.isRunning(2));
  await scenario.restart();
  scenario.engine().start();
  await until("all run", () => scenario.outcome()?.kind === "converged");
  expect(scenario.runs()).toBe(2);
  expect(scenario.deployed()).toEqual([job, "web"]);
});

test("W8 a commit that comes while the job runs waits for its end, and runs it in the newer image", async () => {
  await scenario.ready();
  const command = '"sleep 20; echo done"';
  await scenario.push({ "shop.yaml": shop({ image: "ghcr.io/acme/web:2", command }) });
  scenario.engine().start();
  await until("the job runs", () => scenario.isRunning(2));
  await scenario.push({ "shop.yaml": shop({ image: "ghcr.io/acme/web:3", command }) });
  await until("all is done", () => {
    const isNew = scenario.runsImage("web") === "ghcr.io/acme/web:3";
    return isNew && scenario.outcome()?.kind === "converged";
  });
  expect(scenario.deployed()).toEqual([job, job, "web"]);
  const ends = scenario
    .messages()
    .filter((message) => message.startsWith("job/web: its command ended well"));
  // Where the run for the newer commit is the first to see that the one before has ended, nobody announces that end.
  expect(ends.length).toBeGreaterThanOrEqual(2);
});
