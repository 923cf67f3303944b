// Law W12 with real processes: `capstan run` as people start it, on one state folder, ended by signals.
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { startSimulator, type Simulator } from "../../src/simulator/server.ts";
import { startCapstan, type CapstanProcess } from "../support/capstan-process.ts";
import { until } from "../support/until.ts";

let simulator: Simulator;
let folder: string;
const processes: CapstanProcess[] = [];
beforeEach(async () => {
  simulator = await startSimulator({ timeScale: 0.05 });
  folder = await mkdtemp(join(tmpdir(), "capstan-processes-"));
  await mkdir(join(folder, "stacks"));
});
afterEach(async () => {
  for (const one of processes.splice(0)) await one.close();
  await simulator.close();
  await rm(folder, { recursive: true, force: true });
});

function capstan(args: readonly string[], more: Readonly<Record<string, string>> = {}) {
  const started = startCapstan(args, {
    folder,
    environment: {
      DOKPLOY_URL: simulator.url,
      DOKPLOY_API_TOKEN: simulator.apiKey,
      HOST_CHECK_INTERVAL: "off",
      STATE_DIR: "state",
      HOST: "127.0.0.1",
      PORT: "0",
      RESYNC_INTERVAL: "1s",
      ...more,
    },
  });
  processes.push(started);
  return started;
}
const run = (): CapstanProcess => capstan(["run", "--source", "stacks"]);

async function write(image: string): Promise<void> {
  const text = `apiVersion: capstan/v1
kind: Stack
metadata: { name: shop }
spec: { applications: { web: { image: "${image}", rollout: { stableFor: 50ms } } } }
`;
  await writeFile(join(folder, "stacks", "shop.yaml"), text);
}

const images = (): readonly (string | null)[] =>
  [...simulator.state.applications.values()].map(({ dockerImage }) => dockerImage);

async function get(address: string, path: string) {
  const answer = await fetch(`${address}${path}`);
  const text = await answer.text();
  return { status: answer.status, text };
}

async function isReady(address: string): Promise<void> {
  await until(
    "shop is ready",
    async () => {
      const { status, text } = await get(address, "/api/v1/stacks/shop");
      return status === 200 && (JSON.parse(text) as { ready: boolean }).ready;
    },
    60_000,
  );
}

const waits = /capstan run, instance default, \(process \d+ on .+\) works with the same STATE_DIR/;

async function isWaiting(one: CapstanProcess): Promise<string> {
  const address = await one.address();
  await until("it says that it waits", () => waits.test(one.err()));
  expect(await get(address, "/readyz")).toMatchObject({
    status: 503,
    text: expect.stringContaining("another process is the active one"),
  });
  for (const path of ["/api/v1/stacks", "/api/v1/stacks/shop"]) {
    const { status, text } = await get(address, path);
    expect(status).toBe(503);
    expect(text).toMatch(waits);
  }
  return address;
}

test("W12 a second run with the same STATE_DIR waits, says so, and takes over after SIGTERM and kill -9", async () => {
  await write("nginx:1");
  const first = run();
  await isReady(await first.address());
  const second = run();
  const secondAddress = await isWaiting(second);
  const told = capstan(["get", "stacks"], { CAPSTAN_URL: secondAddress });
  expect(await told.ended).toBe(1);
  expect(told.err()).toMatch(waits);

  first.signal("SIGTERM");
  expect(await first.ended).toBe(0);
  await isReady(secondAddress);
  expect((await get(secondAddress, "/readyz")).status).toBe(200);

  const third = run();
  const thirdAddress = await isWaiting(third);
  second.signal("SIGKILL");
  await second.ended;
  await write("nginx:2");
  await until("the third does the work", () => images().includes("nginx:2"), 60_000);
  await isReady(thirdAddress);
  expect(images()).toEqual(["nginx:2"]);
  third.signal("SIGINT");
  expect(await third.ended).toBe(0);
}, 180_000);

test("W12 after SIGTERM in the middle of writes no further one starts, and the next run ends the work", async () => {
  await write("nginx:1");
  simulator.faults.add({ kind: "latency", procedure: "application.create", ms: 20_000 });
  const first = run();
  const creates = (): number =>
    simulator.log.writes().filter(({ procedures }) => procedures.includes("application.create"))
      .length;
  await until("it creates", () => creates() === 1, 60_000);
  first.signal("SIGTERM");
  expect(await first.ended).toBe(0);
  const written = simulator.log.writes().flatMap(({ procedures }) => procedures);
  // The last one gives the lease back.
  expect(written.slice(-2)).toEqual(["application.create", "tag.update"]);
  expect([...simulator.state.applications.values()]).toHaveLength(1);

  const next = run();
  await isReady(await next.address());
  expect(images()).toEqual(["nginx:1"]);
  expect(creates()).toBe(1);
}, 180_000);

test("W12 a second signal ends it at once, whatever hangs", async () => {
  await write("nginx:1");
  simulator.faults.add({ kind: "hang", procedure: "application.create" });
  const only = run();
  await until(
    "it creates",
    () =>
      simulator.log.writes().some(({ procedures }) => procedures.includes("application.create")),
    60_000,
  );
  only.signal("SIGTERM");
  await until("it is stopping", () => only.err().includes("Stopping: "));
  only.signal("SIGINT");
  expect(await only.ended).toBe(130);
}, 120_000);

test("W12 a read that hangs does not keep it from its end: of Dokploy, and of Git", async () => {
  await write("nginx:1");
  const silent = createServer(() => undefined).listen(0, "127.0.0.1");
  await once(silent, "listening");
  const { port } = silent.address() as AddressInfo;
  const nobody = `http://127.0.0.1:${port}`;
  const isAsked = (): Promise<unknown> => once(silent, "connection");
  try {
    for (const begin of [
      () => capstan(["run", "--source", "stacks"], { DOKPLOY_URL: nobody }),
      () => capstan(["run"], { GIT_URL: `${nobody}/a/b.git`, STATE_DIR: "other" }),
    ]) {
      const asked = isAsked();
      const one = begin();
      await one.address();
      await asked;
      const sinceMs = performance.now();
      one.signal("SIGTERM");
      expect(await one.ended).toBe(0);
      // Far from every time-out of a read, whatever else this machine does.
      expect(performance.now() - sinceMs).toBeLessThan(8_000);
    }
  } finally {
    silent.close();
  }
}, 180_000);
