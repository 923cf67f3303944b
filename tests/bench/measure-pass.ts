// Measures passes of one size in processes of their own, so that CPU time and memory are the controller's alone.
// `measure-pass.ts first STACKS TIME_SCALE SIMULATOR_URL API_KEY` brings N stacks up, prints one line of JSON,
// and when its standard input closes changes one of them, then one env value of all, and prints another. Between the two
// `measure-pass.ts settled REPOSITORY TIME_SCALE SIMULATOR_URL API_KEY` runs the passes that change nothing.
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createDokploy } from "../../src/dokploy/platform.ts";
import { createEngine } from "../../src/engine/loop/create.ts";
import type { Engine } from "../../src/engine/engine.ts";
import { createGitSource } from "../../src/git/git-source.ts";
import { systemClock } from "../../src/lib/clock.ts";
import { createHasher } from "../../src/lib/digest.ts";
import { httpClient } from "../../src/lib/http.ts";
import type { HttpClient } from "../../src/lib/http.ts";
import { silentLogger } from "../../src/lib/logger.ts";
import { createRedactor } from "../../src/lib/redact.ts";
import { openStore } from "../../src/store/store.ts";
import { createTestRepository } from "../support/git.ts";
import { freeLock, memorySecrets } from "../support/memory.ts";
import { quickEngine, simpleStack } from "../support/scenario.ts";

export interface PassFigures {
  readonly requests: number;
  /** What was written, also where several writes shared a request. */
  readonly writes: number;
  readonly lists: number;
  readonly wallMs: number;
  readonly cpuMs: number;
}

export interface FirstFigures {
  readonly repository: string;
  readonly first: PassFigures;
}

export interface ChangedFigures {
  readonly oneChanged: PassFigures;
  /** Null where it would take too long. */
  readonly allChanged: PassFigures | null;
  readonly peakMemoryMiB: number;
}

export interface SettledFigures {
  /** The first pass of a process, whose code is cold. */
  readonly unchanged: PassFigures;
  /** The third one, as they are all day. */
  readonly again: PassFigures;
  /** After a collection of garbage that was asked for. */
  readonly residentMiB: number;
  readonly peakMemoryMiB: number;
}

interface Counts {
  requests: number;
  writes: number;
  lists: number;
}

function counting(counts: Counts): HttpClient {
  return {
    send(request) {
      counts.requests += 1;
      if (request.method !== "GET") counts.writes += callsOf(request.url);
      if (request.url.includes("project.all,")) counts.lists += 1;
      return httpClient.send(request);
    },
  };
}

/** How many procedures an address names. */
function callsOf(url: string): number {
  return new URL(url).pathname.split(",").length;
}

interface Given {
  readonly repository: string;
  readonly stateDir: string;
  readonly timeScale: number;
  readonly url: string;
  readonly apiKey: string;
}

const mebibytes = (bytes: number): number => bytes / 1_024 / 1_024;
const branch = "main";
/** Of larger sizes a pass that deploys everything takes an hour. */
const mostChanged = 1_000;

/** An engine as `run` has one, its passes asked for one by one. */
function openEngine({ repository, stateDir, timeScale, url, apiKey }: Given): {
  readonly pass: () => Promise<PassFigures>;
  readonly close: () => Promise<void>;
} {
  const counts: Counts = { requests: 0, writes: 0, lists: 0 };
  const common = { clock: systemClock, logger: silentLogger };
  const redactor = createRedactor();
  const store = openStore(stateDir, { logger: silentLogger });
  const platform = createDokploy({
    ...common,
    url,
    apiKey,
    random: Math.random,
    redactor,
    http: counting(counts),
  });
  const source = createGitSource({
    ...common,
    url: repository,
    branch,
    path: "stacks",
    stateDir,
    credentials: {},
  });
  const engine: Engine = createEngine(
    {
      ...common,
      platform,
      source,
      redactor,
      secrets: memorySecrets(new Map()),
      store,
      lock: freeLock(),
      hasher: createHasher(Buffer.from("bench")),
      http: httpClient,
      random: Math.random,
    },
    {
      ...quickEngine,
      resyncIntervalMs: 600_000,
      rolloutTickMs: Math.max(20, 1_000 * timeScale),
      lookAgainMs: 10_000,
    },
  );
  return {
    async pass() {
      // The key's check and the reading of Git are the start's, not the pass's.
      await engine.inventory();
      // `inventory` has listed once for this pass; its list counts, the check of the key does not.
      Object.assign(counts, { requests: 1, writes: 0, lists: 1 });
      const cpu = process.cpuUsage();
      const began = performance.now();
      const result = await engine.converge({ prune: true });
      const wallMs = performance.now() - began;
      const used = process.cpuUsage(cpu);
      if (!result.ok) throw new Error("the pass did not converge");
      return { ...counts, wallMs, cpuMs: (used.user + used.system) / 1_000 };
    },
    async close() {
      await engine.stop();
      await source.close();
      await platform.close();
      store.close();
    },
  };
}

async function onePass(given: Given): Promise<PassFigures> {
  const { pass, close } = openEngine(given);
  const figures = await pass();
  await close();
  return figures;
}

function print(figures: FirstFigures | ChangedFigures | SettledFigures): void {
  process.stdout.write(`${JSON.stringify(figures)}\n`);
}

async function measureFirst(stacks: number, given: Omit<Given, "repository">): Promise<void> {
  const repository = await createTestRepository();
  const all = { ...given, repository: repository.url };
  const names = Array.from({ length: stacks }, (_, index) => `s${String(index).padStart(5, "0")}`);
  const manifests = (mode: string) =>
    Object.fromEntries(
      names.map((name) => [`stacks/${name}.yaml`, simpleStack(name, { env: { MODE: mode } })]),
    );
  await repository.push(manifests("live"));
  print({ repository: repository.url, first: await onePass(all) });
  process.stdin.resume();
  await once(process.stdin, "end");
  await repository.push({ "stacks/s00000.yaml": simpleStack("s00000", { image: "acme/web:2" }) });
  const oneChanged = await onePass(all);
  let allChanged: PassFigures | null = null;
  if (stacks <= mostChanged) {
    await repository.push(manifests("other"));
    allChanged = await onePass(all);
  }
  print({ oneChanged, allChanged, peakMemoryMiB: process.resourceUsage().maxRSS / 1_024 });
  await repository.remove();
}

async function measureSettled(given: Given): Promise<void> {
  const { pass, close } = openEngine(given);
  const unchanged = await pass();
  const peakMemoryMiB = process.resourceUsage().maxRSS / 1_024;
  await pass();
  const again = await pass();
  // Only with --expose-gc, which the bench gives.
  (globalThis as { gc?: () => void }).gc?.();
  print({ unchanged, again, residentMiB: mebibytes(process.memoryUsage.rss()), peakMemoryMiB });
  await close();
}

const [mode, what = "", scale, url = "", apiKey = ""] = process.argv.slice(2);
if (apiKey === "") throw new Error("five arguments are needed");
const stateDir = await mkdtemp(join(tmpdir(), "capstan-bench-"));
const given = { stateDir, timeScale: Number(scale), url, apiKey };
if (mode === "first") await measureFirst(Number(what), given);
else await measureSettled({ ...given, repository: what });
await rm(stateDir, { recursive: true, force: true });
