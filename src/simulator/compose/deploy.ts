/** What `docker compose up` and `docker stack deploy` make of a compose service, and what they log. */
import { clone } from "../clone.ts";
import { serviceEnv } from "../vaults.ts";
import type { Commit } from "../repositories.ts";
import { noDocker, reach } from "../remote.ts";
import type { ComposeRow } from "../serviceRows.ts";
import type { World } from "../world.ts";
import { convert } from "./convert.ts";
import { readByDocker, writeFile, type ComposeFile } from "./file.ts";
import { deployStack } from "./stack.ts";
import { projectOf, pullAll, up, type Log } from "./up.ts";

/** `commit`: what was cloned, however it ended. */
export type Deployed = { ok: boolean; commit?: Commit };

/** The row as it was when the job started. */
export async function deployFile(world: World, row: ComposeRow, log: Log): Promise<Deployed> {
  const isStack = row.composeType === "stack";
  let commit: Commit | undefined;
  let composeFile = row.composeFile;
  if (row.sourceType !== "raw") {
    const cloned = await clone(world, row, `/etc/dokploy/compose/${row.appName}/code`, log);
    if (!cloned.ok) {
      log(cloned.message === "" ? "" : `${cloned.message}\n`);
      return { ok: false };
    }
    ({ commit } = cloned);
    composeFile = commit.files?.[pathOf(row)] ?? "";
    if (composeFile === "") {
      log("Error: ❌ Compose file not found\n");
      return { ok: false, commit };
    }
  }
  const built = commit === undefined ? {} : { commit };
  await reach(world, row.serverId);
  const down = noDocker(world, row.serverId);
  if (row.serverId !== null && down !== null) {
    log(`${down}\n`);
    return { ok: false, ...built };
  }
  if (row.sourceType === "raw") log("File 'docker-compose.yml' created: ✅\n");
  let file: ComposeFile;
  try {
    const converted = writeFile(convert(world, { ...row, composeFile }));
    projectOf(world, row.appName, row.serverId).file = converted;
    log(box(world, row));
    file = readByDocker(converted, envOf(world, row));
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    log(`❌ Has occurred an error: ${said}\n`);
    return { ok: false, ...built };
  }
  const ready = isStack ? true : await pullAll(world, file, log);
  await world.time.sleep(world.deployMs);
  const isUp = ready && (isStack ? deployStack(world, row, file, log) : up(world, row, file, log));
  log(isUp ? "Docker Compose Deployed: ✅\n" : "Error: ❌ Docker command failed\n");
  return { ok: isUp, ...built };
}

function pathOf({ composePath }: ComposeRow): string {
  const path = typeof composePath === "string" ? composePath : "docker-compose.yml";
  return path.replace(/^\.\//, "");
}

/** What docker fills variables in from. Of a stack's, empty ones are lost. */
function envOf(world: World, row: ComposeRow): ReadonlyMap<string, string> {
  const environment = world.tables.environments.get(row.environmentId);
  const project = world.tables.projects.get(environment?.projectId ?? "");
  const resolved = serviceEnv(world, row, project?.env ?? "", environment?.env ?? "");
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

/** `docker compose down` or `docker stack rm`. */
export function takeDown(world: World, { appName, composeType, serverId }: ComposeRow): void {
  const { tables } = world;
  // What a command comes to on another server is not looked at.
  if (serverId !== null && noDocker(world, serverId) !== null) return;
  if (composeType === "stack") {
    for (const name of [...tables.swarmServices.keys()])
      if (name.startsWith(`${appName}_`)) tables.swarmServices.delete(name);
    return;
  }
  tables.composeProjects.delete(appName);
}
