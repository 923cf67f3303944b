/**
 * One service of the simulated swarm: its live spec, its update status and its tasks. How long
 * tasks live follows from the image; everything is computed from the clock when somebody looks, so
 * that ten thousand services cost no timer.
 */
import type { Random } from "./random.ts";
import { runAnew, runningOnce, runsOnce, tasksOnce } from "./swarmOnce.ts";
import type { ImageBehaviour, ServiceSpec, SwarmService, Task } from "./swarmTypes.ts";
import { isoNow, type Time } from "./time.ts";

const KEPT_TASKS = 4;
/** A process dying every 8 s reads as running most of the time. */
const FLAP_UP_MS = 8000;
const RESTART_DELAY_MS = 500;
const STOP_GRACE_MS = 10_000;
export const crashPeriodMs = 6000;
export const flapPeriodMs = FLAP_UP_MS + RESTART_DELAY_MS;

export function newSwarmService(
  random: Random,
  appName: string,
  spec: ServiceSpec,
  behaviour: ImageBehaviour,
  time: Time,
  serverId: string | null = null,
): SwarmService {
  const now = isoNow();
  const service: SwarmService = {
    ID: random.dockerId(),
    appName,
    serverId,
    spec,
    running: { image: spec.TaskTemplate.ContainerSpec.Image, behaviour, since: Date.now() },
    versionIndex: 10 + Math.floor(random.next() * 5000),
    CreatedAt: now,
    UpdatedAt: now,
    ended: [],
    runs: [],
    tasksMade: 0,
    daemonRestarts: 0,
    compose: false,
  };
  if (runsOnce(spec)) runAnew(service, behaviour, time);
  return service;
}

export function wanted(service: SwarmService): number {
  return service.spec.Mode.Replicated.Replicas;
}

/** How many tasks read as running at this moment. */
export function runningNow(service: SwarmService, time: Time, crashAfterMs: number): number {
  if (runsOnce(service.spec)) return runningOnce(service, time);
  if (service.unaddressed?.others === false) return 0;
  const { behaviour, since } = service.running;
  const elapsed = time.since(since);
  switch (behaviour) {
    case "healthy":
    case "slow":
      return wanted(service);
    case "missing":
    case "unreachable":
      return 0;
    case "crash":
      return elapsed % crashPeriodMs < crashAfterMs ? wanted(service) : 0;
    case "flap":
      return elapsed % flapPeriodMs < FLAP_UP_MS ? wanted(service) : 0;
  }
}

export function replicasText(service: SwarmService, time: Time, crashAfterMs: number): string {
  const running = runningNow(service, time, crashAfterMs) + lingering(service, time);
  const text = `${running}/${wanted(service)}`;
  return service.maxPerNode === undefined ? text : `${text} (max ${service.maxPerNode} per node)`;
}

/**
 * Recorded: the process of this image prints nothing and ignores SIGTERM, so that docker waits ten
 * seconds before it kills it.
 */
export function isRecordedImage(image: string): boolean {
  return /(?:^|\/)tiny(?::|@|$)/.test(image);
}

/** The old container of an update that stops first still counts while it is being stopped. */
function lingering(service: SwarmService, time: Time): number {
  const { lingers } = service;
  return lingers !== undefined && time.since(lingers.since) < STOP_GRACE_MS ? 1 : 0;
}

export function endTask(service: SwarmService, task: Task): void {
  service.ended = [task, ...service.ended].slice(0, KEPT_TASKS);
}

/** The tasks as `docker service ps` shows them, newest first. */
export function tasksOf(service: SwarmService, time: Time, random: Random): Task[] {
  if (runsOnce(service.spec)) return tasksOnce(service, time);
  const { behaviour, since } = service.running;
  const elapsed = time.since(since);
  const running = (verb: string, at: number): Task => ({
    containerId: random.dockerId(),
    state: "running",
    verb,
    at,
    error: "",
  });
  const failures = (period: number): Task[] => {
    const count = Math.min(Math.floor(elapsed / period) + 1, KEPT_TASKS);
    return Array.from({ length: count }, (_unused, i) => ({
      containerId: random.dockerId(),
      state: "shutdown" as const,
      verb: "Failed",
      at: Date.now() - (elapsed % period) * time.scale - i * period * time.scale,
      error: '"task: non-zero exit (2)"',
    }));
  };
  if (wanted(service) === 0) return service.ended;
  if (service.unaddressed !== undefined) {
    const { since: at, others } = service.unaddressed;
    const old = others ? [running("Running", since)] : [];
    // Recorded nowhere, told by facts.md: no error anywhere.
    return [{ ...running("New", at), containerId: "" }, ...old, ...service.ended];
  }
  switch (behaviour) {
    case "healthy":
    case "slow":
      return [
        ...Array.from({ length: wanted(service) }, () => running("Running", since)),
        ...service.ended,
      ];
    case "missing":
    case "unreachable":
      return [
        { ...running("Preparing", Date.now()), error: "" },
        {
          ...running("Rejected", since),
          state: "shutdown",
          error: `"No such image: ${service.running.image}"`,
        },
      ];
    case "crash":
      return [running("Ready", Date.now()), ...failures(crashPeriodMs), ...service.ended].slice(
        0,
        KEPT_TASKS + 1,
      );
    case "flap": {
      const up = elapsed % flapPeriodMs < FLAP_UP_MS;
      const past = elapsed < FLAP_UP_MS ? [] : failures(flapPeriodMs);
      return [running(up ? "Running" : "Ready", since), ...past, ...service.ended].slice(
        0,
        KEPT_TASKS + 1,
      );
    }
  }
}

/** Docker's way of saying how long ago something was. */
export function ago(fromMs: number): string {
  const seconds = Math.floor((Date.now() - fromMs) / 1000);
  if (seconds < 1) return "less than a second ago";
  if (seconds < 60) return `${seconds} second${seconds === 1 ? "" : "s"} ago`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return minutes === 1 ? "about a minute ago" : `${minutes} minutes ago`;
  const hours = Math.floor(minutes / 60);
  return hours === 1 ? "about an hour ago" : `${hours} hours ago`;
}
