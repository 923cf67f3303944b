// What people ask a running engine about one stack: logs, containers, what runs, and why it was deployed.
import { CapstanError } from "../../lib/errors.ts";
import { digestText } from "../../model/marker.ts";
import { swarmOn } from "../../model/observed.ts";
import { isJobKey } from "../../model/rollout-job.ts";
import { servicesOf } from "../../plan/ownership.ts";
import { serverName } from "../../plan/servers.ts";
import type { ServicePlace } from "../../plan/ownership.ts";
import type { Platform, TaskState } from "../../ports.ts";
import type { Operator, ServiceContainers, ServiceLog } from "../engine.ts";
import { wentOn } from "../requests/open-requests.ts";
import type { LastDeploy } from "../requests/open-requests.ts";
import { jobsOf } from "../reader/jobs.ts";
import type { View } from "../state/world.ts";
import { keyOf, known } from "./operator-parts.ts";
import type { OperatorParts } from "./operator-parts.ts";

type Lookups = Pick<Operator, "containers" | "jobs" | "logs" | "services" | "deploys">;

/** Services whose logs are read for one question. */
const mostLogs = 10;
const mostLogLines = 1_000;
/** Of one service, the newest first. */
const mostContainers = 10;
/** Runs in which the reason of a deploy is looked for that an earlier process asked for. */
const runsLookedThrough = 50;

function placesOf(stack: string, view: View): readonly (readonly [string, ServicePlace])[] {
  return (view.ownership.owned.get(stack) ?? [])
    .flatMap(servicesOf)
    .flatMap((place) => (place.marker === null ? [] : [[place.marker.key, place] as const]))
    .sort(([a], [b]) => (a < b ? -1 : 1));
}

/** From what is remembered of earlier processes. */
function deploysBefore(stack: string, parts: OperatorParts): readonly LastDeploy[] {
  const found = new Map<string, LastDeploy>();
  for (const run of parts.reader().store.runs(stack, runsLookedThrough)) {
    for (const { type, service, status, reason, cause } of run.actions) {
      if (type !== "rollout" || service === null || status !== "done") continue;
      if (wentOn(cause) || found.has(service)) continue;
      const { revision, endedAtMs: atMs } = run;
      found.set(service, { service, reason, cause, revision, atMs });
    }
  }
  return [...found.values()].sort((a, b) => (a.service < b.service ? -1 : 1));
}

async function logsOf(
  stack: string,
  service: string | null,
  lines: number,
  parts: OperatorParts,
): Promise<readonly ServiceLog[]> {
  known(stack, parts);
  const { platform, world } = parts.reader().site;
  const places = placesOf(stack, await world.since(0));
  const keys = places.map(([key]) => key);
  if (keys.length === 0) {
    throw new CapstanError("not-found", `nothing of ${stack} is on the server`, {
      hint: `\`capstan get stack ${stack}\` says why`,
    });
  }
  const wanted = service === null ? keys.slice(0, mostLogs) : [keyOf(stack, service, keys)];
  const asked = Math.min(Math.max(1, lines), mostLogLines);
  const logs: ServiceLog[] = [];
  for (const [key, place] of places) {
    if (!wanted.includes(key)) continue;
    logs.push({ service: key, lines: await platform.serviceLog(place.service, asked) });
  }
  return logs;
}

/** Of a job the one container that ran it: that it ended is no failure. */
async function tasksOf(
  key: string,
  appName: string,
  platform: Pick<Platform, "tasks" | "lastTask">,
): Promise<readonly TaskState[]> {
  if (!isJobKey(key)) return platform.tasks(appName);
  const last = await platform.lastTask(appName);
  return last === null ? [] : [last];
}

export function createLookups(parts: OperatorParts): Lookups {
  return {
    async containers(stack) {
      known(stack, parts);
      const { platform, world } = parts.reader().site;
      const places = placesOf(stack, await world.since(0));
      const found: ServiceContainers[] = [];
      for (const [key, { service }] of places.slice(0, mostLogs)) {
        const tasks = await tasksOf(key, service.appName, platform);
        const newest = [...tasks].sort((a, b) => a.ageMs - b.ageMs).slice(0, mostContainers);
        found.push({ service: key, containers: newest });
      }
      return found;
    },

    async jobs(stack) {
      const { desired, site } = parts.reader();
      const stackInGit = desired.current()?.byName.get(stack) ?? null;
      const view = site.world.current();
      if (stackInGit === null || view === null) return [];
      const places = placesOf(stack, view).map(([key, { service }]) => [key, service] as const);
      return jobsOf(stackInGit, new Map(places), site.platform);
    },

    logs: (stack, service, lines) => logsOf(stack, service, lines, parts),

    services(stack) {
      const view = parts.reader().site.world.current();
      if (view === null) return [];
      return placesOf(stack, view).map(([key, { service, marker }]) => {
        const { appName, serverId } = service;
        const server = serverId === null ? null : serverName(serverId, view.servers);
        const digest = marker?.digest === undefined ? null : digestText(marker.digest);
        const about = { service: key, appName, server, commit: marker?.commit ?? null, digest };
        const swarm = swarmOn(view, serverId);
        // Of a job a count says nothing: its end is in the tree.
        if (swarm === null || isJobKey(key)) return { ...about, running: null, wanted: null };
        const { running = 0, wanted = 0 } = swarm.get(appName) ?? {};
        return { ...about, running, wanted };
      });
    },

    deploys(stack) {
      const recent = parts.reader().requests.deploys(stack);
      return recent.length > 0 ? recent : deploysBefore(stack, parts);
    },
  };
}
