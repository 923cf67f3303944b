/** `docker inspect` of a container, of docker compose or of a stack, without what nobody reads. */
import { wanted } from "../swarmService.ts";
import type { SwarmService } from "../swarmTypes.ts";
import type { World } from "../world.ts";
import { containerNow, healthOf } from "./containers.ts";
import type { Container } from "./project.ts";
import { stackTasks } from "./stackTasks.ts";

interface Shown {
  id: string;
  name: string;
  image: string;
  imageId: string;
  command: string;
  env: string[];
  labels: Record<string, string>;
  createdAt: number;
  restarts: number;
  attached: boolean;
  state: Record<string, unknown>;
}

function shown(given: Shown): object {
  const { id, name, image, imageId, command, env, labels, createdAt, attached } = given;
  const words = command === "" ? ["/entrypoint"] : command.split(" ");
  return {
    Id: id,
    Created: nano(createdAt),
    Path: words[0],
    Args: words.slice(1),
    State: given.state,
    Image: imageId,
    Name: `/${name}`,
    RestartCount: given.restarts,
    Driver: "overlay2",
    Platform: "linux",
    Config: {
      Hostname: id.slice(0, 12),
      Domainname: "",
      User: "",
      AttachStdin: false,
      AttachStdout: attached,
      AttachStderr: attached,
      ExposedPorts: { "8080/tcp": {} },
      Tty: false,
      OpenStdin: false,
      StdinOnce: false,
      Env: env.length === 0 ? null : env,
      Cmd: words,
      Image: image,
      Volumes: null,
      WorkingDir: "",
      Entrypoint: null,
      OnBuild: null,
      // Docker shows maps in the order of their keys.
      Labels: Object.fromEntries(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1))),
    },
  };
}

const NEVER = "0001-01-01T00:00:00Z";

function stateOf(given: {
  status: string;
  exitCode: number;
  startedAt: number;
  finishedAt: number | null;
}): Record<string, unknown> {
  const { status, exitCode, startedAt, finishedAt } = given;
  return {
    Status: status,
    Running: status !== "exited",
    Paused: false,
    Restarting: status === "restarting",
    OOMKilled: false,
    Dead: false,
    Pid: status === "running" ? 4242 : 0,
    ExitCode: exitCode,
    Error: "",
    StartedAt: nano(startedAt),
    FinishedAt: finishedAt === null ? NEVER : nano(finishedAt),
  };
}

export function inspectContainer(world: World, appName: string, container: Container): object {
  const { id, name, image, command, labels, env, service, config, createdAt } = container;
  const { state, exitCode, restarts, at } = containerNow(world, container);
  const isUp = state === "running";
  const folder = `/etc/dokploy/compose/${appName}/code`;
  const health =
    container.health === null ? {} : { Health: { Status: healthOf(world, container) } };
  return shown({
    ...{ id, name, image, command, createdAt, restarts, attached: true },
    imageId: `sha256:${config}`,
    env: Object.entries(env).map(([key, value]) => `${key}=${value}`),
    labels: {
      ...labels,
      "com.docker.compose.config-hash": config,
      "com.docker.compose.container-number": "1",
      "com.docker.compose.depends_on": "",
      "com.docker.compose.image": `sha256:${config}`,
      "com.docker.compose.oneoff": "False",
      "com.docker.compose.project": appName,
      "com.docker.compose.project.config_files": `${folder}/docker-compose.yml`,
      "com.docker.compose.project.working_dir": folder,
      "com.docker.compose.service": service,
      "com.docker.compose.version": "2.40.0",
    },
    state: {
      ...stateOf({
        status: state,
        exitCode,
        startedAt: isUp ? at : container.since,
        finishedAt: isUp ? (restarts === 0 ? null : at) : at,
      }),
      ...health,
    },
  });
}

/** The container of a task of a stack, by the id that its list shows. */
export function inspectStackContainer(
  world: World,
  containerId: string,
  serverId: string | null,
): object | undefined {
  for (const service of world.tables.swarmServices.values()) {
    if (service.serverId !== serverId) continue;
    if (!service.appName.includes("_") || wanted(service) === 0) continue;
    const appName = service.appName.slice(0, service.appName.indexOf("_"));
    const task = stackTasks(world, appName).find((one) => one.containerId === containerId);
    if (task !== undefined) return inspectTask(world, task);
  }
  return undefined;
}

function inspectTask(
  world: World,
  task: { appName: string; containerId: string; name: string },
): object | undefined {
  const service: SwarmService | undefined = world.tables.swarmServices.get(task.appName);
  if (service === undefined) return undefined;
  const { Image, Labels, Args, Env } = service.spec.TaskTemplate.ContainerSpec;
  const { since } = service.running;
  return shown({
    id: task.containerId.padEnd(64, "0"),
    name: task.name,
    image: Image,
    imageId: `sha256:${task.containerId}`,
    command: (Args ?? []).join(" "),
    env: Env ?? [],
    createdAt: since,
    restarts: 0,
    attached: false,
    labels: {
      ...Labels,
      "com.docker.swarm.node.id": world.nodeId,
      "com.docker.swarm.service.id": service.ID,
      "com.docker.swarm.service.name": task.appName,
      "com.docker.swarm.task": "",
      "com.docker.swarm.task.id": service.ID,
      "com.docker.swarm.task.name": task.name,
    },
    state: stateOf({ status: "running", exitCode: 0, startedAt: since, finishedAt: null }),
  });
}

function nano(ms: number): string {
  return new Date(ms).toISOString().replace("Z", "000000Z");
}
