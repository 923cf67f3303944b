// Following deployments: the queue, the deployment rows and what really runs, for all of those in
// flight together; and, where something failed, tasks and the last lines of logs.
import { isCapstanError } from "../lib/errors.ts";
import type { DeploymentRow } from "../model/observed.ts";
import type { LiveService, Platform, QueueJob } from "../ports.ts";
import { deploymentRows, logText, queue, serviceConfig, serviceTasks } from "./answers.ts";
import { newestFirst } from "./application.ts";
import type { Call } from "./calls.ts";
import type { Client } from "./client.ts";
import { readTask } from "./docker-words.ts";
import { confirmSwarm, readShaped, readSwarm } from "./observe.ts";
import { wantLabel } from "./networks.ts";
import type { Reading } from "./reading.ts";
import { logLines, plainMessage } from "./words.ts";

type Rollouts = Pick<
  Platform,
  "observeRollouts" | "liveServices" | "tasks" | "buildLog" | "serviceLog"
>;

const rowsPerRequest = 45;
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

/** None for an application that is gone: Dokploy answers an empty list, or 404. */
function rowsOf(readings: readonly Reading<unknown>[], index: number): readonly DeploymentRow[] {
  try {
    const rows = readShaped(readings, index, deploymentRows, "deployment.all");
    return [...rows].sort(newestFirst);
  } catch (error) {
    if (isCapstanError(error, "not-found")) return [];
    throw error;
  }
}

function jobsOf(readings: readonly Reading<unknown>[]): readonly QueueJob[] {
  return readShaped(readings, 0, queue, "deployment.queueList").flatMap(({ data, state }) =>
    data.applicationId === undefined || data.applicationId === null
      ? []
      : [
          {
            serviceId: data.applicationId,
            title: data.titleLog ?? "",
            state: state === "active" ? ("active" as const) : ("waiting" as const),
          },
        ],
  );
}

export function createRollouts(client: Client): Rollouts {
  /** Of those without a row, the ones that do not exist: an empty list alone does not tell. */
  async function gone(ids: readonly string[]): Promise<readonly string[]> {
    const calls = ids.map((applicationId) => ({
      procedure: "application.one",
      input: { applicationId },
    }));
    const readings = await client.readAll(calls, timeoutMs);
    return ids.filter((_, index) => {
      const reading = readings[index];
      return reading?.ok === false && reading.error.code === "not-found";
    });
  }

  async function log(procedure: string, input: Readonly<Record<string, string>>, lines: number) {
    const tail = Math.min(Math.max(1, Math.floor(lines)), mostLines);
    const text = await client.query({ procedure, input: { ...input, tail } }, logText);
    return logLines(text ?? "", lines, client.redactor);
  }

  return {
    async observeRollouts(serviceIds) {
      const takenAtMs = client.clock.now();
      const ids = [...new Set(serviceIds)];
      const rows = new Map<string, readonly DeploymentRow[]>();
      const rowCall = (applicationId: string): Call => ({
        procedure: "deployment.all",
        input: { applicationId },
      });
      const firstIds = ids.slice(0, rowsPerRequest);
      const first = await client.readAll([...head, ...firstIds.map(rowCall)], timeoutMs);
      const jobs = jobsOf(first);
      const keep = (
        part: readonly string[],
        readings: readonly Reading<unknown>[],
        from: number,
      ) => {
        for (const [index, id] of part.entries()) rows.set(id, rowsOf(readings, from + index));
      };
      keep(firstIds, first, head.length);
      for (let at = rowsPerRequest; at < ids.length; at += rowsPerRequest) {
        const part = ids.slice(at, at + rowsPerRequest);
        keep(part, await client.readAll(part.map(rowCall), timeoutMs), 0);
      }
      const queued = new Set(jobs.map(({ serviceId }) => serviceId));
      const silent = ids.filter((id) => rows.get(id)?.length === 0 && !queued.has(id));
      for (const id of await gone(silent)) rows.delete(id);
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
        const readings = await client.readAll(calls, timeoutMs);
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
      const tasks = await client.query(call, serviceTasks);
      return tasks.map((task) => {
        const read = readTask(task);
        return read.error === ""
          ? read
          : { ...read, error: plainMessage(read.error, client.redactor) };
      });
    },

    buildLog: (deploymentId, lines) => log("deployment.readLogs", { deploymentId }, lines),
    serviceLog: (applicationId, lines) => log("application.readLogs", { applicationId }, lines),
  };
}
