/** What `docker compose up` and `docker stack deploy` make of a compose service, and what they log. */
import { resolveEnv } from "../env.ts";
import type { ComposeRow } from "../serviceRows.ts";
import { pullImage } from "../pull.ts";
import { applySpec } from "../swarm.ts";
import type { ServiceSpec } from "../swarmService.ts";
import type { World } from "../world.ts";
import { configOf, newContainer, startContainers } from "./containers.ts";
import type { ComposeProject, Container } from "./project.ts";
import { convert } from "./convert.ts";
import {
  commandOf,
  entriesOf,
  readByDocker,
  startedServices,
  writeFile,
  type ComposeFile,
  type ComposeService,
} from "./file.ts";

export type Deployed = { ok: true } | { ok: false };
type Log = (text: string) => void;

const SECOND = 1_000_000_000;

/** The project of a compose service as docker keeps it, made when there is none. */
export function projectOf(world: World, appName: string): ComposeProject {
  const { composeProjects } = world.tables;
  const found = composeProjects.get(appName) ?? { file: "", containers: [] };
  composeProjects.set(appName, found);
  return found;
}

/** The row as it was when the job started. */
export async function deployFile(world: World, row: ComposeRow, log: Log): Promise<Deployed> {
  const isStack = row.composeType === "stack";
  if (row.sourceType !== "raw") {
    await world.time.sleep(world.deployMs);
    log(`${row.sourceType} Provider not found\n`);
    return { ok: false };
  }
  log("File 'docker-compose.yml' created: ✅\n");
  let file: ComposeFile;
  try {
    const converted = writeFile(convert(world, row));
    projectOf(world, row.appName).file = converted;
    log(box(world, row));
    file = readByDocker(converted, envOf(world, row));
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    log(`❌ Has occurred an error: ${said}\n`);
    return { ok: false };
  }
  const ready = isStack ? true : await pullAll(world, file, log);
  await world.time.sleep(world.deployMs);
  const isUp =
    ready && (isStack ? deployStack(world, row.appName, file, log) : up(world, row, file, log));
  log(isUp ? "Docker Compose Deployed: ✅\n" : "Error: ❌ Docker command failed\n");
  return isUp ? { ok: true } : { ok: false };
}

/** What docker fills variables in from. Of a stack's, empty ones are lost. */
function envOf(world: World, row: ComposeRow): ReadonlyMap<string, string> {
  const environment = world.tables.environments.get(row.environmentId);
  const project = world.tables.projects.get(environment?.projectId ?? "");
  const resolved = resolveEnv(row.env, project?.env ?? "", environment?.env ?? "");
  if (!resolved.ok) throw new Error(resolved.message);
  const own = resolved.env.map((pair): [string, string] => {
    const at = pair.indexOf("=");
    return [pair.slice(0, at), pair.slice(at + 1)];
  });
  if (row.composeType === "stack") return new Map(own.filter(([, value]) => value !== ""));
  const { appName } = row;
  return new Map([["APP_NAME", appName], ["COMPOSE_PROJECT_NAME", appName], ...own]);
}

function box(world: World, { appName, composeType, composeId }: ComposeRow): string {
  const mounts = [...world.tables.mounts.values()].filter((one) => one.composeId === composeId);
  const command =
    composeType === "stack"
      ? `stack deploy -c docker-compose.yml ${appName} --prune --with-registry-auth`
      : `compose -p ${appName} -f docker-compose.yml up -d --build --remove-orphans`;
  const lines = [
    "",
    `App Name: ${appName}`,
    "Build Compose 🐳",
    `Detected: ${mounts.length} mounts 📂`,
    ...wrapped(`Command: docker ${command}`),
    "Source Type: docker raw ✅",
    `Compose Type: ${composeType} ✅`,
    "",
  ];
  const rows = lines.map((line) => {
    // Two columns wide, and one character.
    const columns = line.length + (line.includes("✅") ? 1 : 0);
    return `║ ${line}${" ".repeat(Math.max(0, 76 - columns))} ║\n`;
  });
  return `╔${"═".repeat(78)}╗\n${rows.join("")}╚${"═".repeat(78)}╝\n`;
}

function wrapped(text: string): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + word.length + 1 > 76) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

async function pullAll(world: World, file: ComposeFile, log: Log): Promise<boolean> {
  for (const [name, { image }] of startedServices(file)) {
    if (image === undefined) continue;
    const pulled = await pullImage(world, image);
    if (pulled.ok) continue;
    const reason = pulled.message.replace("Error response from daemon: ", "").trim();
    log(` ${name} Pulling \n ${name} Error ${reason}\n${pulled.message}`);
    return false;
  }
  return true;
}

