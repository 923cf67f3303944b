/**
 * Services whose restart condition is `none` and whose command ends: each deployment is one task, which is `complete`
 * or `failed` when its command has ended and is not started again. Measured on docker 20.10.24 with real services
 * (`docker service ls`, `ps`, `inspect` of service and task, `service logs`); what the command does is read off its
 * words, as a shell would: `echo`, `sleep` and `exit`.
 */
import type { ImageBehaviour, OneRun, ServiceSpec, SwarmService, Task } from "./swarmTypes.ts";
import type { Time } from "./time.ts";

/** Docker makes the task of an update a moment after the update: until then the one before is the newest. */
const TASK_DELAY_MS = 200;
const START_MS = 300;
const QUICK_MS = 500;

interface Command {
  /** Null: it does not end by itself. */
  readonly lastsMs: number | null;
  readonly exitCode: number;
  readonly lines: readonly string[];
}

function wordsOf({ TaskTemplate: { ContainerSpec } }: ServiceSpec): string {
  return [...(ContainerSpec.Command ?? []), ...(ContainerSpec.Args ?? [])].join(" ");
}

function commandOf({ spec, behaviour }: OneRun): Command {
  const words = wordsOf(spec);
  if (behaviour === "crash" || behaviour === "flap") {
    return { lastsMs: 0, exitCode: 2, lines: ["simulated: the process ends with code 2"] };
  }
  const sleeps = /\bsleep (infinity|\d+)/.exec(words)?.[1];
  const exits = /\bexit (\d+)/.exec(words)?.[1];
  const said = [...words.matchAll(/\becho ([^;&|]+)/g)].map((match) => (match[1] ?? "").trim());
  return {
    lastsMs:
      sleeps === "infinity" ? null : sleeps === undefined ? QUICK_MS : Number(sleeps) * 1_000,
    exitCode: Number(exits ?? 0),
    lines: said.length > 0 ? said : [`simulated: ${words} ends`],
  };
}

/** Whether its command ends: `./serve` does not, whatever its restart condition. */
export function runsOnce(spec: ServiceSpec): boolean {
  const policy = spec.TaskTemplate.RestartPolicy as { Condition?: unknown } | null;
  const words = wordsOf(spec);
  return policy?.Condition === "none" && words !== "" && !/\bserve\b/.test(words);
}

interface Shown {
  readonly verb: string;
  readonly at: number;
  readonly error: string;
  readonly exitCode: number;
}

/** How a task is at this moment; null before docker has made it. */
export function shownOf(run: OneRun, time: Time): Shown | null {
  const elapsed = time.since(run.createdAt) - TASK_DELAY_MS;
  if (elapsed < 0) return null;
  const { createdAt, cut } = run;
  const at = (ms: number): number => createdAt + (TASK_DELAY_MS + ms) * time.scale;
  if (run.behaviour === "missing" || run.behaviour === "unreachable") {
    const image = run.spec.TaskTemplate.ContainerSpec.Image;
    return { verb: "Rejected", at: at(0), error: `"No such image: ${image}"`, exitCode: 0 };
  }
  const { lastsMs, exitCode } = commandOf(run);
  const endsAfter = lastsMs === null ? Infinity : START_MS + lastsMs;
  const wasCut = cut !== undefined && cut.at < at(Number.isFinite(endsAfter) ? endsAfter : 1e12);
  if (wasCut) return { ...cut, exitCode: 137 };
  if (elapsed < START_MS) return { verb: "Starting", at: at(0), error: "", exitCode: 0 };
  if (elapsed < endsAfter) return { verb: "Running", at: at(START_MS), error: "", exitCode: 0 };
  return exitCode === 0
    ? { verb: "Complete", at: at(endsAfter), error: "", exitCode }
    : {
        ...{ verb: "Failed", at: at(endsAfter), exitCode },
        error: `"task: non-zero exit (${exitCode})"`,
      };
}

function isOver({ verb }: Shown): boolean {
  return ["Complete", "Failed", "Shutdown", "Rejected"].includes(verb);
}

function newRun(service: SwarmService, behaviour: ImageBehaviour): OneRun {
  service.tasksMade += 1;
  const taskId = `t${1000 + service.tasksMade}${service.ID.slice(0, 20)}`;
  return { taskId, spec: structuredClone(service.spec), behaviour, createdAt: Date.now() };
}

