/**
 * A Dokploy v0.30.2 over real HTTP, as recorded from a real one, its traps included: for tests,
 * for the demo and for measuring. Its state lives in memory and is gone with it.
 */
import { createServer } from "node:http";
import { addKey } from "./auth.ts";
import { answerControl, isControl } from "./control.ts";
import { addExample } from "./example.ts";
import { createFaultControl, type FaultControl } from "./faultControl.ts";
import { createFaultRules } from "./faults.ts";
import { createLanding } from "./landing.ts";
import { createLifecycle } from "./lifecycle.ts";
import { withPeople, type SimState } from "./people.ts";
import { createRandom } from "./random.ts";
import type { Repositories } from "./repositories.ts";
import { createRequestLog, type RequestLog } from "./requestLog.ts";
import { handleRequest } from "./requests.ts";
import { createTables } from "./state.ts";
import { createTime } from "./time.ts";
import type { World } from "./world.ts";

export interface SimulatorOptions {
  /** 0, the default: any free one. */
  port?: number;
  host?: string;
  /** The owner's key. */
  apiKey?: string;
  /** Ids and suffixes of appNames are reproducible. */
  seed?: number;
  /** `measured`: as slow as the real server was; `none`: answers at once. */
  latency?: "none" | "measured";
  /** Multiplies every simulated duration; 0.01 is a hundred times faster. */
  timeScale?: number;
  /** How long a docker deployment takes before scaling. */
  deployMs?: number;
  /** How long after the end of a build its commit is written, before scaling. */
  commitAfterMs?: number;
  /** For how long a crashing task reads as running, before scaling; 0: never. */
  crashAfterMs?: number;
  /** What docker says an image's tag points to when it pulls it. */
  digestOf?: (image: string) => string | null;
  /** Begins with projects that somebody made by hand; empty by default. */
  example?: boolean;
  /** What the repositories hold that services are built from. */
  repositories?: Repositories;
}

export interface Simulator {
  url: string;
  apiKey: string;
  state: SimState;
  faults: FaultControl;
  log: RequestLog;
  /** Resolves when writes that go on without their client have landed, as far as their time has come. */
  landed(): Promise<void>;
  /** Ends open connections too; may be called twice. */
  close(): Promise<void>;
}

const ORGANIZATION_ID = "7d_QQIuSRaIWn3SWvyRUn";
const OWNER_ID = "zDJWM1drzbwVFiw0B7MAzy22L898HbiZ";
/** What node allows by default, and what makes a batch of 200 ids too long for a GET. */
const MAX_HEADER_BYTES = 16 * 1024;
const KEEP_ALIVE_MS = 5000;

export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const apiKey = options.apiKey ?? "simulator";
  const host = options.host ?? "127.0.0.1";
  const world = createWorld(options);
  addKey(world.tables, { key: apiKey, role: "owner" });
  const state = withPeople(world);
  if (options.example === true) addExample(state);
  const log = createRequestLog();
  const rules = createFaultRules();
  const context = {
    world,
    log,
    faults: rules,
    measured: options.latency === "measured",
    inFlight: 0,
  };

  const server = createServer(
    { maxHeaderSize: MAX_HEADER_BYTES, keepAliveTimeout: KEEP_ALIVE_MS },
    (req, res) => {
      const served = isControl(req.url)
        ? answerControl({ faults, state, log }, req, res)
        : handleRequest(context, req, res);
      // A client that goes away in the middle of its body is no news.
      served.catch(() => res.destroy());
    },
  );
  const lifecycle = await createLifecycle(server, { host, port: options.port ?? 0, world });
  const faults = createFaultControl(world, rules, lifecycle);
  return {
    url: `http://${host.includes(":") ? `[${host}]` : host}:${lifecycle.port}`,
    apiKey,
    state,
    faults,
    log,
    landed: () => world.landing.landed(),
    close: () => lifecycle.close(),
  };
}

function createWorld(options: SimulatorOptions): World {
  const random = createRandom(options.seed ?? 1);
  return {
    tables: createTables(ORGANIZATION_ID),
    random,
    scratch: createRandom((options.seed ?? 1) + 1),
    time: createTime(options.timeScale ?? 1),
    deployMs: options.deployMs ?? 160,
    commitAfterMs: options.commitAfterMs ?? 40,
    crashAfterMs: options.crashAfterMs ?? 0,
    held: new Set(),
    repositories: options.repositories ?? null,
    digestOf: options.digestOf ?? null,
    builds: new Set(),
    networkId: random.dockerId(),
    nodeId: random.dockerId(),
    userId: OWNER_ID,
    pool: { open: 0, lastBegan: 0 },
    landing: createLanding(),
  };
}
