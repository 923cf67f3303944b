// Every fault of the simulator as something that is switched on and, after a while, off again; alone, and
// in random mixes that a seed decides.
import { serviceKinds } from "../../../src/model/observed.ts";
import type { ServiceKind } from "../../../src/model/observed.ts";
import { stopContainers } from "../../../src/simulator/compose/containers.ts";
import type { FaultRule } from "../../../src/simulator/faults.ts";
import { SERVICES } from "../../../src/simulator/kinds/services.ts";
import type { ServiceRow } from "../../../src/simulator/kinds/services.ts";
import { createRandom } from "../../../src/simulator/random.ts";
import type { Simulator } from "../../../src/simulator/server.ts";
import type { DockerMode } from "../../../src/simulator/state.ts";
import type { ImageBehaviour } from "../../../src/simulator/swarmTypes.ts";
import { runningOf } from "../../support/world-picture.ts";

export interface FaultCase {
  readonly title: string;
  /** Dokploy's process dies in it: what it had begun stays half done. */
  readonly kills: boolean;
  /** What it broke stays broken until a commit mends it. */
  readonly needsCommit?: boolean;
  /** People take away what runs: another deployment of it is not needless. */
  readonly redeploys?: boolean;
  /** Switches it on; what is returned waits until it is over by itself. */
  begin(simulator: Simulator, seed: number): Promise<void>;
}

const over = Promise.resolve();
const writes = ["*.create", "*.update", "*.deploy", "*.delete", "*.remove"];

/** On any request now and then, and more often on those that write. */
function rules(rule: FaultRule, shares = { any: 0.15, write: 0.5 }): FaultCase["begin"] {
  return ({ faults }, seed) => {
    faults.add({ ...rule, times: "always", probability: shares.any, seed });
    for (const [index, procedure] of writes.entries()) {
      const more = { times: 3, probability: shares.write, seed: seed * 31 + index };
      faults.add({ ...rule, procedure, ...more });
    }
    return over;
  };
}

function lists(rule: FaultRule): FaultCase["begin"] {
  return ({ faults }, seed) => {
    faults.add({ ...rule, procedure: "project.all", times: "always", probability: 0.7, seed });
    return over;
  };
}

function docker(mode: DockerMode): FaultCase["begin"] {
  return ({ faults }) => {
    faults.dockerDown(mode);
    return over;
  };
}

/** Of an application, of a service in compose files, and of databases. */
function image(behaviour: ImageBehaviour): FaultCase["begin"] {
  return ({ faults }) => {
    for (const match of ["ghcr.io/acme/web", "postgres:", "mongo:", "libsql-server"]) {
      faults.image(match, behaviour);
    }
    return over;
  };
}

/** What somebody does to some of the services that Capstan made, once there are any. */
function people(
  act: (state: Simulator["state"], row: ServiceRow, kind: ServiceKind) => void,
): FaultCase["begin"] {
  return async ({ state }, seed) => {
    await new Promise((resolve) => setTimeout(resolve, 100));
    const ours = serviceKinds.flatMap((kind) =>
      [...SERVICES[kind].rows(state).values()]
        .filter(
          ({ appName, description }) =>
            description?.includes("[capstan:1") === true && runningOf(state, appName).length > 0,
        )
        .map((row) => ({ kind, row })),
    );
    for (const [index, { row, kind }] of ours.entries()) {
      if (index % 3 === seed % 3) act(state, row, kind);
    }
  };
}

/** `docker rm` and `docker service rm` of all that runs of a service. */
function takeAway(state: Simulator["state"], { appName }: ServiceRow): void {
  const project = state.composeProjects.get(appName);
  if (project !== undefined) project.containers = [];
  for (const name of state.swarmServices.keys()) {
    if (name === appName || name.startsWith(`${appName}_`)) state.removeSwarmService(name);
  }
}

/** The Stop button of its page. */
function stop(state: Simulator["state"], row: ServiceRow, kind: ServiceKind): void {
  row[SERVICES[kind].status] = "idle";
  if (kind === "compose" && row.composeType === "stack") takeAway(state, row);
  else if (kind === "compose") {
    stopContainers(state.composeProjects.get(row.appName)?.containers ?? []);
  } else state.scaleSwarmService(row.appName, 0);
}