/** Newest first; docker keeps five of a slot. */
const KEPT = 5;

/** Its newest spec is to run: what runs still is stopped first. */
export function runAnew(service: SwarmService, behaviour: ImageBehaviour, time: Time): void {
  cutRunning(service, time, { verb: "Shutdown", error: "" });
  service.runs = [newRun(service, behaviour), ...service.runs].slice(0, KEPT);
}

function cutRunning(
  service: SwarmService,
  time: Time,
  { verb, error }: { verb: "Shutdown" | "Failed"; error: string },
): void {
  for (const run of service.runs) {
    const shown = shownOf(run, time);
    if (shown === null || !isOver(shown)) run.cut ??= { at: Date.now(), verb, error };
  }
}

/**
 * `docker service scale`. To none: the newest task goes, those before it stay. To one: measured, nothing is started
 * where an older task is still there.
 */
export function scaleOnce(service: SwarmService, replicas: number): void {
  if (replicas === 0) service.runs = service.runs.slice(1);
  else if (service.runs.length === 0) service.runs = [newRun(service, service.running.behaviour)];
}

/**
 * The docker daemon is restarted. What runs fails and is not started again. Measured: of a service with tasks of
 * several specs, the second restart takes an older one for the newest and runs the service once more.
 */
export function restartOnce(service: SwarmService, time: Time): void {
  cutRunning(service, time, { verb: "Failed", error: `"No such container: ${service.appName}.1"` });
  service.daemonRestarts += 1;
  const [newest] = service.runs;
  const replicas = service.spec.Mode.Replicated.Replicas;
  if (service.daemonRestarts < 2 || replicas === 0 || service.runs.length < 2) return;
  service.daemonRestarts = 0;
  service.runs = [newRun(service, newest?.behaviour ?? "healthy"), ...service.runs];
}

export function runningOnce(service: SwarmService, time: Time): number {
  return service.runs.filter((run) => shownOf(run, time)?.verb === "Running").length;
}

/** As `docker service ps` shows them, newest first. */
export function tasksOnce(service: SwarmService, time: Time): Task[] {
  return service.runs.flatMap((run): Task[] => {
    const shown = shownOf(run, time);
    if (shown === null) return [];
    const { verb, at, error } = shown;
    const state = isOver(shown) ? "shutdown" : "running";
    return [{ containerId: run.taskId, state, verb, at, error }];
  });
}

/** Measured: what one output got is listed before what the other got, whatever their times. */
export function linesOnce(service: SwarmService, time: Time, tail: number): string[] {
  return service.runs.flatMap((run) => {
    const shown = shownOf(run, time);
    if (shown === null || shown.verb === "Starting" || shown.verb === "Rejected") return [];
    const { lines } = commandOf(run);
    const from = run.createdAt + (TASK_DELAY_MS + START_MS) * time.scale;
    return lines
      .map((text, index) => `${new Date(from + index).toISOString()} ${text}`)
      .reverse()
      .slice(0, tail);
  });
}

/** As `docker inspect` shows a task; undefined where the service has no such task. */
export function inspectTask(service: SwarmService, taskId: string, time: Time): object | undefined {
  const run = service.runs.find((one) => one.taskId === taskId);
  const shown = run === undefined ? null : shownOf(run, time);
  if (run === undefined || shown === null) return undefined;
  const { verb, at, error, exitCode } = shown;
  const { ContainerSpec, RestartPolicy, ForceUpdate } = run.spec.TaskTemplate;
  return {
    ID: taskId,
    CreatedAt: new Date(run.createdAt).toISOString(),
    Labels: {},
    Spec: structuredClone({ ContainerSpec, RestartPolicy, ForceUpdate }),
    ServiceID: service.ID,
    Slot: 1,
    Status: {
      Timestamp: new Date(at).toISOString(),
      State: verb.toLowerCase(),
      ...(error !== "" && { Err: error.replaceAll('"', "") }),
      ContainerStatus: { ContainerID: taskId, PID: 0, ExitCode: exitCode },
    },
    DesiredState: isOver(shown) ? "shutdown" : "running",
  };
}
