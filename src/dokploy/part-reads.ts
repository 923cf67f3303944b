// What docker says of single services and containers: their label, how an update goes, why they ended.
import type { ServicePart } from "../model/observed.ts";
import { wantLabel } from "../model/marker.ts";
import type { LiveService, TaskState } from "../ports.ts";
import type { z } from "zod";
import { containerConfig, serviceConfig, serviceTasks, taskConfig } from "./answers.ts";
import type { Client } from "./client.ts";
import { take } from "./client.ts";
import { containersOfStack, idsOf } from "./compose-containers.ts";
import type { ComposeContainers, Parts } from "./compose-containers.ts";
import { readOnce, readTask } from "./docker-words.ts";
import { readAs, readShaped } from "./read-shaped.ts";
import { shaped } from "./reading.ts";
import type { Reading } from "./reading.ts";
import { onServer } from "./swarm.ts";
import { plainMessage } from "./words.ts";

/** Each of them starts a docker process on the server. */
const servicesPerRequest = 20;
const procedure = "docker.getConfig";

/** What several parts are together: of one label, or of none; of updates the worst. */
function together(parts: readonly (LiveService | null)[]): LiveService | null {
  const known = parts.filter((part) => part !== null);
  const [first] = known;
  if (first === undefined) return null;
  const isSame = known.length === parts.length && known.every(({ want }) => want === first.want);
  const states = known.map(({ updateState }) => updateState);
  const worst =
    states.find((state) => state?.startsWith("rollback")) ??
    states.find((state) => state === "paused") ??
    states.find((state) => state === "updating") ??
    first.updateState;
  return { want: isSame ? first.want : null, updateState: worst };
}

type ListedTask = z.output<typeof serviceTasks>[number];

export interface PartReads {
  liveServices(ids: readonly string[]): Promise<ReadonlyMap<string, LiveService>>;
  /** Of a service of the swarm. */
  tasks(appName: string): Promise<readonly TaskState[]>;
  lastTask(appName: string): Promise<TaskState | null>;
  tasksOfParts(parts: Parts): Promise<readonly TaskState[]>;
  /** The containers of a compose service whose logs may tell something, the troubled ones first. */
  logged(composeId: string): Promise<Parts>;
}

