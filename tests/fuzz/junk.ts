// What Capstan does with junk in place of Dokploy's answers, once through the adapter and once through a whole
// controller. The short and the long set share it.
import { app, apps } from "../dokploy/support.ts";
import fc from "fast-check";
import { expect } from "vitest";
import { createDokploy } from "../../src/dokploy/platform.ts";
import { CapstanError } from "../../src/lib/errors.ts";
import { silentLogger } from "../../src/lib/logger.ts";
import { createRedactor } from "../../src/lib/redact.ts";
import type { Platform } from "../../src/ports.ts";
import { startSimulator } from "../../src/simulator/server.ts";
import { fastClock } from "../support/fast-clock.ts";
import { createScenario, simpleStack } from "../support/scenario.ts";
import { anyMutation, deadlyMutation } from "./mutations.ts";
import type { Mutation } from "./mutations.ts";
import { spoilingProxy } from "./spoiling-proxy.ts";
import type { SpoilingProxy } from "./spoiling-proxy.ts";

/** So fast that the pauses between repeated reads are short. */
const clock = (times: number) => fastClock({ times, startMs: Date.now() });

interface Read {
  readonly name: string;
  readonly call: (platform: Platform, ids: Ids) => Promise<unknown>;
}
interface Ids {
  readonly projectId: string;
  readonly applicationId: string;
  readonly appName: string;
  readonly swarmId: string;
  readonly deploymentId: string;
}

/** Everything that Capstan reads. */
export const reads: readonly Read[] = [
  { name: "check", call: (platform) => platform.check() },
  { name: "list", call: (platform) => platform.list() },
  {
    name: "details",
    call: (platform, ids) => platform.details(apps(ids.applicationId, "unknown")),
  },
  { name: "hasProject", call: (platform, ids) => platform.hasProject(ids.projectId) },
  {
    name: "observeRollouts",
    call: (platform, ids) => platform.observeRollouts(apps(ids.applicationId, "unknown")),
  },
  { name: "liveServices", call: (platform, ids) => platform.liveServices([ids.swarmId]) },
  { name: "tasks", call: (platform, ids) => platform.tasks(ids.appName) },
  { name: "buildLog", call: (platform, ids) => platform.buildLog(ids.deploymentId, 20) },
  { name: "serviceLog", call: (platform, ids) => platform.serviceLog(app(ids.applicationId), 20) },
];

async function outcomeOf(call: Promise<unknown>): Promise<unknown> {
  try {
    await call;
    return "a value";
  } catch (error) {
    return error instanceof CapstanError && error.code !== "internal" ? "a known error" : error;
  }
}

export interface AdapterBench {
  readonly proxy: SpoilingProxy;
  readonly platform: Platform;
  readonly ids: Ids;
  close(): Promise<void>;
}

/** A platform that talks to a simulator with one running application through a proxy that spoils. */
export async function openAdapterBench(): Promise<AdapterBench> {
  const simulator = await startSimulator({ timeScale: 0.01 });
  const proxy = await spoilingProxy(simulator.url);
  const platform = createDokploy({
    url: proxy.url,
    apiKey: simulator.apiKey,
    clock: clock(1_000),
    random: () => 0.5,
    logger: silentLogger,
    redactor: createRedactor(),
  });
  const { project } = simulator.state.addProject({ name: "shop" });
  const row = simulator.state.addApplication(project.projectId, {
    name: "web",
    appName: "shop-web",
    sourceType: "docker",
    dockerImage: "nginx:1",
    labelsSwarm: { "capstan.want": "0123456789ab.1" },
  });
  await platform.createChild(app(row.applicationId), {
    kind: "port",
    spec: { published: 2222, target: 22, protocol: "tcp", mode: "ingress" },
  });
  await platform.deploy(
    app(row.applicationId),
    { title: "capstan 0123456789ab.1", description: "a test" },
    60_000,
  );
  const done = () =>
    [...simulator.state.deployments.values()].find(({ status }) => status === "done");
  while (done() === undefined) await new Promise((resolve) => setTimeout(resolve, 5));
  return {
    proxy,
    platform,
    ids: {
      projectId: project.projectId,
      applicationId: row.applicationId,
      appName: row.appName,
      swarmId: simulator.state.swarmServices.get(row.appName)?.ID ?? "",
      deploymentId: done()?.deploymentId ?? "",
    },
    async close() {
      await platform.close();
      await proxy.close();
      await simulator.close();
    },
  };
}

/** R3: whatever comes back, a read ends in a value or in an error that Capstan knows. */
export async function fuzzReads(
  { proxy, platform, ids }: AdapterBench,
  runs: number,
): Promise<void> {
  for (const { name, call } of reads) {
    await fc.assert(
      fc.asyncProperty(anyMutation, async (mutation) => {
        proxy.spoilWith(() => mutation);
        expect(await outcomeOf(call(platform, ids)), name).toMatch(/^a (value|known error)$/);
      }),
      { numRuns: runs },
    );
  }
  proxy.spoilWith(null);
}

const isList = (procedures: readonly string[]): boolean =>
  procedures.some((name) => name.startsWith("project.all"));
