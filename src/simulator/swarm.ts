/**
 * What docker does with a service: create, update with its rollbacks, scale, remove. A failed
 * update can look healthy, which is the most important trap of this file.
 */
import { volumeKey } from "./remote.ts";
import { endTask, isRecordedImage, newSwarmService } from "./swarmService.ts";
import type { ImageBehaviour, ServiceSpec, SwarmService, UpdateStatus } from "./swarmTypes.ts";
import { restartOnce, runAnew, runningOnce, runsOnce, scaleOnce } from "./swarmOnce.ts";
import { isoNow } from "./time.ts";
import { behaviourOf, type World } from "./world.ts";

/** Recorded: a new version that died at once was rolled back after eight tenths of a second. */
const ROLLBACK_MS = 800;
/** Swarm's default monitor period, after which an update counts as completed. */
const MONITOR_MS = 5000;

/** `behaviour`: of its process, where that does not follow from its image. */
export function applySpec(
  world: World,
  spec: ServiceSpec,
  serverId: string | null = null,
  behaviour: ImageBehaviour = behaviourOf(world, spec.TaskTemplate.ContainerSpec.Image),
): void {
  const existing = world.tables.swarmServices.get(spec.Name);
  for (const mount of spec.TaskTemplate.ContainerSpec.Mounts ?? [])
    if (mount.Type === "volume") world.tables.volumes.add(volumeKey(serverId, mount.Source));
  if (existing === undefined) {
    const { random, time } = world;
    const created = newSwarmService(random, spec.Name, spec, behaviour, time, serverId);
    if (world.tables.noAddresses) created.unaddressed = { since: Date.now(), others: false };
    world.tables.swarmServices.set(spec.Name, created);
    return;
  }
  updateService(world, existing, spec, behaviour);
}

function updateService(
  world: World,
  service: SwarmService,
  spec: ServiceSpec,
  behaviour: ImageBehaviour,
): void {
  const previous = service.spec;
  spec.TaskTemplate.ForceUpdate = previous.TaskTemplate.ForceUpdate + 1;
  const startedAt = isoNow();
  setSpec(service, spec);
  setStatus(service, { State: "updating", StartedAt: startedAt, Message: "update in progress" });
  if (runsOnce(spec)) {
    runAnew(service, behaviour, world.time);
    endUpdateOnce(world, service, startedAt);
    return;
  }
  service.runs = [];
  const startFirst = spec.UpdateConfig.Order !== "stop-first";
  if (world.tables.noAddresses) {
    const others = startFirst && service.unaddressed?.others !== false;
    service.unaddressed = { since: Date.now(), others };
    return;
  }
  if (startFirst && publishesOnHost(spec) && publishesOnHost(previous)) {
    // The new task can never get the port that the old one holds: it waits forever.
    return;
  }
  const version = service.versionIndex;
  const stillThis = (): boolean =>
    service.versionIndex === version && world.tables.swarmServices.get(spec.Name) === service;

  if (behaviour === "healthy" || behaviour === "slow" || behaviour === "flap") {
    replaceTasks(world, service, behaviour);
    world.time.after(MONITOR_MS, () => {
      if (stillThis()) setStatus(service, completed("completed", startedAt, "update completed"));
    });
    return;
  }
  // A task that dies or cannot start. Start-first: the old one goes on meanwhile.
  if (!startFirst) replaceTasks(world, service, behaviour);
  world.time.after(ROLLBACK_MS, () => {
    if (stillThis()) failUpdate(world, service, { previous, behaviour, startedAt });
  });
}

/** Measured: a task that ends while the update is watched fails it, also one that ended well. */
function endUpdateOnce(world: World, service: SwarmService, startedAt: string): void {
  const { versionIndex, spec } = service;
  const action = spec.UpdateConfig.FailureAction;
  const [run] = service.runs;
  world.time.after(MONITOR_MS, () => {
    if (service.versionIndex !== versionIndex) return;
    const isOver = runningOnce(service, world.time) === 0;
    setStatus(
      service,
      isOver && action !== "continue"
        ? {
            State: "paused",
            StartedAt: startedAt,
            Message: `update paused due to failure or early termination of task ${run?.taskId ?? ""}`,
          }
        : completed("completed", startedAt, "update completed"),
    );
  });
}

