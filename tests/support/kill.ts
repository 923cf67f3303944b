// Law W4: a controller in a process of its own is killed at one request and another one, with the same
// state folder, brings the work to its end. Shared by the sampled test and the full one.
import { fork } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { PassResult } from "../../src/engine/engine.ts";
import { startSimulator } from "../../src/simulator/server.ts";
import type { Simulator } from "../../src/simulator/server.ts";
import { openController } from "./controller.ts";
import type { ControllerSettings } from "./controller.ts";
import { createTestRepository } from "./git.ts";
import type { TestRepository } from "./git.ts";
import { simpleStack } from "./scenario.ts";
import { watchProxy } from "./watch-proxy.ts";
import type { Passing } from "./watch-proxy.ts";
import { copyWorld, pasteWorld } from "./world-copy.ts";
import type { WorldCopy } from "./world-copy.ts";
import { worldPicture } from "./world-picture.ts";

export interface KillCase {
  readonly title: string;
  /** On the server when the controller that is killed starts; null: nothing. */
  readonly from: Readonly<Record<string, string>> | null;
  readonly to: Readonly<Record<string, string | null>>;
  /** How stacks end; converged or removed where it is absent. */
  readonly ends?: "degraded";
}

/** `write 3` or `read 1 after write 3`: where in the course of the requests. */
export interface Moment {
  readonly at: string;
  /**
   * `late`: cut off before it arrived, and carried out while the next controller already looks; `half`: of a batch
   * of writes only the first half was carried out.
   */
  readonly when: "before" | "after" | "late" | "half";
}

export interface Ending {
  readonly result: PassResult;
  readonly picture: ReturnType<typeof worldPicture>;
  /** Titles of all deploy requests that reached the server, sorted. */
  readonly deploys: readonly string[];
  /** All creates that reached the server, sorted: what was made twice may have been tidied up since. */
  readonly creates: readonly string[];
  /** What the pass after the last one wrote. */
  readonly writesAfter: readonly string[];
  readonly wasKilled: boolean;
  /** The moments that this run came by. */
  readonly moments: readonly Moment[];
}

const base = [
  "apiVersion: capstan/v1",
  "kind: Stack",
  "metadata: { name: other }",
  "spec: { applications: { web: { image: nginx:1, rollout: { stableFor: 0s } } } }",
  "",
].join("\n");

interface ShopOptions {
  readonly image: string;
  readonly host: string;
  readonly port: number;
}

function shop({ image, host, port }: ShopOptions): string {
  return [
    "apiVersion: capstan/v1",
    "kind: Stack",
    "metadata: { name: shop }",
    "spec:",
    "  applications:",
    "    api:",
    "      image: ghcr.io/acme/api:1",
    "      rollout: { stableFor: 0s }",
    "    web:",
    `      image: ${image}`,
    "      rollout: { stableFor: 0s }",
    "      env: { MODE: live }",
    `      domains: [ { host: ${host}, port: 8080 } ]`,
    `      ports: [ { published: ${port}, target: 22 } ]`,
    "      mounts: [ { type: volume, source: data, target: /data } ]",
    "      basicAuth: [ { username: ops, password: $(secrets.ops) } ]",
    "",
  ].join("\n");
}

/** A stack that says `onFailure: rollback`. */
function careful(image: string, host: string, port: number): string {
  const rollout = "rollout: { stableFor: 0s, onFailure: rollback }";
  return [
    "apiVersion: capstan/v1",
    "kind: Stack",
    "metadata: { name: shop }",
    "spec:",
    "  applications:",
    `    api: { image: "ghcr.io/acme/api:1", ${rollout} }`,
    "    web:",
    `      image: ${image}`,
    `      ${rollout}`,
    `      domains: [ { host: ${host}, port: 8080 } ]`,
    `      ports: [ { published: ${port}, target: 22 } ]`,
    "",
  ].join("\n");
}

const first = shop({ image: "ghcr.io/acme/web:1", host: "shop.example.com", port: 2222 });
const second = shop({ image: "ghcr.io/acme/web:2", host: "new.example.com", port: 2223 });

const three = ["shop", "blog", "wiki"];

