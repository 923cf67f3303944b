// Law W12 with real processes that share nothing but the server: state folders of their own, one instance name.
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { startSimulator, type Simulator } from "../../src/simulator/server.ts";
import { startCapstan, type CapstanProcess } from "../support/capstan-process.ts";
import { until } from "../support/until.ts";

const ttlMs = 5_000;
let simulator: Simulator;
let folder: string;
const processes: CapstanProcess[] = [];
beforeEach(async () => {
  simulator = await startSimulator({ timeScale: 0.05 });
  folder = await mkdtemp(join(tmpdir(), "capstan-leases-"));
  await mkdir(join(folder, "stacks"));
});
afterEach(async () => {
  for (const one of processes.splice(0)) {
    one.signal("SIGCONT");
    await one.close();
  }
  await simulator.close();
  await rm(folder, { recursive: true, force: true });
});

function capstan(name: string, args: readonly string[]): CapstanProcess {
  const started = startCapstan(args, {
    folder,
    environment: {
      DOKPLOY_URL: simulator.url,
      DOKPLOY_API_TOKEN: simulator.apiKey,
      HOST_CHECK_INTERVAL: "off",
      STATE_DIR: `state-${name}`,
      HOST: "127.0.0.1",
      PORT: "0",
      RESYNC_INTERVAL: "1s",
      LEASE_TTL: `${ttlMs}ms`,
    },
  });
  processes.push(started);
  return started;
}
const run = (name: string): CapstanProcess => capstan(name, ["run", "--source", "stacks"]);
const apply = (name: string): CapstanProcess => capstan(name, ["apply", "--source", "stacks"]);

async function write(names: readonly string[], image: string): Promise<void> {
  for (const name of names) {
    const text = `apiVersion: capstan/v1
kind: Stack
metadata: { name: ${name} }
spec: { applications: { web: { image: "${image}", rollout: { stableFor: 50ms } } } }
`;
    await writeFile(join(folder, "stacks", `${name}.yaml`), text);
  }
}

const images = (): readonly (string | null)[] =>
  [...simulator.state.applications.values()].map(({ dockerImage }) => dockerImage);
const hasOnly = (image: string, count: number): boolean =>
  images().length === count && images().every((one) => one === image);
const tag = () => [...simulator.state.tags.values()].find(({ name }) => name === "capstan/default");

async function untilReady(one: CapstanProcess, stack: string): Promise<void> {
  await until(
    `${stack} is ready`,
    async () => {
      // It may be about to start again, on another port.
      const path = `/api/v1/stacks/${stack}`;
      const answer = await fetch(`${await one.address()}${path}`).catch(() => null);
      return answer?.status === 200 && ((await answer.json()) as { ready: boolean }).ready;
    },
    60_000,
  );
}
const waits = /the controller on \S+ \(process \d+, since \S+\) holds this server; this one waits/i;

test("W12 a second run elsewhere waits, says for whom, and takes over after SIGTERM, kill -9 and a long SIGSTOP", async () => {
  await write(["shop"], "nginx:1");
  const first = run("a");
  await untilReady(first, "shop");
  const second = run("b");
  await until("the second waits", () => waits.test(second.err()), 30_000);
  const ready = await fetch(`${await second.address()}/readyz`);
  expect([ready.status, await ready.text()]).toEqual([503, expect.stringContaining("on standby")]);
  // Who it is, is told to those who may look.
  const stacks = await fetch(`${await second.address()}/api/v1/stacks`);
  expect(await stacks.text()).toMatch(/the controller on .* holds this server/);
  first.signal("SIGTERM");
  expect(await first.ended).toBe(0);
  await untilReady(second, "shop");
  await write(["shop"], "nginx:2");
  await until("the second writes", () => hasOnly("nginx:2", 1), 60_000);

  const third = run("c");
  await until("the third waits", () => waits.test(third.err()), 30_000);
  second.signal("SIGKILL");
  await second.ended;
  await write(["shop"], "nginx:3");
  await until("the third writes", () => hasOnly("nginx:3", 1), 60_000);
  await untilReady(third, "shop");

  const fourth = run("d");
  await until("the fourth waits", () => waits.test(fourth.err()), 30_000);
  third.signal("SIGSTOP");
  await write(["shop"], "nginx:4");
  await until("the fourth writes", () => hasOnly("nginx:4", 1), 60_000);
  await untilReady(fourth, "shop");
  // A lease is spent by the wall clock too: the third was stopped for longer.
  simulator.log.clear();
  const before = tag()?.tagId;
  third.signal("SIGCONT");
  await until("the third notices", () => third.err().includes("Starting again"), 60_000);
  expect(tag()?.tagId).toBe(before);
  await write(["shop"], "nginx:5");
  await until("the fourth goes on", () => hasOnly("nginx:5", 1), 60_000);
  expect(simulator.state.projects.size).toBe(1);
  fourth.signal("SIGTERM");
  expect(await fourth.ended).toBe(0);
  await untilReady(third, "shop");
  third.signal("SIGTERM");
  expect(await third.ended).toBe(0);
  expect(tag()?.color).toContain("state=free");
}, 240_000);

test("W12 five applies at once make each stack once, and those that did not write say who did", async () => {
  const names = ["one", "two", "three", "four", "five", "six"];
  await write(names, "nginx:1");
  const all = ["a", "b", "c", "d", "e"].map(apply);
  const codes = await Promise.all(all.map(({ ended }) => ended));
  expect([...simulator.state.projects.values()].map(({ name }) => name).sort()).toEqual(
    [...names].sort(),
  );
  expect(hasOnly("nginx:1", names.length)).toBe(true);
  expect(codes).toContain(0);
  for (const [at, code] of codes.entries()) {
    if (code === 0) continue;
    expect(all[at]?.err()).toMatch(
      /capstan apply on \S+ \(process \d+, since \S+\) holds this server/,
    );
    expect(all[at]?.err()).toContain("CAPSTAN_URL");
  }
}, 240_000);

test("W12 a start on the same state folder after kill -9 does not wait for its own lease", async () => {
  await write(["shop"], "nginx:1");
  const first = run("a");
  await untilReady(first, "shop");
  first.signal("SIGKILL");
  await first.ended;
  const again = run("a");
  await untilReady(again, "shop");
  expect(again.err()).not.toContain("holds this server");
}, 120_000);

test("W12 capstan lease shows who holds the server and breaks it only with its code; plan needs none", async () => {
  await write(["shop"], "nginx:1");
  const first = run("a");
  await untilReady(first, "shop");
  const planned = capstan("b", ["plan", "--source", "stacks"]);
  expect(await planned.ended).toBe(0);
  const shown = capstan("b", ["lease"]);
  expect(await shown.ended).toBe(0);
  expect(shown.out()).toMatch(
    /^http\S+ \(instance \S+\): the controller on \S+ \(process \d+, since \S+\) holds this server\n/,
  );
  const code = /lease --break (\S+)/.exec(shown.err())?.[1] ?? "";
  const wrong = capstan("b", ["lease", "--break", "nonsense"]);
  expect(await wrong.ended).toBe(1);
  expect(wrong.err()).toContain("nothing was broken");
  expect(first.err()).not.toContain("Starting again");
  const broken = capstan("b", ["lease", "--break", code]);
  expect(await broken.ended).toBe(0);
  expect(broken.out()).toContain("Another process may write in 5s");
  await until("the controller notices", () => first.err().includes("Starting again"), 60_000);
  await untilReady(first, "shop");
}, 120_000);
