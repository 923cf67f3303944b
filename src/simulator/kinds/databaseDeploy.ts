/**
 * Deploying a database: while the caller waits, through no queue and without a row. The row is read
 * at the start, once. What goes wrong is the answer; a process that crashes is not noticed.
 */
import { fail } from "../failure.ts";
import { pullImage, type Pulled } from "../pull.ts";
import { noDocker, reach } from "../remote.ts";
import type { MountRow } from "../rows.ts";
import { listWhere } from "../state.ts";
import { applySpec } from "../swarm.ts";
import { buildSpec, DATABASE_DEFAULTS, type PublishedPort } from "../swarmSpec.ts";
import { serviceEnv } from "../vaults.ts";
import { databaseView } from "../views.ts";
import type { World } from "../world.ts";
import type { DatabaseKind, DatabaseRow } from "./databaseRow.ts";
import { DATABASES } from "./databases.ts";
import { databaseId } from "./newDatabase.ts";
import { SERVICES } from "./services.ts";

interface Snapshot {
  row: DatabaseRow;
  mounts: MountRow[];
  projectEnv: string;
  environmentEnv: string;
}

/** Answers with the row as it was before. */
export async function deployDatabase(
  world: World,
  kind: DatabaseKind,
  row: DatabaseRow,
): Promise<unknown> {
  const answer = databaseView(world, kind, row);
  const snapshot = takeSnapshot(world, kind, row);
  row.applicationStatus = "running";
  await reach(world, row.serverId);
  const pulled = await pull(world, row);
  const started = pulled.ok ? startDatabase(world, kind, snapshot) : pulled;
  // A database removed meanwhile gets its service all the same, which then belongs to nobody.
  row.applicationStatus = started.ok ? "done" : "error";
  if (!started.ok)
    throw fail("INTERNAL_SERVER_ERROR", `Error on deploy ${kind}Error: ${started.message}`);
  return answer;
}

function withoutDocker(world: World, { serverId }: DatabaseRow): Pulled | null {
  const message = noDocker(world, serverId);
  return message === null ? null : { ok: false, message };
}

function pull(world: World, row: DatabaseRow): Promise<Pulled> {
  const down = withoutDocker(world, row);
  return down === null ? pullImage(world, row.dockerImage) : Promise.resolve(down);
}

/** Creates or updates the swarm service, of the row as it is at this moment unless one is given. */
export function startDatabase(
  world: World,
  kind: DatabaseKind,
  { row, mounts, projectEnv, environmentEnv }: Snapshot,
): Pulled {
  const down = withoutDocker(world, row);
  if (down !== null) return down;
  const { env: ownEnv, process, runs } = DATABASES[kind];
  const { environmentId } = row;
  const text = [...ownEnv(row), row.env ?? ""].join("\n");
  const env = serviceEnv(world, { environmentId, env: text }, projectEnv, environmentEnv);
  if (!env.ok) return env;
  const built = buildSpec({
    // Not every kind has all the columns that a service is made of.
    row: { ...row, args: row.args ?? null, ulimitsSwarm: row.ulimitsSwarm ?? null },
    image: runs ?? row.dockerImage,
    env: env.env,
    mounts,
    ports: portsOf(kind, row),
    networkId: world.networkId,
    defaults: DATABASE_DEFAULTS,
  });
  if (!built.ok) return built;
  const instead = process?.(row);
  if (instead !== undefined) {
    const container = built.spec.TaskTemplate.ContainerSpec;
    container.Command = [instead.command];
    container.Args = instead.args;
  }
  applySpec(world, built.spec, row.serverId ?? null);
  return { ok: true };
}

export function takeSnapshot(world: World, kind: DatabaseKind, row: DatabaseRow): Snapshot {
  const { tables } = world;
  const environment = tables.environments.get(row.environmentId);
  const project = tables.projects.get(environment?.projectId ?? "");
  const id = databaseId(kind, row);
  return structuredClone({
    row,
    mounts: listWhere(tables.mounts, (mount) => mount[SERVICES[kind].id] === id),
    projectEnv: project?.env ?? "",
    environmentEnv: environment?.env ?? "",
  });
}

/** Ports of databases are published on the host. */
function portsOf(kind: DatabaseKind, row: DatabaseRow): PublishedPort[] {
  return Object.entries(DATABASES[kind].ports).flatMap(([column, TargetPort]) => {
    const PublishedPort = row[column];
    return typeof PublishedPort !== "number" || PublishedPort === 0
      ? []
      : [{ Protocol: "tcp", TargetPort, PublishedPort, PublishMode: "host" }];
  });
}
