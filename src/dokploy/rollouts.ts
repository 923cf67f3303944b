// Following deployments: the queue, the deployment rows and what really runs, for all of those in
// flight together; and, where something failed, tasks and the last lines of logs.
import { isCapstanError } from "../lib/errors.ts";
import type { DeploymentRow } from "../model/observed.ts";
import type { LiveService, Platform, QueueJob } from "../ports.ts";
import { logText, queue, serviceConfig, serviceTasks } from "./answers.ts";
import type { Call, Input } from "./calls.ts";
import type { Client } from "./client.ts";
import { deploymentRows, newestFirst } from "./deployment-rows.ts";
import { readTask } from "./docker-words.ts";
import { take } from "./client.ts";
import { readAs, readShaped } from "./observe.ts";
import { confirmSwarm, readSwarm } from "./swarm.ts";
import { wantLabel } from "./networks.ts";
import { shaped } from "./reading.ts";
import type { Reading } from "./reading.ts";
import { deploymentsCall, idInput } from "./services.ts";
import { logLines, plainMessage } from "./words.ts";

type Rollouts = Pick<
  Platform,
  "observeRollouts" | "liveServices" | "tasks" | "buildLog" | "serviceLog"
>;

/** They and the lists fit into one address. */
const rowsPerRequest = 100;
/** Each of them starts a docker process on the server. */
const servicesPerRequest = 20;
const timeoutMs = 60_000;
const mostLines = 10_000;

/** The queue first: a job that leaves it while the rows are read is then in one of both, not in none. */
const head: readonly Call[] = [
  { procedure: "deployment.queueList", input: null },
  { procedure: "swarm.getNodeApps", input: {} },
  { procedure: "swarm.getNodes", input: {} },
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

/** A service whose deployments leave rows, and the call that reads them. */
interface Followed {
  readonly id: string;
  readonly call: Call;
}

export function createRollouts(client: Client): Rollouts {
  async function log(procedure: string, input: Input, lines: number) {
    const tail = Math.min(Math.max(1, Math.floor(lines)), mostLines);
    const text = await client.query({ procedure, input: { ...input, tail } }, logText);
    return logLines(text ?? "", lines, client.redactor);
  }

  return {
    async observeRollouts(services) {
      const takenAtMs = client.clock.now();
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
      const first = await client.readAll([...head, ...calls(firstPart)], timeoutMs);
      const jobs = jobsOf(first);
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
      return { takenAtMs, queue: jobs, swarm, rows };
    },

    async liveServices(swarmIds) {
      const live = new Map<string, LiveService>();
      const ids = [...new Set(swarmIds)];
      for (let at = 0; at < ids.length; at += servicesPerRequest) {
        const part = ids.slice(at, at + servicesPerRequest);
        const calls = part.map((containerId) => ({
          procedure: "docker.getConfig",
          input: { containerId },
        }));
        const readings = await Promise.all(calls.map((call) => client.read(call)));
        for (const [index, id] of part.entries()) {
          const config = readShaped(readings, index, serviceConfig, "docker.getConfig");
          if (config === null || config === undefined) continue;
          live.set(id, {
            want: config.Spec.TaskTemplate.ContainerSpec.Labels?.[wantLabel] ?? null,
            updateState: config.UpdateStatus?.State ?? null,
          });
        }
      }
      return live;
    },

    async tasks(appName) {
      const call = { procedure: "docker.getServiceContainersByAppName", input: { appName } };
      const tasks = shaped(serviceTasks, take(await client.read(call)), readAs(call.procedure));
      return tasks.map((task) => {
        const read = readTask(task);
        return read.error === ""
          ? read
          : { ...read, error: plainMessage(read.error, client.redactor) };
      });
    },

    buildLog: (deploymentId, lines) => log("deployment.readLogs", { deploymentId }, lines),
    serviceLog: ({ kind, id }, lines) => log(`${kind}.readLogs`, idInput(kind, id), lines),
  };
}