function failUpdate(
  world: World,
  service: SwarmService,
  update: { previous: ServiceSpec; behaviour: ImageBehaviour; startedAt: string },
): void {
  const task = world.scratch.dockerId();
  const because = `due to failure or early termination of task ${task}`;
  const action = service.spec.UpdateConfig.FailureAction;
  if (action === "rollback") {
    // The old task made way for the new one and is started anew by the rollback.
    replaceTasks(world, service, service.running.behaviour);
    endTask(service, {
      containerId: task,
      state: "shutdown",
      verb: "Failed",
      at: Date.now(),
      error: '"task: non-zero exit (2)"',
    });
    setSpec(service, update.previous);
    const { Image } = update.previous.TaskTemplate.ContainerSpec;
    const old = behaviourOf(world, Image);
    service.running = { image: Image, behaviour: old, since: Date.now() };
    const oldFails = old === "crash" || old === "missing" || old === "unreachable";
    if (oldFails) {
      setStatus(service, {
        State: "rollback_paused",
        StartedAt: update.startedAt,
        Message: `rollback paused ${because}`,
      });
      return;
    }
    const end = completed("rollback_completed", update.startedAt, "rollback completed");
    if (service.spec.UpdateConfig.Order !== "stop-first") {
      // Its old task never ended.
      setStatus(service, end);
      return;
    }
    setStatus(service, {
      State: "rollback_started",
      StartedAt: update.startedAt,
      Message: `update rolled back ${because}`,
    });
    const { versionIndex } = service;
    world.time.after(MONITOR_MS, () => {
      if (service.versionIndex === versionIndex)
        setStatus(service, { ...end, CompletedAt: isoNow() });
    });
    return;
  }
  if (action === "continue") {
    replaceTasks(world, service, update.behaviour);
    setStatus(service, completed("completed", update.startedAt, "update completed"));
    return;
  }
  setStatus(service, {
    State: "paused",
    StartedAt: update.startedAt,
    Message: `update paused ${because}`,
  });
}

/** Something was removed: what waited for an address goes on. */
export function giveAddresses(world: World): void {
  for (const service of world.tables.swarmServices.values()) {
    if (service.unaddressed === undefined) continue;
    delete service.unaddressed;
    const image = service.spec.TaskTemplate.ContainerSpec.Image;
    replaceTasks(world, service, behaviourOf(world, image));
    if (service.updateStatus?.State === "updating") {
      setStatus(
        service,
        completed("completed", service.updateStatus.StartedAt, "update completed"),
      );
    }
  }
}

/** The docker daemon is restarted, all containers with it. */
export function restartDaemon(world: World): void {
  for (const service of world.tables.swarmServices.values()) {
    if (runsOnce(service.spec)) restartOnce(service, world.time);
    else service.running = { ...service.running, since: Date.now() };
  }
}

/** Docker forgets an update with each new spec, and begins none where no task is of an older one. */
export function scale(service: SwarmService, replicas: number): void {
  delete service.updateStatus;
  if (runsOnce(service.spec)) scaleOnce(service, replicas);
  service.spec = { ...service.spec, Mode: { Replicated: { Replicas: replicas } } };
  service.running = { ...service.running, since: Date.now() };
  service.versionIndex++;
  service.UpdatedAt = isoNow();
}

function publishesOnHost(spec: ServiceSpec): boolean {
  return spec.EndpointSpec.Ports?.some((port) => port.PublishMode === "host") ?? false;
}

function replaceTasks(world: World, service: SwarmService, behaviour: ImageBehaviour): void {
  const old = service.running;
  const stopsFirst = service.spec.UpdateConfig.Order === "stop-first";
  if (stopsFirst && isRecordedImage(old.image) && old.behaviour === "healthy")
    service.lingers = { since: Date.now() };
  endTask(service, {
    containerId: world.scratch.dockerId(),
    state: "shutdown",
    verb: "Shutdown",
    at: Date.now(),
    error: "",
  });
  const image = service.spec.TaskTemplate.ContainerSpec.Image;
  service.running = { image, behaviour, since: Date.now() };
}

function setSpec(service: SwarmService, spec: ServiceSpec): void {
  service.spec = spec;
  service.versionIndex++;
  service.UpdatedAt = isoNow();
}

function setStatus(service: SwarmService, status: UpdateStatus): void {
  service.updateStatus = status;
}

function completed(
  state: "completed" | "rollback_completed",
  startedAt: string,
  message: string,
): UpdateStatus {
  return { State: state, StartedAt: startedAt, CompletedAt: isoNow(), Message: message };
}
