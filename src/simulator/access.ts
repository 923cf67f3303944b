/**
 * Who may do what. Dokploy checks differently from procedure to procedure; the messages are those
 * recorded, and where nothing was recorded those of its permission table.
 */
import { fail, notFound } from "./failure.ts";
import type { DatabaseKind, DatabaseRow } from "./kinds/databaseRow.ts";
import { DATABASES } from "./kinds/databases.ts";
import type { EnvironmentRow, ProjectRow } from "./rows.ts";
import type { ApplicationRow, ComposeRow } from "./serviceRows.ts";
import type { Call, World } from "./world.ts";

export function isMember(call: Call): boolean {
  return call.actor.role === "member";
}

/** For what a plain member has no right to at all. */
export function requirePrivilege(call: Call, resource: string): void {
  if (isMember(call)) throw fail("UNAUTHORIZED", `unauthorized to access resource "${resource}"`);
}

export function requireServiceAccess(call: Call, serviceId: string): void {
  if (isMember(call) && !call.actor.accessedServices.includes(serviceId))
    throw fail("UNAUTHORIZED", "You don't have access to this service");
}

/** A server that nobody knows reads like one that the key may not use. */
export function requireServerAccess(call: Call, serverId: string | null | undefined): void {
  if (serverId === null || serverId === undefined || serverId === "") return;
  if (!call.world.tables.servers.has(serverId))
    throw fail("UNAUTHORIZED", "You are not authorized to access this server");
}

export function requireProjectAccess(call: Call, projectId: string): void {
  if (isMember(call) && !call.actor.accessedProjects.includes(projectId))
    throw fail("UNAUTHORIZED", "You don't have access to this project");
}

export function requireEnvironmentAccess(call: Call, environmentId: string): void {
  if (isMember(call) && !call.actor.accessedEnvironments.includes(environmentId))
    throw fail("UNAUTHORIZED", "You don't have access to this environment");
}

export function findProject(world: World, projectId: string): ProjectRow {
  const row = world.tables.projects.get(projectId);
  if (row === undefined) throw notFound("Project");
  return row;
}

export function findEnvironment(world: World, environmentId: string): EnvironmentRow {
  const row = world.tables.environments.get(environmentId);
  if (row === undefined) throw notFound("Environment");
  return row;
}

export function findApplication(world: World, applicationId: string): ApplicationRow {
  const row = world.tables.applications.get(applicationId);
  if (row === undefined) throw notFound("Application");
  return row;
}

export function findCompose(world: World, composeId: string): ComposeRow {
  const row = world.tables.compose.get(composeId);
  if (row === undefined) throw notFound("Compose");
  return row;
}

export function findDatabase(world: World, kind: DatabaseKind, id: string): DatabaseRow {
  const row = world.tables[kind].get(id);
  if (row === undefined) throw notFound(DATABASES[kind].title);
  return row;
}

/** The organisation is checked by some procedures only: `application.update` does not. */
export function requireOrganization(call: Call, environmentId: string, message: string): void {
  const { tables } = call.world;
  const environment = tables.environments.get(environmentId);
  const project = tables.projects.get(environment?.projectId ?? "");
  if (project?.organizationId !== tables.organizationId) throw fail("UNAUTHORIZED", message);
}
