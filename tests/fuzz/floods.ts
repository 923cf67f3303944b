// What Capstan does with floods in place of answers: a known error in bounded memory, and no write because of
// it. The short set lowers the limit, the long one has the real limit and answers of a hundred megabytes.
import { expect } from "vitest";
import { createDokploy } from "../../src/dokploy/platform.ts";
import { CapstanError } from "../../src/lib/errors.ts";
import { httpClient } from "../../src/lib/http.ts";
import type { HttpClient } from "../../src/lib/http.ts";
import { silentLogger } from "../../src/lib/logger.ts";
import { createRedactor } from "../../src/lib/redact.ts";
import { startSimulator } from "../../src/simulator/server.ts";
import { fastClock } from "../support/fast-clock.ts";
import { createScenario, simpleStack } from "../support/scenario.ts";
import { floodProxy, floods } from "./flood.ts";
import type { FloodProxy } from "./flood.ts";
import { reads } from "./junk.ts";

export interface FloodSize {
  readonly bytes: number;
  /** Null: Capstan's own limit. */
  readonly limit: number | null;
}

const clock = (times: number) => fastClock({ times, startMs: Date.now() });
const longestMessage = 1_000;

function limited(limit: number | null): HttpClient {
  return {
    send: (request) =>
      httpClient.send({
        ...request,
        maxBytes: limit === null ? request.maxBytes : Math.min(limit, request.maxBytes),
      }),
  };
}

const memory = (): number => {
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
};

/** The most memory that was held while `work` ran, beyond what was held before. */
async function peakOf(work: () => Promise<void>): Promise<number> {
  const before = memory();
  let most = before;
  const timer = setInterval(() => {
    most = Math.max(most, memory());
  }, 5);
  try {
    await work();
  } finally {
    clearInterval(timer);
  }
  return most - before;
}

/** Every read, under every flood. Returns the peak of memory in bytes. */
export async function floodReads({ bytes, limit }: FloodSize): Promise<number> {
  const simulator = await startSimulator({ timeScale: 0.01 });
  const proxy = await floodProxy(simulator.url);
  const platform = createDokploy({
    url: proxy.url,
    apiKey: simulator.apiKey,
    clock: clock(1_000),
    random: () => 0.5,
    logger: silentLogger,
    redactor: createRedactor(),
    http: limited(limit),
  });
  const ids = {
    projectId: "p",
    applicationId: "a",
    appName: "shop-web",
    swarmId: "s",
    deploymentId: "d",
  };
  try {
    return await peakOf(async () => {
      for (const kind of floods) {
        proxy.floodWith(() => kind, bytes);
        for (const { name, call } of reads) {
          const error = await call(platform, ids).then(
            () => null,
            (thrown: unknown) => thrown,
          );
          const where = `${name} under ${kind}`;
          // What ends below the limit may be read as a value, as far as its shape matters to nobody.
          if (error === null && bytes < (limit ?? Infinity)) continue;
          expect(error, where).toBeInstanceOf(CapstanError);
          const { code, message } = error as CapstanError;
          expect(code, where).not.toBe("internal");
          expect(message.length, where).toBeLessThan(longestMessage);
        }
      }
    });
  } finally {
    await platform.close();
    await proxy.close();
    await simulator.close();
  }
}

/** R3 and W3: floods in place of lists, then of all answers to writes that were carried out. */
export async function floodStacks({ bytes, limit }: FloodSize): Promise<void> {
  const holder: { proxy: FloodProxy | null } = { proxy: null };
  const scenario = await createScenario({
    simulator: { timeScale: 0.01 },
    clock: clock(100),
    engine: { rolloutTickMs: 2_000, lookAgainMs: 10_000, pollSchedule: "0 0 1 1 *" },
    http: limited(limit),
    through: async (url) => {
      holder.proxy = await floodProxy(url);
      return holder.proxy.url;
    },
  });
  const proxy = holder.proxy!;
  const stack = (name: string): string => simpleStack(name).replace("timeout: 20s", "timeout: 1h");
  try {
    await scenario.push({ "one.yaml": stack("one") });
    expect((await scenario.apply()).ok).toBe(true);
    await scenario.push({ "one.yaml": null, "two.yaml": stack("two") });
    scenario.writes();
    for (const kind of floods) {
      proxy.floodWith(
        (procedures) => (procedures.some((name) => name.startsWith("project.all")) ? kind : null),
        bytes,
      );
      await expect(scenario.apply(), kind).rejects.toBeInstanceOf(CapstanError);
      expect(scenario.writes(), kind).toEqual([]);
    }
    let left = 6;
    proxy.floodWith((procedures) => {
      const isWrite = procedures.some((name) => /\.(create|update|deploy|remove)$/.test(name));
      if (!isWrite || left === 0) return null;
      left -= 1;
      return floods[left % floods.length]!;
    }, bytes);
    await scenario.apply().catch((error: unknown) => {
      expect(error).toBeInstanceOf(CapstanError);
    });
    const { ok, stacks } = await scenario.apply();
    expect(stacks.filter(({ outcome }) => "message" in outcome)).toEqual([]);
    expect(ok).toBe(true);
    const { projects, applications, swarmServices } = scenario.simulator.state;
    expect([projects.size, applications.size, swarmServices.size]).toEqual([1, 1, 1]);
    const titles = [...scenario.simulator.state.deployments.values()].map(({ title }) => title);
    expect(new Set(titles).size, "each attempt is deployed once").toBe(titles.length);
  } finally {
    await scenario.close();
    await proxy.close();
  }
}