const survived: readonly Omit<FaultCase, "kills">[] = [
  { title: "latency", begin: rules({ kind: "latency", ms: 4_000 }, { any: 0.5, write: 0.5 }) },
  { title: "reset", begin: rules({ kind: "reset" }) },
  { title: "answerLost", begin: rules({ kind: "answerLost" }) },
  // Like latency it stays below the lane's rest of five seconds: what lands after that may lose a login for good.
  { title: "lateWrite", begin: rules({ kind: "lateWrite", ms: 1_000 }) },
  { title: "status500", begin: rules({ kind: "status500" }) },
  { title: "status500 that was applied", begin: rules({ kind: "status500", applied: true }) },
  { title: "html502", begin: rules({ kind: "html502" }) },
  { title: "html502 that was applied", begin: rules({ kind: "html502", applied: true }) },
  { title: "ratelimit401", begin: rules({ kind: "ratelimit401" }) },
  { title: "filteredList", begin: lists({ kind: "filteredList", keep: 0.4 }) },
  { title: "emptyList", begin: lists({ kind: "emptyList" }) },
  { title: "truncated", begin: rules({ kind: "truncated" }) },
  { title: "wrongShape", begin: rules({ kind: "wrongShape" }) },
  { title: "junk", begin: rules({ kind: "junk" }) },
  { title: "junk that was applied", begin: rules({ kind: "junk", applied: true }) },
  {
    title: "batchRefused",
    begin: rules({ kind: "batchRefused" }, { any: 0.8, write: 0 }),
  },
  {
    title: "a batch with a strange item",
    begin: rules({ kind: "strangeItem" }, { any: 0.3, write: 0.7 }),
  },
  {
    title: "a batch whose answer lacks an item",
    begin: rules({ kind: "shortBatch" }, { any: 0.3, write: 0.7 }),
  },
  {
    title: "a batch of which half is carried out",
    begin: rules({ kind: "halfBatch" }, { any: 0.3, write: 0.7 }),
  },
  {
    title: "hang",
    async begin({ faults }, seed) {
      faults.add({ kind: "hang", procedure: "application.one", times: 1 });
      faults.add({ kind: "hang", procedure: "deployment.*", times: 1, probability: 0.3, seed });
      faults.add({ kind: "hang", procedure: "*.create", times: 2, probability: 0.3, seed });
      faults.add({ kind: "hang", procedure: "*.update", applied: true, times: 1 });
      faults.add({ kind: "hang", procedure: "*.de*", applied: true, times: 1 });
    },
  },
  { title: "refuse", begin: ({ faults }, seed) => faults.refuse(3_000 + (seed % 9) * 1_000) },
  { title: "dockerDown (nodes undefined)", begin: docker("undefined") },
  { title: "dockerDown (no nodes)", begin: docker("empty") },
  { title: "dockerDown (an error)", begin: docker("error") },
  { title: "an image that fails for a while", begin: image("missing") },
  { title: "an image that crashes", needsCommit: true, begin: image("crash") },
  { title: "an image that stays up for moments", needsCommit: true, begin: image("flap") },
  {
    title: "services removed by hand",
    redeploys: true,
    begin: people(takeAway),
  },
  {
    title: "services stopped by hand",
    redeploys: true,
    begin: people(stop),
  },
];

const deadly: readonly Omit<FaultCase, "kills">[] = [
  {
    title: "restart",
    begin: ({ faults }, seed) => faults.restart({ downMs: 8_000 + (seed % 7) * 1_000 }),
  },
  {
    title: "a server that hangs until it is restarted",
    async begin({ faults }, seed) {
      faults.hang();
      await new Promise((resolve) => setTimeout(resolve, 50 + (seed % 5) * 20));
      await faults.restart();
    },
  },
];

export const faultCases: readonly FaultCase[] = [
  ...survived.map((one) => ({ ...one, kills: false })),
  ...deadly.map((one) => ({ ...one, kills: true })),
];

/** Kept out of the short set: a list that hangs for two minutes is followed by eight of rest (R8). */
export const slowFaultCases: readonly FaultCase[] = [
  {
    title: "hanging lists",
    kills: false,
    async begin({ faults }, seed) {
      faults.add({ kind: "hang", procedure: "project.all", times: 1, probability: 0.5, seed });
    },
  },
];

/** Some of them, one after the other or together, as the seed decides. */
export function mixOf(seed: number): FaultCase {
  const random = createRandom(seed);
  const count = 2 + Math.floor(random.next() * 3);
  const chosen = Array.from(
    { length: count },
    () => faultCases[Math.floor(random.next() * faultCases.length)]!,
  );
  return {
    title: chosen.map(({ title }) => title).join(" + "),
    kills: chosen.some(({ kills }) => kills),
    needsCommit: chosen.some(({ needsCommit }) => needsCommit === true),
    redeploys: chosen.some(({ redeploys }) => redeploys === true),
    async begin(simulator) {
      const ends: Promise<void>[] = [];
      for (const one of chosen) {
        ends.push(one.begin(simulator, 1 + Math.floor(random.next() * 1e6)));
        await new Promise((resolve) => setTimeout(resolve, random.next() * 40));
      }
      await Promise.all(ends);
    },
  };
}