function up(world: World, { appName }: ComposeRow, file: ComposeFile, log: Log): boolean {
  const project = projectOf(world, appName);
  const services = startedServices(file);
  if (services.length === 0) {
    log("no service selected\n");
    return false;
  }
  for (const [name, { container_name: asked }] of services) {
    const holder = [...world.tables.composeProjects].find(([owner, { containers }]) =>
      containers.some((one) => one.name === asked && (owner !== appName || one.service !== name)),
    );
    if (asked === undefined || holder === undefined) continue;
    log(
      `Error response from daemon: Conflict. The container name "/${asked}" is already in use by another container.\n`,
    );
    return false;
  }
  if (project.containers.length === 0) made(log, `Network ${appName}_default`);
  volumesOf(world, appName, file, log);
  const names = new Set(services.map(([name]) => name));
  project.containers = project.containers.filter(({ service }) => names.has(service));
  const fresh = services.flatMap(([name, service]) =>
    place(world, project, appName, name, service),
  );
  for (const step of ["Creating", "Created", "Starting", "Started"]) {
    for (const { name } of fresh) log(` Container ${name}  ${step}\n`);
  }
  startContainers(project.containers);
  return true;
}

function made(log: Log, what: string): void {
  log(` ${what}  Creating\n ${what}  Created\n`);
}

/** Containers that are as the file says stay; the others are replaced. Returns the new ones. */
function place(
  world: World,
  project: ComposeProject,
  appName: string,
  name: string,
  service: ComposeService,
): Container[] {
  const config = configOf(service);
  const wanted = service.scale ?? service.deploy?.replicas ?? 1;
  const kept = project.containers
    .filter((one) => one.service === name && one.config === config)
    .slice(0, wanted);
  const fresh = Array.from({ length: wanted - kept.length }, (_unused, i) =>
    newContainer(world, { appName, service: name, number: kept.length + i + 1 }, service),
  );
  project.containers = [
    ...project.containers.filter((one) => one.service !== name),
    ...kept,
    ...fresh,
  ];
  return fresh;
}

function volumesOf(world: World, appName: string, file: ComposeFile, log: Log): void {
  for (const [name, given] of Object.entries(file.volumes ?? {})) {
    if (given?.external === true) continue;
    const volume = given?.name ?? `${appName}_${name}`;
    if (!world.tables.volumes.has(volume)) made(log, `Volume ${volume}`);
    world.tables.volumes.add(volume);
  }
}

function deployStack(world: World, appName: string, file: ComposeFile, log: Log): boolean {
  const { swarmServices } = world.tables;
  log(
    "Since --detach=false was not specified, tasks will be created in the background.\n" +
      "In a future release, --detach=false will become the default.\n",
  );
  const services = Object.entries(file.services ?? {});
  const names = new Set(services.map(([name]) => `${appName}_${name}`));
  const isNew = ![...swarmServices.keys()].some((name) => name.startsWith(`${appName}_`));
  if (isNew) log(`Creating network ${appName}_default\n`);
  for (const name of [...swarmServices.keys()]) {
    if (!name.startsWith(`${appName}_`) || names.has(name)) continue;
    log(`Removing service ${name}\n`);
    swarmServices.delete(name);
  }
  volumesOf(world, appName, file, () => undefined);
  for (const [name, service] of services) {
    const spec = stackSpec(appName, name, service);
    const existing = swarmServices.get(spec.Name);
    if (existing === undefined) log(`Creating service ${spec.Name}\n`);
    else log(`Updating service ${spec.Name} (id: ${existing.ID})\n`);
    if (existing === undefined || isOther(existing.spec, spec)) applySpec(world, spec);
  }
  return true;
}

function isOther(have: ServiceSpec, want: ServiceSpec): boolean {
  const text = (spec: ServiceSpec): string =>
    JSON.stringify({ ...spec, TaskTemplate: { ...spec.TaskTemplate, ForceUpdate: 0 } });
  return text(have) !== text(want);
}

function stackSpec(appName: string, name: string, service: ComposeService): ServiceSpec {
  const { deploy = {} } = service;
  const namespace = { "com.docker.stack.namespace": appName };
  const command = commandOf(service);
  const env = Object.entries(entriesOf(service.environment)).map(
    ([key, value]) => `${key}=${value}`,
  );
  const update = deploy.update_config ?? {};
  return {
    Name: `${appName}_${name}`,
    Labels: { ...namespace, ...entriesOf(deploy.labels) },
    TaskTemplate: {
      ContainerSpec: {
        Image: service.image ?? "",
        Labels: { ...namespace, ...entriesOf(service.labels) },
        ...(command !== "" && { Args: command.split(" ") }),
        ...(env.length > 0 && { Env: env }),
        StopGracePeriod: 10 * SECOND,
      },
      Resources: { Limits: {}, Reservations: {} },
      RestartPolicy: { Condition: deploy.restart_policy?.condition ?? "any" },
      Placement: {},
      Networks: [],
      ForceUpdate: 0,
      Runtime: "container",
    },
    Mode: { Replicated: { Replicas: deploy.replicas ?? 1 } },
    UpdateConfig: {
      Order: update.order ?? "stop-first",
      FailureAction: update.failure_action ?? "pause",
    },
    RollbackConfig: {},
    EndpointSpec: { Mode: "vip" },
  };
}

/** `docker compose down` or `docker stack rm`. */
export function takeDown(world: World, { appName, composeType }: ComposeRow): void {
  const { tables } = world;
  if (composeType === "stack") {
    for (const name of [...tables.swarmServices.keys()])
      if (name.startsWith(`${appName}_`)) tables.swarmServices.delete(name);
    return;
  }
  tables.composeProjects.delete(appName);
}
