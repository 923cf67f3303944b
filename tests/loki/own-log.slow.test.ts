// Capstan's own log on its way to Loki: what a controller writes is there, and a Loki that is down costs
// nothing.
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { startSimulator } from "../../src/simulator/server.ts";
import type { Simulator } from "../../src/simulator/server.ts";
import { ownEntry } from "../../src/loki/own-lines.ts";
import { startCapstan } from "../support/capstan-process.ts";
import type { CapstanProcess } from "../support/capstan-process.ts";
import { startFakeLoki } from "../support/fake-loki.ts";
import type { FakeLoki } from "../support/fake-loki.ts";
import { until } from "../support/until.ts";

let simulator: Simulator;
let loki: FakeLoki;
let folder: string;
const processes: CapstanProcess[] = [];
beforeEach(async () => {
  simulator = await startSimulator({ timeScale: 0.05 });
  loki = await startFakeLoki();
  folder = await mkdtemp(join(tmpdir(), "capstan-logs-"));
  await mkdir(join(folder, "stacks"));
  const manifest = `apiVersion: capstan/v1
kind: Stack
metadata: { name: shop }
spec: { applications: { web: { image: "nginx:1", rollout: { stableFor: 50ms } } } }
`;
  await writeFile(join(folder, "stacks", "shop.yaml"), manifest);
});
afterEach(async () => {
  for (const one of processes.splice(0)) await one.close();
  await simulator.close();
  await loki.close();
  await rm(folder, { recursive: true, force: true });
});

function run(lokiUrl: string): CapstanProcess {
  const started = startCapstan(["run", "--source", "stacks"], {
    folder,
    environment: {
      DOKPLOY_URL: simulator.url,
      DOKPLOY_API_TOKEN: simulator.apiKey,
      HOST_CHECK_INTERVAL: "off",
      CAPSTAN_INSTANCE: "blue",
      STATE_DIR: "state",
      HOST: "127.0.0.1",
      PORT: "0",
      LOKI_URL: lokiUrl,
      LOKI_PASSWORD: "canary-loki-password",
    },
  });
  processes.push(started);
  return started;
}

async function isReady(one: CapstanProcess): Promise<void> {
  const address = await one.address();
  await until("shop is ready", async () => {
    const answer = await fetch(`${address}/api/v1/stacks/shop`);
    return answer.ok && ((await answer.json()) as { ready: boolean }).ready;
  });
}

test("what a controller logs is in Loki, its last lines too", async () => {
  const one = run(loki.url);
  await isReady(one);
  const address = await one.address();
  await until("its metrics count what was sent", async () => {
    const metrics = await (await fetch(`${address}/metrics`)).text();
    return /^capstan_log_lines_total\{outcome="sent"\} [1-9]/m.test(metrics);
  });
  one.signal("SIGTERM");
  expect(await one.ended).toBe(0);
  const logged = one
    .err()
    .split("\n")
    .filter((line) => line.startsWith("{"));
  expect(logged.length).toBeGreaterThan(3);
  expect(loki.lines.map(({ line }) => line).sort()).toEqual([...logged].sort());
  for (const { labels, line, metadata } of loki.lines) {
    const { level, stack } = JSON.parse(line) as { level: string; stack?: string };
    expect(labels).toEqual({ service: "capstan", instance: "blue", level });
    expect(metadata).toEqual(typeof stack === "string" ? { stack } : {});
  }
  expect(loki.lines.some(({ metadata }) => metadata.stack === "shop")).toBe(true);
  expect(loki.pushes[0]?.headers.authorization).toBe("Bearer canary-loki-password");
  expect(one.err()).not.toContain("canary-loki-password");
});

test("a Loki that is down stops nothing, and is told once", async () => {
  const { url } = loki;
  await loki.close();
  const one = run(url);
  await isReady(one);
  await until("it is told", () => one.err().includes("cannot be sent to Loki"));
  const began = performance.now();
  one.signal("SIGTERM");
  expect(await one.ended).toBe(0);
  expect(performance.now() - began).toBeLessThan(20_000);
  expect(one.err().split("cannot be sent to Loki")).toHaveLength(2);
  loki = await startFakeLoki();
});

test("a line that is no JSON is taken as it is", () => {
  expect(ownEntry("plain words\n", "capstan", 5)).toEqual({
    atMs: 5,
    service: "capstan",
    level: "info",
    line: "plain words",
    metadata: {},
  });
});
