/**
 * A run of what Dokploy does by the clock, as its row of a deployment shows it. It goes through no queue and
 * ends at once.
 */
import { containerNow } from "./compose/containers.ts";
import { newDeployment, type DeploymentRow } from "./rows.ts";
import { listWhere, newestFirst, type Tables } from "./state.ts";
import { wanted } from "./swarmService.ts";
import type { ComposeRow } from "./serviceRows.ts";
import type { World } from "./world.ts";

export type RunOwner = "scheduleId" | "backupId" | "volumeBackupId";

export interface Run {
  owner: RunOwner;
  id: string;
  title: string;
  appName: string;
  /** Below `/etc/dokploy`. */
  folder: string;
  /** Why it fails; null: it does not. */
  failure: string | null;
}

export function recordRun(world: World, run: Run): DeploymentRow {
  const { tables, random } = world;
  const { title, appName, owner, id, failure } = run;
  const blank = newDeployment(random, { title, description: title, appName, composeId: "" });
  const row: DeploymentRow = {
    ...blank,
    composeId: null,
    [owner]: id,
    logPath: blank.logPath.replace("/etc/dokploy/logs", `/etc/dokploy/${run.folder}`),
    status: failure === null ? "done" : "error",
    finishedAt: blank.startedAt,
  };
  tables.deployments.set(row.deploymentId, row);
  tables.deploymentLogs.set(row.deploymentId, `${failure ?? "✅ Command executed successfully"}\n`);
  return row;
}

/** The newest comes first. */
export function runsOf(tables: Tables, owner: RunOwner, id: string): DeploymentRow[] {
  return newestFirst(listWhere(tables.deployments, (row) => row[owner] === id)).map((row) => ({
    ...row,
  }));
}

/** Whether a container of the service runs, in which a command can be run. */
export function hasContainer(tables: Tables, appName: string): boolean {
  const service = tables.swarmServices.get(appName);
  return service?.running.behaviour === "healthy" && wanted(service) > 0;
}

/**
 * The same of one service of a compose file, which Dokploy looks for by its labels among the containers that run.
 */
export function hasContainerOf(
  world: World,
  compose: ComposeRow | undefined,
  service: string | null,
): boolean {
  if (compose === undefined) return false;
  const { appName, composeType } = compose;
  if (composeType === "stack") return hasContainer(world.tables, `${appName}_${service ?? ""}`);
  const { containers } = world.tables.composeProjects.get(appName) ?? { containers: [] };
  return containers.some(
    (one) => one.service === service && containerNow(world, one).state === "running",
  );
}