/** Of one docker. What is read at one moment shares a request where `read` says so. */
export function createPartReads(
  { read, redactor }: Pick<Client, "read" | "redactor">,
  compose: ComposeContainers,
  serverId: string | null = null,
): PartReads {
  const where = onServer(serverId);
  /** Label and tasks are read at the same moment. */
  const underWay = new Map<string, Promise<Reading<unknown>>>();

  function configOf(containerId: string): Promise<Reading<unknown>> {
    const asked = underWay.get(containerId);
    if (asked !== undefined) return asked;
    const reading = read({ procedure, input: { containerId, ...where } });
    underWay.set(containerId, reading);
    void reading.finally(() => underWay.delete(containerId)).catch(() => undefined);
    return reading;
  }

  async function configs(ids: readonly string[]): Promise<ReadonlyMap<string, Reading<unknown>>> {
    const found = new Map<string, Reading<unknown>>();
    for (let at = 0; at < ids.length; at += servicesPerRequest) {
      const part = ids.slice(at, at + servicesPerRequest);
      const readings = await Promise.all(part.map(configOf));
      for (const [index, reading] of readings.entries()) found.set(part[index] ?? "", reading);
    }
    return found;
  }

  function liveOf(reading: Reading<unknown> | undefined): LiveService | null {
    const readings = reading === undefined ? [] : [reading];
    const service = readShaped(readings, 0, serviceConfig, procedure) ?? null;
    if (service !== null) {
      return {
        want: service.Spec.TaskTemplate.ContainerSpec.Labels?.[wantLabel] ?? null,
        updateState: service.UpdateStatus?.State ?? null,
      };
    }
    const container = readShaped(readings, 0, containerConfig, procedure) ?? null;
    if (container === null) return null;
    return { want: container.Config.Labels?.[wantLabel] ?? null, updateState: null };
  }

  async function listTasks(appName: string): Promise<readonly ListedTask[]> {
    const input = { appName, ...where };
    const call = { procedure: "docker.getServiceContainersByAppName", input };
    return shaped(serviceTasks, take(await read(call)), readAs(call.procedure));
  }

  function plain(task: TaskState): TaskState {
    return task.error === "" ? task : { ...task, error: plainMessage(task.error, redactor) };
  }

  async function tasks(appName: string): Promise<readonly TaskState[]> {
    return (await listTasks(appName)).map((task) => plain(readTask(task)));
  }

  async function lastTask(appName: string): Promise<TaskState | null> {
    // Docker names the newest first.
    const [newest] = await listTasks(appName);
    if (newest === undefined) return null;
    const { containerId } = newest;
    const config =
      containerId === ""
        ? null
        : (readShaped([await configOf(containerId)], 0, taskConfig, procedure) ?? null);
    const want = config?.Spec.ContainerSpec.Labels?.[wantLabel] ?? null;
    return { ...plain(readOnce(newest)), want };
  }

  /** A container now, and its last end where it was started again. */
  async function tasksOfContainer(part: ServicePart): Promise<readonly TaskState[]> {
    const { id, name: slot, state, health, ageMs } = part;
    const config = readShaped([await configOf(id)], 0, containerConfig, procedure) ?? null;
    const {
      ExitCode = part.exitCode ?? 0,
      OOMKilled = false,
      Error: said = "",
    } = config?.State ?? {};
    const why =
      said !== "" ? `: ${plainMessage(said, redactor)}` : OOMKilled ? ": out of memory" : "";
    if (state === "running") {
      const error = health === "unhealthy" ? `${slot}: its health check fails` : "";
      const now: TaskState = { state, error, ageMs, failed: false, slot };
      if ((config?.RestartCount ?? 0) === 0) return [now];
      const ended = { state: "failed", error: `${slot} ended and was started again`, slot };
      return [now, { ...ended, ageMs, failed: true }];
    }
    const error = `${slot}: exit code ${ExitCode}${why}`;
    const failed = state !== "exited" || ExitCode !== 0;
    const last: TaskState = { state, error: failed ? error : "", ageMs, failed, slot };
    // One that docker starts again and again has ended more than once.
    return state === "restarting" ? [last, { ...last, state: "failed" }] : [last];
  }

  function stackCall(appName: string) {
    const input = { appName, appType: "stack", ...where };
    return { procedure: "docker.getContainersByAppNameMatch", input };
  }

  return {
    async liveServices(ids) {
      const wanted = [...new Set(ids)];
      const found = await configs([...new Set(wanted.flatMap(idsOf))]);
      const live = new Map<string, LiveService>();
      for (const id of wanted) {
        const one = together(idsOf(id).map((part) => liveOf(found.get(part))));
        if (one !== null) live.set(id, one);
      }
      return live;
    },
    tasks,
    lastTask,
    async tasksOfParts(parts) {
      const found = await Promise.all(
        parts.map((part) => (part.state === "service" ? tasks(part.name) : tasksOfContainer(part))),
      );
      return found.flat();
    },
    async logged(composeId) {
      const appName = compose.appNameOf(composeId);
      const parts = appName === null ? [] : (compose.partsOf(appName) ?? []);
      if (appName === null || parts.length === 0) return [];
      if (parts.some(({ state }) => state === "service")) {
        return containersOfStack(await read(stackCall(appName)));
      }
      const isWell = ({ state, health }: ServicePart): boolean =>
        state === "running" && health !== "unhealthy";
      const troubled = parts.filter((part) => !isWell(part));
      return troubled.length > 0 ? troubled : parts;
    },
  };
}