export const killCases: readonly KillCase[] = [
  { title: "the creation of a stack", from: null, to: { "shop.yaml": first } },
  {
    title: "the creation of three stacks in shared requests",
    from: null,
    to: Object.fromEntries(three.map((name) => [`${name}.yaml`, simpleStack(name)])),
  },
  {
    title: "a change of image, domain and port",
    from: { "shop.yaml": first, "other.yaml": base },
    to: { "shop.yaml": second },
  },
  {
    title: "a rollout that takes its time",
    from: { "shop.yaml": first, "other.yaml": base },
    to: { "shop.yaml": first.replace("ghcr.io/acme/web:1", "ghcr.io/acme/web:slow") },
  },
  {
    title: "a removal",
    from: { "shop.yaml": first, "other.yaml": base },
    to: { "shop.yaml": null },
  },
  {
    title: "a rollback",
    from: { "shop.yaml": careful("ghcr.io/acme/web:1", "shop.example.com", 2222) },
    to: { "shop.yaml": careful("ghcr.io/acme/crash:2", "new.example.com", 2223) },
    ends: "degraded",
  },
];

export interface KillBench {
  /** The course without a kill. */
  readonly undisturbed: Ending;
  run(moment: Moment): Promise<Ending>;
  close(): Promise<void>;
}

/** The repository of one case, with what was before on the branch `before`. */
async function repositoryOf(test: KillCase): Promise<TestRepository> {
  const inFolder = (
    files: Readonly<Record<string, string | null>>,
  ): Record<string, string | null> =>
    Object.fromEntries(Object.entries(files).map(([path, text]) => [`stacks/${path}`, text]));
  const repository = await createTestRepository();
  if (test.from !== null) {
    const commit = await repository.push(inFolder(test.from));
    await repository.git("update-ref", "refs/heads/before", commit);
  }
  await repository.push(inFolder(test.to));
  return repository;
}

/** Children that have loaded everything and wait for their settings. */
function createNursery(ready: number) {
  const entry = join(import.meta.dirname, "controller-process.ts");
  const waiting: Promise<ChildProcess>[] = [];
  const born = new Set<ChildProcess>();
  function bear(): Promise<ChildProcess> {
    const child = fork(entry, [], {
      execArgv: ["--disable-warning=ExperimentalWarning"],
      stdio: ["ignore", "ignore", "ignore", "ipc"],
    });
    born.add(child);
    child.once("exit", () => born.delete(child));
    return new Promise((resolve, reject) => {
      child.once("message", () => resolve(child));
      child.once("error", reject);
      child.once("exit", () => reject(new Error("a child ended while it loaded")));
    });
  }
  for (let index = 0; index < ready; index++) waiting.push(bear());
  return {
    take(): Promise<ChildProcess> {
      const child = waiting.shift() ?? bear();
      waiting.push(bear());
      return child;
    },
    async close(): Promise<void> {
      await Promise.allSettled(waiting);
      await Promise.all([...born].map((child) => end(child)));
    },
  };
}

function end(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) {
      resolve();
      return;
    }
    child.once("exit", () => resolve());
    child.kill("SIGKILL");
  });
}

/** The read after which a late write hurts most: what it changes was just looked at. */
function looksFor({ procedures }: Passing): string {
  if (procedures.includes("application.deploy")) return "deployment.queueList";
  const isChild = /^(domain|port|mounts|security|redirects)\./.test(procedures[0] ?? "");
  return isChild ? "application.one" : "project.all";
}

