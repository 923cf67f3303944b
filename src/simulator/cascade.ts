/** What a foreign key with `on delete cascade` takes along when a row goes. What runs stays. */
import { serviceKinds, type ServiceKind } from "../model/observed.ts";
import { SERVICES } from "./kinds/services.ts";
import { deleteDeployment, where, type Tables } from "./state.ts";
import { backupsOf } from "./timedRows.ts";
import type { RunOwner } from "./timedRun.ts";

export function cascadeService(tables: Tables, kind: ServiceKind, id: string): void {
  const service = SERVICES[kind];
  service.rows(tables).delete(id);
  for (const row of where(tables.mounts, (mount) => mount[service.id] === id))
    tables.mounts.delete(row.mountId);
  for (const row of where(tables.volumeBackups, (one) => one[service.id] === id))
    deleteRun(tables, "volumeBackupId", row.volumeBackupId);
  for (const row of backupsOf(tables.backups.values(), service.id, id))
    deleteRun(tables, "backupId", row.backupId);
  if (kind === "application") cascadeApplication(tables, id);
  if (kind === "compose") cascadeCompose(tables, id);
}

function cascadeApplication(tables: Tables, applicationId: string): void {
  const owned = (row: { applicationId: string | null }): boolean =>
    row.applicationId === applicationId;
  for (const row of where(tables.domains, owned)) tables.domains.delete(row.domainId);
  for (const row of where(tables.ports, owned)) tables.ports.delete(row.portId);
  for (const row of where(tables.redirects, owned)) tables.redirects.delete(row.redirectId);
  for (const row of where(tables.security, owned)) tables.security.delete(row.securityId);
  for (const row of where(tables.schedules, owned)) deleteRun(tables, "scheduleId", row.scheduleId);
  for (const row of where(tables.deployments, owned)) deleteDeployment(tables, row.deploymentId);
}

function cascadeCompose(tables: Tables, composeId: string): void {
  const owned = (row: { composeId: string | null }): boolean => row.composeId === composeId;
  for (const row of where(tables.domains, owned)) tables.domains.delete(row.domainId);
  for (const row of where(tables.schedules, owned)) deleteRun(tables, "scheduleId", row.scheduleId);
  for (const row of where(tables.deployments, owned)) deleteDeployment(tables, row.deploymentId);
}

const timed = {
  scheduleId: "schedules",
  backupId: "backups",
  volumeBackupId: "volumeBackups",
} as const satisfies Readonly<Record<RunOwner, keyof Tables>>;

/** What is done by the clock, with its runs. What a backup has stored stays where it is. */
export function deleteRun(tables: Tables, owner: RunOwner, id: string): void {
  tables[timed[owner]].delete(id);
  for (const row of where(tables.deployments, (run) => run[owner] === id))
    deleteDeployment(tables, row.deploymentId);
}

export function cascadeEnvironment(tables: Tables, environmentId: string): void {
  tables.environments.delete(environmentId);
  for (const kind of serviceKinds) {
    const { id, rows } = SERVICES[kind];
    for (const row of where(rows(tables), (one) => one.environmentId === environmentId))
      cascadeService(tables, kind, String(row[id]));
  }
}

export function cascadeProject(tables: Tables, projectId: string): void {
  tables.projects.delete(projectId);
  tables.projectTags = tables.projectTags.filter((tag) => tag.projectId !== projectId);
  for (const row of where(tables.environments, (env) => env.projectId === projectId))
    cascadeEnvironment(tables, row.environmentId);
}
