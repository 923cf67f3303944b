// The doctor on a simulated Dokploy: what is wrong with it is found, and a trial leaves nothing behind.
import { afterEach, beforeEach, expect, test } from "vitest";
import { lookAtAll } from "../../src/doctor/check.ts";
import { dokployChecks } from "../../src/doctor/dokploy.ts";
import { trialCheck } from "../../src/doctor/trial.ts";
import { createDokploy } from "../../src/dokploy/platform.ts";
import { systemClock } from "../../src/lib/clock.ts";
import { silentLogger } from "../../src/lib/logger.ts";
import { createRedactor } from "../../src/lib/redact.ts";
import { startSimulator } from "../../src/simulator/server.ts";
import type { Simulator } from "../../src/simulator/server.ts";

let simulator: Simulator;
let platform: ReturnType<typeof createDokploy>;
beforeEach(async () => {
  simulator = await startSimulator({ timeScale: 0.02 });
  platform = open(simulator.apiKey);
});
afterEach(async () => {
  await platform.close();
  await simulator.close();
});

function open(apiKey: string): ReturnType<typeof createDokploy> {
  return createDokploy({
    url: simulator.url,
    apiKey,
    clock: systemClock,
    random: () => 0.5,
    logger: silentLogger,
    redactor: createRedactor(),
  });
}

const parts = { clock: systemClock, redact: (text: string) => text, timeoutMs: 60_000 };

async function statuses() {
  const found = await lookAtAll(dokployChecks(platform), parts);
  return Object.fromEntries(found.map(({ id, status }) => [id.replace("dokploy.", ""), status]));
}

const well = {
  version: "pass",
  procedures: "pass",
  clock: "pass",
  builds: "warn",
  swarm: "pass",
  services: "pass",
  disk: "pass",
  networks: "pass",
};

test("a server that is well has one advice, about its builds", async () => {
  expect(await statuses()).toEqual(well);
  simulator.state.buildsConcurrency = 3;
  expect(await statuses()).toEqual({ ...well, builds: "pass" });
});

test("a full disk and a swarm without a node are failures of their own", async () => {
  simulator.state.hostDisk = { totalBytes: 100, usedBytes: 97 };
  simulator.state.dockerDown = "empty";
  expect(await statuses()).toEqual({ ...well, disk: "fail", swarm: "fail" });
});

test("a key that is not accepted is one failure, not eight", async () => {
  await platform.close();
  platform = open("not-a-key");
  const found = await statuses();
  expect(Object.values(found).filter((status) => status === "fail")).toHaveLength(1);
  expect(found).toMatchObject({ version: "fail", disk: "skip" });
});

function trial(
  image: string,
  said: string[] = [],
  more: { platform?: typeof platform; signal?: AbortSignal } = {},
) {
  return trialCheck({
    platform,
    signal: new AbortController().signal,
    ...more,
    clock: { ...systemClock, sleep: (_, signal) => systemClock.sleep(20, signal) },
    suffix: "0badcafe",
    image,
    say: (line) => void said.push(line),
  });
}

test("a trial proves the way to a running container, and leaves the server as it was", async () => {
  const before = JSON.stringify([...simulator.state.projects.keys()]);
  const said: string[] = [];
  const [found] = await lookAtAll([trial("nginx:alpine", said)], parts);
  expect(found).toMatchObject({ status: "pass", message: expect.stringContaining("nginx:alpine") });
  expect(said).toContain("it runs");
  expect(JSON.stringify([...simulator.state.projects.keys()])).toBe(before);
  expect(simulator.state.applications.size).toBe(0);
  expect(simulator.state.swarmServices.size).toBe(0);
});

test("an image that cannot be pulled fails the trial with the end of its log, and nothing stays", async () => {
  const [found] = await lookAtAll([trial("doesnotexist/nope:1")], parts);
  expect(found?.status).toBe("fail");
  expect(found?.message).toContain("nope");
  expect(found?.next).toContain("--image");
  expect(simulator.state.projects.size).toBe(0);
});

test("what was made although its answer was lost is removed as well", async () => {
  simulator.faults.add({ procedure: "project.create", kind: "answerLost" });
  const [found] = await lookAtAll([trial("nginx:alpine")], parts);
  expect(found?.status).toBe("fail");
  expect(simulator.state.projects.size).toBe(0);
});

test("a project that cannot be removed is named", async () => {
  simulator.faults.add({ procedure: "project.remove", kind: "status500", times: "always" });
  const [found] = await lookAtAll([trial("nginx:alpine")], parts);
  expect(found).toMatchObject({
    status: "fail",
    message: expect.stringContaining("capstan-doctor-0badcafe"),
    next: expect.stringContaining("delete capstan-doctor-0badcafe"),
  });
});

test("a project that was made late, after its answer was lost, is removed as well", async () => {
  simulator.faults.add({ procedure: "project.create", kind: "lateWrite", ms: 10_000 });
  const [found] = await lookAtAll([trial("nginx:alpine")], parts);
  expect(found?.status).toBe("fail");
  expect(simulator.state.projects.size).toBe(0);
});

test("what a list does not show is removed by its id", async () => {
  simulator.faults.add({ procedure: "project.all", kind: "emptyList", times: "always" });
  const [found] = await lookAtAll([trial("nginx:alpine")], parts);
  expect(found).toMatchObject({ status: "pass" });
  expect(simulator.state.projects.size).toBe(0);
  expect(simulator.state.swarmServices.size).toBe(0);
});

test("a mistake of ours in the middle leaves nothing behind either", async () => {
  const broken = { ...platform, configureService: () => Promise.reject(new TypeError("oops")) };
  const [found] = await lookAtAll([trial("nginx:alpine", [], { platform: broken })], parts);
  expect(found).toMatchObject({ status: "fail", message: expect.stringContaining("oops") });
  expect(simulator.state.projects.size).toBe(0);
});

test("Ctrl-C in the middle waits for the deployment, and then removes everything", async () => {
  const abort = new AbortController();
  const stopping = {
    ...platform,
    async deploy(...given: Parameters<typeof platform.deploy>) {
      await platform.deploy(...given);
      abort.abort();
    },
  };
  const more = { platform: stopping, signal: abort.signal };
  const [found] = await lookAtAll([trial("nginx:alpine", [], more)], parts);
  expect(found).toMatchObject({ status: "fail", message: "it was stopped early" });
  expect(simulator.state.projects.size).toBe(0);
  expect(simulator.state.swarmServices.size).toBe(0);
});