export async function openKillBench(test: KillCase, parallel: number): Promise<KillBench> {
  const repository = await repositoryOf(test);
  const nursery = createNursery(parallel);
  const startMs = Date.now();

  async function converge(settings: ControllerSettings): Promise<PassResult> {
    const controller = openController(settings);
    try {
      return await controller.engine.converge({ prune: true });
    } finally {
      await controller.close();
    }
  }

  /** The server, and the state folder, as `from` left them. */
  async function begin(): Promise<{ world: WorldCopy; stateDir: string } | null> {
    if (test.from === null) return null;
    const stateDir = await mkdtemp(join(tmpdir(), "capstan-kill-"));
    const simulator = await startSimulator({ timeScale: 0.05 });
    await converge({ ...settingsFor(simulator, simulator.url, stateDir), branch: "before" });
    const world = copyWorld(simulator);
    await simulator.close();
    return { world, stateDir };
  }

  function settingsFor(
    simulator: Simulator,
    dokployUrl: string,
    stateDir: string,
  ): ControllerSettings {
    return {
      dokployUrl,
      apiKey: simulator.apiKey,
      gitUrl: repository.url,
      branch: repository.branch,
      stateDir,
      secrets: { ops: "a-password-of-ops" },
      time: { times: 20, startMs },
    };
  }

  async function run(moment: Moment | null): Promise<Ending> {
    const stateDir = await mkdtemp(join(tmpdir(), "capstan-kill-"));
    const simulator = await startSimulator({ timeScale: 0.05, seed: 2 });
    try {
      if (start !== null) {
        pasteWorld(simulator, start.world);
        await cp(start.stateDir, stateDir, { recursive: true });
      }
      return await course(simulator, stateDir, moment);
    } finally {
      await simulator.close();
      await rm(stateDir, { recursive: true, force: true });
    }
  }

  async function course(
    simulator: Simulator,
    stateDir: string,
    moment: Moment | null,
  ): Promise<Ending> {
    const child = await nursery.take();
    const gone = new Promise<void>((resolve) => child.once("exit", () => resolve()));
    const moments: Moment[] = [];
    let writes = 0;
    let reads = 0;
    let at = "";
    let late: Passing | null = null;
    let wasKilled = false;
    const passOn = async (when: "before" | "after", passing: Passing): Promise<boolean> => {
      moments.push({ at, when });
      if (when === "before" && passing.isWrite) moments.push({ at, when: "late" });
      const isBatch = passing.isWrite && passing.procedures.length > 1;
      if (when === "before" && isBatch) moments.push({ at, when: "half" });
      const isBefore = moment?.when === "late" || (moment?.when === "half" && isBatch);
      const isMeant = moment?.when === when || (isBefore && when === "before");
      if (wasKilled || moment?.at !== at || !isMeant) return !wasKilled;
      wasKilled = true;
      if (moment.when === "late") late = passing;
      if (moment.when === "half") await passing.half();
      await end(child);
      return false;
    };
    const proxy = await watchProxy(simulator.url, {
      before: (passing) => {
        if (passing.isWrite) {
          writes += 1;
          reads = 0;
          at = `write ${writes}`;
        } else {
          reads += 1;
          at = `read ${reads} after write ${writes}`;
        }
        return passOn("before", passing);
      },
      after: (passing) => passOn("after", passing),
    });
    try {
      child.send(settingsFor(simulator, proxy.url, stateDir));
      await gone;
    } finally {
      await proxy.close();
    }
    const again = await watchProxy(simulator.url, {
      after: async ({ procedures }) => {
        if (late !== null && procedures.includes(looksFor(late))) {
          const landing = late;
          late = null;
          await landing.repeat();
        }
        return true;
      },
    });
    const settings = settingsFor(simulator, again.url, stateDir);
    const result = await converge(settings);
    await again.close();
    const deploys = simulator.log.entries
      .filter(({ procedures }) => procedures.includes("application.deploy"))
      .map(({ body }) => JSON.stringify(body))
      .sort();
    const creates = simulator.log.entries
      .flatMap(({ procedures }) => procedures)
      .filter((name) => name.endsWith(".create"))
      .sort();
    const picture = worldPicture(simulator);
    simulator.log.clear();
    await converge(settingsFor(simulator, simulator.url, stateDir));
    const writesAfter = simulator.log.writes().flatMap(({ procedures }) => procedures);
    return { result, picture, deploys, creates, writesAfter, wasKilled, moments };
  }

  const start = await begin();
  return {
    undisturbed: await run(null),
    run,
    async close() {
      await nursery.close();
      await repository.remove();
      if (start !== null) await rm(start.stateDir, { recursive: true, force: true });
    },
  };
}

/** Where a kill can make a difference: at every write, and at the first reads after each. */
export function momentsOf(undisturbed: Ending, reads = 3): readonly Moment[] {
  return undisturbed.moments.filter(({ at, when }) => {
    const read = /^read (\d+)/.exec(at);
    return read === null || (Number(read[1]) <= reads && when === "before");
  });
}

/** Runs `job` for all items, so many at a time. */
export async function inParallel<T, R>(
  items: readonly T[],
  atOnce: number,
  job: (item: T) => Promise<R>,
): Promise<readonly R[]> {
  const results: R[] = [];
  let next = 0;
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      for (let index = next++; index < items.length; index = next++) {
        results[index] = await job(items[index]!);
      }
    }),
  );
  return results;
}
