// Law W4: a controller in a process of its own is killed at one request and another one, with the same
// state folder, brings the work to its end. Shared by the sampled test and the full one.
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { PassResult } from "../../src/engine/engine.ts";
import { serviceKinds } from "../../src/model/observed.ts";
import { startSimulator } from "../../src/simulator/server.ts";
import type { Simulator } from "../../src/simulator/server.ts";
import { openController } from "./controller.ts";
import type { ControllerSettings } from "./controller.ts";
import { createTestRepository } from "./git.ts";
import type { TestRepository } from "./git.ts";
import type { KillCase } from "./kill-cases.ts";
import { addDestination } from "./destination.ts";
import { createNursery, end } from "./nursery.ts";
import { watchProxy } from "./watch-proxy.ts";
import type { Passing } from "./watch-proxy.ts";
import { copyWorld, pasteWorld } from "./world-copy.ts";
import type { WorldCopy } from "./world-copy.ts";
import { worldPicture } from "./world-picture.ts";

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

/** The read after which a late write hurts most: what it changes was just looked at. */
function looksFor({ procedures, body }: Passing): string {
  const [first = ""] = procedures;
  if (/^(application|compose)\.deploy$/.test(first)) return "deployment.queueList";
  const isChild = /^(domain|port|mounts|security|redirects|schedule|backup|volumeBackups)\./.test(
    first,
  );
  if (!isChild) return "project.all";
  const kind = /"(\w+)Id":"[^"]+"/g;
  const owners = [...body.matchAll(kind)].map(([, one = ""]) => one);
  return `${owners.find((one) => serviceKinds.some((each) => each === one)) ?? "application"}.one`;
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
    addDestination(simulator, "s3");
    for (const name of test.servers ?? []) simulator.state.addServer({ name });
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
    addDestination(simulator, "s3");
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
      .filter(({ procedures }) => procedures.some((name) => name.endsWith(".deploy")))
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
