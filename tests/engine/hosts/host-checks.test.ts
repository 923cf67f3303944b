// When hosts are looked at: at once, then seldom while all is well and soon while not, a few at a time.
import { expect, test } from "vitest";
import { createHostChecks } from "../../../src/engine/hosts/host-checks.ts";
import { CapstanError } from "../../../src/lib/errors.ts";
import type { Clock } from "../../../src/lib/clock.ts";
import type { DesiredStack } from "../../../src/model/desired.ts";

const traefik = "203.0.113.7";

function stackOf(name: string, hosts: readonly string[]): DesiredStack {
  const domains = hosts.map((host) => ({ host, path: "/", https: false }));
  return {
    name,
    services: [{ key: "app/web", kind: "application", rollout: { http: null }, spec: { domains } }],
  } as unknown as DesiredStack;
}

function bench() {
  let nowMs = 0;
  let isUp = true;
  let gate: Promise<void> | null = null;
  let [running, most] = [0, 0];
  const asked: string[] = [];
  const woken: string[] = [];
  const clock: Clock = {
    now: () => nowMs,
    sleep(ms) {
      nowMs += ms;
      return Promise.resolve();
    },
    after: () => () => undefined,
  };
  const zone = { name: "example.com", nameServers: ["ns1.example.com"], delegated: true };
  const checks = createHostChecks({
    settings: { traefik, ports: { http: 80, https: 443 } },
    dns: { zone: () => Promise.resolve(zone) },
    nameServers: {
      addressesOf: () => Promise.resolve(["198.51.100.53"]),
      ask: (_server, _name, family) => Promise.resolve(family === 4 ? [traefik] : []),
      zoneOf: () => Promise.resolve(null),
    },
    probe: {
      certificate: () => Promise.reject(new Error("not asked over HTTP")),
      async answer({ host }) {
        asked.push(host);
        running += 1;
        most = Math.max(most, running);
        await gate;
        running -= 1;
        if (!isUp) throw new CapstanError("unavailable", "it is down");
        return { status: 200, isNoRoute: false };
      },
    },
    ...{ clock, intervalMs: 300_000, random: () => 0.5 },
    wakeups: { goOn: (stack) => void woken.push(stack) },
  });
  const managed = (...hosts: readonly string[]) =>
    hosts.map((host) => ({ host, address: traefik, ttl: 300, isExplicit: true }));
  return {
    ...{ checks, asked, woken, managed },
    most: () => most,
    pass: (ms: number): void => {
      nowMs += ms;
    },
    setUp: (up: boolean): void => {
      isUp = up;
    },
    hold: () => {
      let open = (): void => undefined;
      gate = new Promise((resolve) => {
        open = () => {
          gate = null;
          resolve();
        };
      });
      return () => {
        open();
      };
    },
  };
}

test("a new host is looked at with the next tick, and its stack hears what was found", async () => {
  const { checks, asked, woken, managed } = bench();
  checks.watch(stackOf("shop", ["a.example.com"]), managed("a.example.com"));
  expect(checks.report("shop").holds).toContain("is not checked yet");
  await checks.look();
  expect(asked).toEqual(["a.example.com"]);
  expect(woken).toEqual(["shop"]);
  expect(checks.report("shop").holds).toBeNull();
});

test("one that is well is looked at once an interval, and nobody is sent for without news", async () => {
  const { checks, asked, woken, pass, managed } = bench();
  checks.watch(stackOf("shop", ["a.example.com"]), managed("a.example.com"));
  await checks.look();
  pass(299_000);
  await checks.look();
  expect(asked).toHaveLength(1);
  pass(1_000);
  await checks.look();
  expect(asked).toHaveLength(2);
  expect(woken).toHaveLength(1);
});

test("one that is not is looked at soon, ever later, and no later than once an interval", async () => {
  const { checks, asked, pass, setUp, managed } = bench();
  setUp(false);
  checks.watch(stackOf("shop", ["a.example.com"]), managed("a.example.com"));
  const times: number[] = [];
  for (let second = 0; second < 1_500; second += 1) {
    const before = asked.length;
    await checks.look();
    if (asked.length > before) times.push(second);
    pass(1_000);
  }
  const gaps = times.slice(1).map((at, index) => at - (times[index] ?? 0));
  expect(gaps[0]).toBeLessThanOrEqual(5);
  expect(gaps.every((gap, index) => index === 0 || gap >= (gaps[index - 1] ?? 0))).toBe(true);
  expect(Math.max(...gaps)).toBeLessThanOrEqual(300);
});

test("what was changed of a stack has its hosts looked at again at once", async () => {
  const { checks, asked, managed } = bench();
  checks.watch(stackOf("shop", ["a.example.com"]), managed("a.example.com"));
  await checks.look();
  checks.soon("shop");
  await checks.look();
  expect(asked).toHaveLength(2);
});

test("no more than four at once, and none twice at the same time", async () => {
  const { checks, asked, most, hold, managed } = bench();
  const hosts = Array.from({ length: 30 }, (_, index) => `h${index}.example.com`);
  checks.watch(stackOf("shop", hosts), managed(...hosts));
  const open = hold();
  const first = checks.look();
  await checks.look();
  open();
  await first;
  expect(asked).toHaveLength(30);
  expect(most()).toBeLessThanOrEqual(4);
});

test("what no stack has any more is forgotten", async () => {
  const { checks, asked, managed } = bench();
  checks.watch(stackOf("shop", ["a.example.com"]), managed("a.example.com"));
  checks.watch(stackOf("shop", ["b.example.com"]), managed("b.example.com"));
  await checks.look();
  expect(asked).toEqual(["b.example.com"]);
  checks.forget("shop");
  expect(checks.report("shop").conditions).toEqual([]);
});

test("waiting ends with the last good look, with time, or when nothing may go on", async () => {
  const { checks, asked, setUp, managed } = bench();
  setUp(false);
  checks.watch(stackOf("shop", ["a.example.com"]), managed("a.example.com"));
  await checks.settle("shop", 60_000, () => true);
  expect(asked).toHaveLength(13);
  await checks.settle("shop", 60_000, () => false);
  expect(asked).toHaveLength(13);
  setUp(true);
  await checks.settle("shop", 60_000, () => true);
  expect(checks.report("shop").holds).toBeNull();
});
