/**
 * `POST /__control` and `GET /__control/state`: the same faults for people who play with the demo
 * and for tests that run in another process. Works while the simulated server hangs.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { z } from "zod";
import { parseRule } from "./faults.ts";
import { databaseKinds } from "./kinds/databases.ts";
import type { FaultControl } from "./faultControl.ts";
import type { SimState } from "./people.ts";
import type { RequestLog } from "./requestLog.ts";

const PATH = "/__control";
const MAX_BODY_BYTES = 64 * 1024;

export interface Controlled {
  faults: FaultControl;
  state: SimState;
  log: RequestLog;
}

const key = z.object({
  key: z.string(),
  role: z.enum(["owner", "admin", "member"]),
  rateLimit: z.object({ max: z.number(), remaining: z.number() }).optional(),
  accessedProjects: z.array(z.string()).default([]),
  accessedEnvironments: z.array(z.string()).default([]),
  accessedServices: z.array(z.string()).default([]),
});

const command = z.discriminatedUnion("action", [
  z.object({ action: z.literal("fault"), rule: z.unknown() }),
  z.object({ action: z.literal("clear") }),
  z.object({
    action: z.literal("image"),
    match: z.string().min(1),
    behaviour: z.enum(["healthy", "crash", "flap", "missing", "unreachable", "slow"]),
  }),
  z.object({
    action: z.literal("dockerDown"),
    mode: z.union([z.boolean(), z.enum(["off", "undefined", "empty", "error"])]).default(true),
  }),
  z.object({ action: z.literal("noAddresses"), on: z.boolean().default(true) }),
  z.object({ action: z.literal("addServer"), name: z.string().min(1) }),
  z.object({
    action: z.literal("setServer"),
    serverId: z.string(),
    reach: z.enum(["up", "refused", "silent"]).optional(),
    slowMs: z.number().min(0).optional(),
  }),
  z.object({ action: z.literal("restart"), downMs: z.number().optional() }),
  z.object({ action: z.literal("refuse"), ms: z.number() }),
  z.object({ action: z.literal("hang") }),
  z.object({ action: z.literal("addKey"), key }),
  z.object({ action: z.literal("clearLog") }),
  z.object({
    action: z.literal("editApplication"),
    applicationId: z.string(),
    changes: z.record(z.string(), z.unknown()),
  }),
  z.object({ action: z.literal("removeSwarmService"), appName: z.string() }),
  z.object({ action: z.literal("stopApplication"), applicationId: z.string() }),
  z.object({
    action: z.literal("duplicateProject"),
    projectId: z.string(),
    sameProject: z.boolean().default(false),
  }),
  z.object({ action: z.literal("seed"), count: z.number().int().min(1).max(20_000) }),
]);

export function isControl(url: string | undefined): boolean {
  return url === PATH || (url?.startsWith(`${PATH}/`) ?? false);
}

export async function answerControl(
  controlled: Controlled,
  req: IncomingMessage,
  res: ServerResponse,
): Promise<void> {
  if (req.method === "GET" && req.url === `${PATH}/state`) {
    reply(res, 200, snapshot(controlled));
    return;
  }
  if (req.method !== "POST") {
    reply(res, 404, { error: "POST /__control or GET /__control/state" });
    return;
  }
  const text = await readText(req);
  try {
    // Answered before it is carried out: a restart would cut the answer off.
    const run = prepare(controlled, command.parse(JSON.parse(text)));
    const ends = new Promise<void>((resolve) => res.once("close", resolve));
    const later = run.immediate ? run.act() : undefined;
    reply(res, 200, { ok: true, ...(later !== undefined && { result: later }) });
    if (!run.immediate) {
      await ends;
      run.act();
    }
  } catch (error) {
    reply(res, 400, { error: error instanceof Error ? error.message : String(error) });
  }
}

interface Prepared {
  immediate: boolean;
  act: () => unknown;
}

function prepare({ faults, state, log }: Controlled, given: z.output<typeof command>): Prepared {
  const now = (act: () => unknown): Prepared => ({ immediate: true, act });
  const after = (act: () => Promise<void>): Prepared => ({
    immediate: false,
    act: () => void act(),
  });
  switch (given.action) {
    case "fault":
      return now(() => void faults.add(parseRule(given.rule)));
    case "clear":
      return now(() => faults.clear());
    case "image":
      return now(() => faults.image(given.match, given.behaviour));
    case "dockerDown":
      return now(() => faults.dockerDown(given.mode));
    case "noAddresses":
      return now(() => faults.noAddresses(given.on));
    case "addServer":
      return now(() => state.addServer({ name: given.name }).serverId);
    case "setServer": {
      const { serverId, reach, slowMs } = given;
      return now(() => {
        state.setServer(serverId, {
          ...(reach !== undefined && { reach }),
          ...(slowMs !== undefined && { slowMs }),
        });
      });
    }
    case "restart":
      return after(() =>
        faults.restart(given.downMs === undefined ? {} : { downMs: given.downMs }),
      );
    case "refuse":
      return after(() => faults.refuse(given.ms));
    case "hang":
      return now(() => faults.hang());
    case "addKey": {
      const { rateLimit, ...rest } = given.key;
      return now(() => {
        state.addKey({ ...rest, ...(rateLimit !== undefined && { rateLimit }) });
      });
    }
    case "clearLog":
      return now(() => log.clear());
    case "editApplication":
      return now(() => state.editApplication(given.applicationId, given.changes));
    case "removeSwarmService":
      return now(() => state.removeSwarmService(given.appName));
    case "stopApplication":
      return now(() => state.stopApplication(given.applicationId));
    case "duplicateProject":
      return now(() => state.duplicateProject(given.projectId, { sameProject: given.sameProject }));
    case "seed":
      return now(() => state.seed(given.count));
  }
}

/** Maps become objects; keys of the API stay out. */
function snapshot({ state, faults, log }: Controlled): unknown {
  const rows = <T>(map: Map<string, T>): Record<string, T> => Object.fromEntries(map);
  return {
    projects: rows(state.projects),
    environments: rows(state.environments),
    applications: rows(state.applications),
    compose: rows(state.compose),
    ...Object.fromEntries(databaseKinds.map((kind) => [kind, rows(state[kind])])),
    domains: rows(state.domains),
    mounts: rows(state.mounts),
    ports: rows(state.ports),
    redirects: rows(state.redirects),
    security: rows(state.security),
    schedules: rows(state.schedules),
    backups: rows(state.backups),
    volumeBackups: rows(state.volumeBackups),
    destinations: rows(state.destinations),
    servers: rows(state.servers),
    deployments: rows(state.deployments),
    swarmServices: rows(state.swarmServices),
    composeProjects: rows(state.composeProjects),
    volumes: [...state.volumes],
    queue: state.queue,
    middlewareFile: state.middlewareFile,
    images: state.images,
    dockerDown: state.dockerDown,
    noAddresses: state.noAddresses,
    hung: state.hung,
    buildsConcurrency: state.buildsConcurrency,
    faults: faults.list(),
    requests: { total: log.entries.length, counts: log.counts() },
  };
}

function reply(res: ServerResponse, status: number, value: unknown): void {
  res.writeHead(status, { "content-type": "application/json" });
  res.end(JSON.stringify(value));
}

async function readText(req: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of req as AsyncIterable<Buffer>) {
    text += chunk.toString("utf8");
    if (text.length > MAX_BODY_BYTES) throw new Error("too large");
  }
  return text;
}
