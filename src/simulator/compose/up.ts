/** What `docker compose up` makes of a file, and what it logs. */
import { pullImage } from "../pull.ts";
import { volumeKey } from "../remote.ts";
import type { ComposeRow } from "../serviceRows.ts";
import type { World } from "../world.ts";
import { configOf, newContainer, startContainers } from "./containers.ts";
import { startedServices, type ComposeFile, type ComposeService } from "./file.ts";
import type { ComposeProject, Container } from "./project.ts";

export type Log = (text: string) => void;

/** The project of a compose service as docker keeps it, made when there is none. */
export function projectOf(
  world: World,
  appName: string,
  serverId: string | null = null,
): ComposeProject {
  const { composeProjects } = world.tables;
  const found = composeProjects.get(appName) ?? { serverId, file: "", containers: [] };
  composeProjects.set(appName, found);
  return found;
}

export async function pullAll(world: World, file: ComposeFile, log: Log): Promise<boolean> {
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

export function up(world: World, { appName }: ComposeRow, file: ComposeFile, log: Log): boolean {
  const project = projectOf(world, appName);
  const services = startedServices(file);
  if (services.length === 0) {
    log("no service selected\n");
    return false;
  }
  for (const [name, { container_name: asked }] of services) {
    const holder = [...world.tables.composeProjects].find(
      ([owner, { containers, serverId }]) =>
        serverId === project.serverId &&
        containers.some((one) => one.name === asked && (owner !== appName || one.service !== name)),
    );
    if (asked === undefined || holder === undefined) continue;
    log(
      `Error response from daemon: Conflict. The container name "/${asked}" is already in use by another container.\n`,
    );
    return false;
  }
  if (project.containers.length === 0) made(log, `Network ${appName}_default`);
  volumesOf(world, { appName, serverId: project.serverId }, file, log);
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

export function volumesOf(
  world: World,
  { appName, serverId }: { appName: string; serverId: string | null },
  file: ComposeFile,
  log: Log,
): void {
  for (const [name, given] of Object.entries(file.volumes ?? {})) {
    if (given?.external === true) continue;
    const volume = given?.name ?? `${appName}_${name}`;
    const key = volumeKey(serverId, volume);
    if (!world.tables.volumes.has(key)) made(log, `Volume ${volume}`);
    world.tables.volumes.add(key);
  }
}
