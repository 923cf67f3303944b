// A whole controller with its store on disk, over HTTP against the simulator, on a clock that jumps from timer
// to timer; and what goes by in an hour of it: commits, faults, people, and nothing at all.
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { CapstanError } from "../../src/lib/errors.ts";
import { httpClient } from "../../src/lib/http.ts";
import type { HttpClient } from "../../src/lib/http.ts";
import type { Event } from "../../src/model/status.ts";
import type { FaultRule } from "../../src/simulator/faults.ts";
import { createRandom } from "../../src/simulator/random.ts";
import { openStore } from "../../src/store/store.ts";
import { foreignOf } from "../scenarios/faults/foreign.ts";
import { differences } from "../scenarios/faults/world.ts";
import { createScenario } from "../support/scenario.ts";
import { until } from "../support/until.ts";
import { createDrivenClock } from "./driven-clock.ts";

export const minuteMs = 60_000;
export const hourMs = 60 * minuteMs;
export const resyncMs = 10 * minuteMs;
/** Small, so that a day reaches the bound. */
export const historyRows = 2_000;
const changedAtOnce = 5;
/** Time-outs are of the real clock: while faults are about, a request that hangs is given up after this. */
const hangTimeoutMs = 500;
/** W7: four attempts at a deployment take some seven seconds here, and then wait for a commit. */
const dockerDownMs = 4_000;

const kinds: readonly FaultRule[] = [
  { kind: "reset" },
  { kind: "answerLost" },
  { kind: "lateWrite", ms: 2_000 },
  { kind: "status500" },
  { kind: "status500", applied: true },
  { kind: "html502" },
  { kind: "ratelimit401" },
  { kind: "filteredList" },
  { kind: "emptyList" },
  { kind: "truncated" },
  { kind: "wrongShape" },
  { kind: "junk" },
  { kind: "junk", applied: true },
  { kind: "batchRefused" },
  { kind: "hang" },
  { kind: "hang", applied: true },
];

/** Which requests a fault hits: any, the lists, or those that write. */
const targets = ["*", "project.all", "application.*"];

const nameOf = (index: number): string => `s${String(index).padStart(3, "0")}`;

function manifest(index: number, version: number): string {
  const name = nameOf(index);
  return [
    "apiVersion: capstan/v1",
    "kind: Stack",
    `metadata: { name: ${name} }`,
    "spec:",
    "  applications:",
    "    web:",
    `      image: ghcr.io/acme/web:${version}`,
    "      rollout: { stableFor: 10s, timeout: 10m }",
    `      env: { MODE: "${version}" }`,
    ...(index % 5 === 0 ? [`      domains: [ { host: ${name}.example.com, port: 8080 } ]`] : []),
    "",
  ].join("\n");
}

export type SoakBench = Awaited<ReturnType<typeof openSoakBench>>;

