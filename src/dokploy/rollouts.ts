// Following deployments: the queue, the deployment rows and what really runs, for all of those in
// flight together; and, where something failed, tasks and the last lines of logs.
import { isCapstanError } from "../lib/errors.ts";
import type { DeploymentRow, ServiceRef } from "../model/observed.ts";
import type { Platform, QueueJob } from "../ports.ts";
import { logText, queue } from "./answers.ts";
import type { Call, Input } from "./calls.ts";
import type { Client } from "./client.ts";
import { deploymentRows, newestFirst } from "./deployment-rows.ts";
import type { Host, Hosts } from "./hosts.ts";
import { readShaped } from "./read-shaped.ts";
import type { RemoteLooks } from "./remote-looks.ts";
import { confirmSwarm, readSwarm, swarmCalls } from "./swarm.ts";
import type { Reading } from "./reading.ts";
import { deploymentsCall, idInput } from "./services.ts";
import { logLines, withoutFrames } from "./words.ts";

type Rollouts = Pick<
  Platform,
  "observeRollouts" | "liveServices" | "tasks" | "lastTask" | "buildLog" | "serviceLog"
>;

/** They and the lists fit into one address. */
const rowsPerRequest = 100;
const timeoutMs = 60_000;
const mostLines = 10_000;
/** Of one compose service. */
const mostLogs = 5;

/** The queue first: a job that leaves it while the rows are read is then in one of both, not in none. */
const head: readonly Call[] = [
  { procedure: "deployment.queueList", input: null },
  ...swarmCalls(null),
];

/** None for a service that is gone: Dokploy answers an empty list, or 404. */
function rowsOf(
  readings: readonly Reading<unknown>[],
  index: number,
  { procedure }: Call,
): readonly DeploymentRow[] {
  try {
    const rows = readShaped(readings, index, deploymentRows, procedure);
    return [...rows].sort(newestFirst);
  } catch (error) {
    if (isCapstanError(error, "not-found")) return [];
    throw error;
  }
}

function jobsOf(readings: readonly Reading<unknown>[]): readonly QueueJob[] {
  return readShaped(readings, 0, queue, "deployment.queueList").flatMap(({ data, state }) => {
    const serviceId = data.applicationId ?? data.composeId ?? null;
    if (serviceId === null) return [];
    const title = data.titleLog ?? "";
    return [
      { serviceId, title, state: state === "active" ? ("active" as const) : ("waiting" as const) },
    ];
  });
}

const noChange = (text: string): string => text;

/** A service whose deployments leave rows, and the call that reads them. */
interface Followed {
  readonly id: string;
  readonly call: Call;
}

export function createRollouts(client: Client, hosts: Hosts, looks: RemoteLooks): Rollouts {
  const { compose } = hosts.own;

  async function log(procedure: string, input: Input, lines: number, plain = noChange) {
    const tail = Math.min(Math.max(1, Math.floor(lines)), mostLines);
    const text = await client.query({ procedure, input: { ...input, tail } }, logText);
    return logLines(plain(text ?? ""), lines, client.redactor);
  }

  function serversOf(services: readonly ServiceRef[]): ReadonlySet<string> {
    const there = services.map(({ id }): Host => hosts.ofService(id));
    return new Set(there.flatMap(({ serverId }) => serverId ?? []));
  }

  /** Of a container each, as no call has the log of the whole. Those that do not run come first. */
  async function composeLog(composeId: string, lines: number): Promise<readonly string[]> {
    const { parts } = hosts.ofService(composeId);
    const asked = (await parts.logged(composeId)).slice(0, mostLogs);
    const each = Math.max(1, Math.ceil(lines / Math.max(1, asked.length)));
    const logs = await Promise.all(
      asked.map(async ({ id: containerId, name }) => {
        const found = await log("compose.readLogs", { composeId, containerId }, each);
        return asked.length === 1 ? found : found.map((line) => `${name} | ${line}`);
      }),
    );
    return logs.flat().slice(-lines);
  }

  return {
    async observeRollouts(services, running = services) {
      const takenAtMs = client.clock.now();
      // Beside the others: nothing of theirs waits for it.
      const elsewhere = looks.see(serversOf([...services, ...running]));
      const refs = [...new Map(services.map((ref) => [ref.id, ref])).values()];
      const rows = new Map<string, readonly DeploymentRow[]>();
      const followed = refs.flatMap((ref): readonly Followed[] => {
        const call = deploymentsCall(ref);
        if (call !== null) return [{ id: ref.id, call }];
        rows.set(ref.id, []);
        return [];
      });
      const calls = (part: readonly Followed[]): readonly Call[] => part.map(({ call }) => call);
      const firstPart = followed.slice(0, rowsPerRequest);
      const containers = compose.callsFor(running);
      const asked = [...head, ...calls(firstPart)];
      const first = await client.readAll(
        [...asked, ...containers.slice(0, rowsPerRequest - firstPart.length)],
        timeoutMs,
      );
      const jobs = jobsOf(first);
      const along = containers.slice(0, first.length - asked.length);
      compose.taken(along, first.slice(asked.length));
      const keep = (
        part: readonly Followed[],
        readings: readonly Reading<unknown>[],
        from: number,
      ) => {
        for (const [index, { id, call }] of part.entries()) {
          rows.set(id, rowsOf(readings, from + index, call));
        }
      };
      keep(firstPart, first, head.length);
      for (let at = rowsPerRequest; at < followed.length; at += rowsPerRequest) {
        const part = followed.slice(at, at + rowsPerRequest);
        keep(part, await client.readAll(calls(part), timeoutMs), 0);
      }
      // Of others than those in flight, too, this is what all believe from now on.
      const swarm = await confirmSwarm(client, readSwarm(first[1], first[2]));
      const others = containers.slice(along.length);
      for (let at = 0; at < others.length; at += rowsPerRequest) {
        const part = others.slice(at, at + rowsPerRequest);
        compose.taken(part, await client.readAll(part, timeoutMs));
      }
      await compose.complete(swarm);
      const all = swarm === null ? null : compose.joined(swarm);
      return { takenAtMs, queue: jobs, swarm: all, remote: await elsewhere, rows };
    },

    async liveServices(ids) {
      const byHost = [...Map.groupBy(ids, (id) => hosts.ofRunning(id))];
      const found = await Promise.all(byHost.map(([{ parts }, some]) => parts.liveServices(some)));
      return new Map(found.flatMap((live) => [...live]));
    },

    async tasks(appName) {
      const { compose: there, parts } = hosts.ofApp(appName);
      const own = there.partsOf(appName);
      return own === null ? parts.tasks(appName) : parts.tasksOfParts(own);
    },

    lastTask: (appName) => hosts.ofApp(appName).parts.lastTask(appName),
    buildLog: async (deploymentId, lines) =>
      (await log("deployment.readLogs", { deploymentId }, lines, withoutFrames)).map((line) =>
        // Dokploy prints the address that it clones, with the login in it.
        line.replace(/\b([a-z][a-z0-9+.-]*:\/\/)[^\s\/@'"]+@/gi, "$1(secret)@"),
      ),
    serviceLog: ({ kind, id }, lines) =>
      kind === "compose"
        ? composeLog(id, lines)
        : log(`${kind}.readLogs`, idInput(kind, id), lines),
  };
}
