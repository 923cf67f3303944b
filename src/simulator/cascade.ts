/** What a foreign key with `on delete cascade` takes along when a row goes. What runs stays. */
import { serviceKinds, type ServiceKind } from "../model/observed.ts";
import { SERVICES } from "./kinds/services.ts";
import { deleteDeployment, where, type Tables } from "./state.ts";

export function cascadeService(tables: Tables, kind: ServiceKind, id: string): void {
  const service = SERVICES[kind];
  service.rows(tables).delete(id);
  for (const row of where(tables.mounts, (mount) => mount[service.id] === id))
    tables.mounts.delete(row.mountId);
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
  for (const row of where(tables.deployments, owned)) deleteDeployment(tables, row.deploymentId);
}

function cascadeCompose(tables: Tables, composeId: string): void {
  const owned = (row: { composeId: string | null }): boolean => row.composeId === composeId;
  for (const row of where(tables.domains, owned)) tables.domains.delete(row.domainId);
  for (const row of where(tables.deployments, owned)) deleteDeployment(tables, row.deploymentId);
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