export async function openSoakBench(options: { readonly stacks: number; readonly seed: number }) {
  const { stacks, seed } = options;
  const random = createRandom(seed);
  const any = (below: number): number => Math.floor(random.next() * below);
  let underWay = 0;
  let requests = 0;
  let downUntilMs = 0;
  let isCalm = true;
  let folder = "";
  const http: HttpClient = {
    async send(request) {
      requests += 1;
      if (clock.now() < downUntilMs) throw new CapstanError("unavailable", "connection refused");
      underWay += 1;
      try {
        const timeoutMs = isCalm ? request.timeoutMs : Math.min(request.timeoutMs, hangTimeoutMs);
        return await httpClient.send({ ...request, timeoutMs });
      } finally {
        underWay -= 1;
      }
    },
  };
  const holder: { busy: () => boolean } = { busy: () => false };
  const clock = createDrivenClock(Date.now(), () => holder.busy());
  const scenario = await createScenario({
    simulator: { timeScale: 0.0005, seed },
    clock,
    http,
    openStore: (stateDir) => {
      folder = stateDir;
      return openStore(stateDir, { clock, historyRows });
    },
    engine: {
      pollSchedule: "0 0 1 1 *",
      resyncIntervalMs: resyncMs,
      deepCheckIntervalMs: hourMs,
      rolloutTickMs: 1_000,
      lookAgainMs: 10_000,
    },
  });
  const { simulator } = scenario;
  const { state, faults, log } = simulator;
  holder.busy = () =>
    underWay > 0 ||
    state.queue.active.length + state.queue.waiting.length > 0 ||
    process.getActiveResourcesInfo().includes("ProcessWrap");

  const foreign = foreignOf(simulator);
  const configurations = new Map<string, Set<string>>();
  const versions = Array.from({ length: stacks }, () => 1);
  /** Stacks whose services people removed or changed: another deployment of them is not needless. */
  const touched = new Set<string>();
  const engine = scenario.engine();
  const events: Event[] = [];
  engine.onEvent((event) => void events.push(event));

  const lastRuns = new Map<string, number>();
  let runs = 0;
  function countRuns(): void {
    for (const { name, lastRunMs } of engine.stacks()) {
      if (lastRuns.get(name) !== lastRunMs) runs += 1;
      lastRuns.set(name, lastRunMs);
    }
  }

  return {
    scenario,
    clock,
    /** Since the last call. */
    takeEvents: (): readonly Event[] => events.splice(0),
    takeRuns(): number {
      const taken = runs;
      runs = 0;
      return taken;
    },
    takeRequests(): number {
      const taken = requests;
      requests = 0;
      return taken;
    },
    /** Minute by minute, as no stack runs twice in one without a reason. */
    async pass(ms: number): Promise<void> {
      for (let left = ms; left > 0; left -= minuteMs) {
        await clock.run(Math.min(left, minuteMs));
        countRuns();
      }
    },
    async push(which: readonly number[]): Promise<void> {
      const files = which.map((index) => [
        `${nameOf(index)}.yaml`,
        manifest(index, versions[index]!),
      ]);
      const commit = await scenario.push(Object.fromEntries(files) as Record<string, string>);
      engine.poke("a push");
      await until("the commit is seen", () => engine.state().revision === commit);
      for (const { name, services } of engine.desired()) {
        for (const { key, hash } of services) {
          const hashes = configurations.get(`${name} ${key}`) ?? new Set();
          configurations.set(`${name} ${key}`, hashes.add(hash.run));
        }
      }
    },
    async change(): Promise<void> {
      const chosen = Array.from({ length: changedAtOnce }, () => any(stacks));
      for (const index of chosen) versions[index]! += 1;
      await this.push(chosen);
    },
    /** Somebody removes services, or edits applications in Dokploy. */
    interfere(times: number): void {
      for (let time = 0; time < times; time += 1) {
        const index = any(stacks);
        const row = [...state.applications.values()][index];
        if (row === undefined) continue;
        touched.add(row.appName);
        if (time % 2 === 0) state.removeSwarmService(row.appName);
        else state.editApplication(row.applicationId, { replicas: 2 });
      }
    },
    /** One fault or another begins. */
    async disturb(): Promise<void> {
      isCalm = false;
      const which = any(kinds.length + 3);
      const kind = kinds[which];
      if (kind !== undefined) {
        const procedure = targets[any(targets.length)]!;
        faults.add({ ...kind, procedure, times: 1 + any(6), probability: 0.5, seed: any(1e6) });
      } else if (which === kinds.length) {
        downUntilMs = clock.now() + (1 + any(20)) * minuteMs;
      } else if (which === kinds.length + 1) {
        faults.dockerDown((["undefined", "empty", "error"] as const)[any(3)]!);
        clock.after(dockerDownMs, () => faults.dockerDown(false));
      } else {
        await faults.restart({ downMs: 1 });
      }
    },
    calm(): void {
      faults.clear();
      downUntilMs = 0;
      isCalm = true;
    },
    /** Stacks that are Ready. */
    ready: (): number =>
      engine.stacks().filter(({ outcome }) => outcome.kind === "converged").length,
    unready: () =>
      engine
        .stacks()
        .filter(({ outcome }) => outcome.kind !== "converged")
        .map(({ name, outcome }) => `${name}: ${JSON.stringify(outcome)}`),
    /** In what the server is not as Git says. */
    differences(): readonly string[] {
      const found = differences(simulator, {
        desired: engine.desired(),
        foreign,
        configurations,
        wasKilled: true,
      });
      const names = new Set(
        engine
          .desired()
          .flatMap(({ name }) =>
            [...touched].some((app) => app.startsWith(`${name}-`)) ? [name] : [],
          ),
      );
      return found.filter(
        (text) => !(text.includes("needless deploys") && names.has(text.split(" ")[0] ?? "")),
      );
    },
    log,
    storeBytes: (): number =>
      readdirSync(folder)
        .filter((file) => file.startsWith("store.sqlite"))
        .reduce((sum, file) => sum + statSync(join(folder, file)).size, 0),
    close: () => scenario.close(),
  };
}