/** With time enough for rollouts, whose clock runs fast here. */
const stack = (name: string, image?: string): string =>
  simpleStack(name, image === undefined ? {} : { image }).replace("timeout: 20s", "timeout: 1h");
const wrote = /\.(create|delete|remove|deploy|stop|update)$/;

/** A controller over three stacks that are as Git says. */
async function openEngineBench() {
  const holder: { proxy: SpoilingProxy | null } = { proxy: null };
  const scenario = await createScenario({
    simulator: { timeScale: 0.01 },
    clock: clock(100),
    engine: { rolloutTickMs: 2_000, lookAgainMs: 10_000, pollSchedule: "0 0 1 1 *" },
    through: async (url) => {
      holder.proxy = await spoilingProxy(url);
      return holder.proxy.url;
    },
  });
  await scenario.push(
    Object.fromEntries(
      ["one", "two", "three", "four"].map((name) => [`${name}.yaml`, stack(name)]),
    ),
  );
  const result = await scenario.apply();
  expect(result.ok).toBe(true);
  scenario.writes();
  return {
    scenario,
    proxy: holder.proxy!,
    async close() {
      await scenario.close();
      await holder.proxy?.close();
    },
  };
}

type EngineBench = Awaited<ReturnType<typeof openEngineBench>>;

/** How a pass ends: a result whose stacks all have an outcome that was foreseen, or a known error. */
async function pass({ scenario }: EngineBench): Promise<void> {
  try {
    const { stacks } = await scenario.apply();
    const bugs = stacks.filter(
      ({ outcome }) => "message" in outcome && outcome.message.includes("unexpected:"),
    );
    expect(bugs).toEqual([]);
  } catch (error) {
    expect(error).toBeInstanceOf(CapstanError);
    expect((error as CapstanError).code).not.toBe("internal");
  }
}

/** R3: while no list can be read nothing is written, although Git asks for a change, a stack and a removal. */
export async function fuzzDeadLists(runs: number): Promise<void> {
  const bench = await openEngineBench();
  const { scenario, proxy } = bench;
  try {
    await scenario.push({
      "one.yaml": stack("one", "ghcr.io/acme/web:2"),
      "two.yaml": null,
      "five.yaml": stack("five"),
    });
    await fc.assert(
      fc.asyncProperty(deadlyMutation, async (mutation) => {
        proxy.spoilWith((procedures) => (isList(procedures) ? mutation : null));
        await pass(bench);
        expect(scenario.writes()).toEqual([]);
      }),
      { numRuns: runs },
    );
    proxy.spoilWith(null);
    expect((await scenario.apply()).ok).toBe(true);
    expect(scenario.simulator.state.projects.size).toBe(4);
  } finally {
    await bench.close();
  }
}

/**
 * With nothing to do, and one thing wrong somewhere in the lists: nothing is made or removed, whatever a
 * field of them says. (A changed description is a marker that somebody changed: it may be written again.)
 */
export async function fuzzSpoiltLists(runs: number): Promise<void> {
  const bench = await openEngineBench();
  const { scenario, proxy } = bench;
  try {
    await fc.assert(
      fc.asyncProperty(anyMutation, async (mutation: Mutation) => {
        proxy.spoilWith((procedures) => (isList(procedures) ? mutation : null));
        await pass(bench);
        // An environment of another name is what a person renamed: the one that Git names is missing.
        const made = /(?<!^environment)\.(create|delete|remove)$/;
        const written = scenario.writes().filter((name) => made.test(name));
        expect(written).toEqual([]);
      }),
      { numRuns: runs },
    );
    proxy.spoilWith(null);
    expect((await scenario.apply()).ok).toBe(true);
    scenario.writes();
    expect((await scenario.apply()).ok).toBe(true);
    expect(scenario.writes().filter((name) => wrote.test(name))).toEqual([]);
  } finally {
    await bench.close();
  }
}

/** A swarm that never answers again is waited for without end: the junk must have one. */
const mostSpoilt = 40;

/** Everything that Capstan reads is spoilt now and then while stacks are made, changed and removed. */
export async function fuzzEverything(runs: number): Promise<void> {
  const bench = await openEngineBench();
  const { scenario, proxy } = bench;
  let version = 2;
  try {
    await fc.assert(
      fc.asyncProperty(anyMutation, fc.integer({ min: 1, max: 6 }), async (mutation, every) => {
        let asked = 0;
        let spoilt = 0;
        proxy.spoilWith((procedures) => {
          if (procedures.some((name) => wrote.test(name)) || spoilt >= mostSpoilt) return null;
          if (++asked % every !== 0) return null;
          spoilt += 1;
          return mutation;
        });
        version += 1;
        await scenario.push({
          "one.yaml": stack("one", `ghcr.io/acme/web:${version}`),
        });
        await pass(bench);
        proxy.spoilWith(null);
        const result = await scenario.apply();
        expect(result.stacks.map(({ outcome }) => outcome.kind)).toEqual(
          Array(4).fill("converged"),
        );
        const { projects, applications } = scenario.simulator.state;
        expect([projects.size, applications.size]).toEqual([4, 4]);
      }),
      { numRuns: runs },
    );
  } finally {
    await bench.close();
  }
}
