// Measures one size in a process of its own, so that CPU time and peak memory are the controller's
// alone: brings N stacks up, then runs a pass with nothing changed and one with one stack changed.
// Prints one line of JSON. Usage: measure-pass.ts STACKS TIME_SCALE SIMULATOR_URL API_KEY
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
import { createTestRepository } from "../support/git.ts";
import { freeLock, memorySecrets, memoryStore } from "../support/memory.ts";
import { quickEngine, simpleStack } from "../support/scenario.ts";

export interface PassFigures {
  readonly requests: number;
  readonly writes: number;
  readonly lists: number;
  readonly wallMs: number;
  readonly cpuMs: number;
}

export interface SizeFigures {
  readonly stacks: number;
  readonly timeScale: number;
  readonly first: PassFigures;
  readonly unchanged: PassFigures;
  readonly oneChanged: PassFigures;
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
      if (request.method !== "GET") counts.writes += 1;
      if (request.url.includes("project.all,")) counts.lists += 1;
      return httpClient.send(request);
    },
  };
}

async function main(): Promise<void> {
  const [stacksText, scaleText, url, apiKey] = process.argv.slice(2);
  const stacks = Number(stacksText);
  const timeScale = Number(scaleText);
  if (url === undefined || apiKey === undefined) throw new Error("four arguments are needed");
  const repository = await createTestRepository();
  const stateDir = await mkdtemp(join(tmpdir(), "capstan-bench-"));
  const counts: Counts = { requests: 0, writes: 0, lists: 0 };
  const store = memoryStore();

  function build(): { engine: Engine; close: () => Promise<void> } {
    const common = { clock: systemClock, logger: silentLogger };
    const redactor = createRedactor();
    const platform = createDokploy({
      ...common,
      url: url ?? "",
      apiKey: apiKey ?? "",
      random: Math.random,
      redactor,
      http: counting(counts),
    });
    const source = createGitSource({
      ...common,
      url: repository.url,
      branch: repository.branch,
      path: "stacks",
      stateDir,
      credentials: {},
    });
    const engine = createEngine(
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
    const close = async (): Promise<void> => {
      await engine.stop();
      await source.close();
      await platform.close();
    };
    return { engine, close };
  }

  async function pass(): Promise<PassFigures> {
    const { engine, close } = build();
    // The key's check and the reading of Git are the start's, not the pass's.
    await engine.inventory();
    // `inventory` has listed once for this pass; its list counts, the check of the key does not.
    Object.assign(counts, { requests: 1, writes: 0, lists: 1 });
    const cpu = process.cpuUsage();
    const began = performance.now();
    const result = await engine.converge({ prune: true });
    const wallMs = performance.now() - began;
    const used = process.cpuUsage(cpu);
    await close();
    if (!result.ok) throw new Error(`the pass of ${stacks} stacks did not converge`);
    return { ...counts, wallMs, cpuMs: (used.user + used.system) / 1_000 };
  }

  const names = Array.from({ length: stacks }, (_, index) => `s${String(index).padStart(5, "0")}`);
  await repository.push(
    Object.fromEntries(names.map((name) => [`stacks/${name}.yaml`, simpleStack(name)])),
  );
  const first = await pass();
  const unchanged = await pass();
  await repository.push({ "stacks/s00000.yaml": simpleStack("s00000", { image: "acme/web:2" }) });
  const oneChanged = await pass();
  const figures: SizeFigures = {
    stacks,
    timeScale,
    first,
    unchanged,
    oneChanged,
    peakMemoryMiB: process.resourceUsage().maxRSS / 1_024,
  };
  process.stdout.write(`${JSON.stringify(figures)}\n`);
  await repository.remove();
  await rm(stateDir, { recursive: true, force: true });
}

await main();
