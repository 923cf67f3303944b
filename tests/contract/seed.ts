/**
 * Builds the world that a recording was made in: the rows that its answer shows and those that its
 * request names, with the very ids that were recorded.
 */
import { databaseKinds } from "../../src/simulator/kinds/databases.ts";
import { blankDatabase } from "../../src/simulator/kinds/newDatabase.ts";
import { SERVICES } from "../../src/simulator/kinds/services.ts";
import { createRandom } from "../../src/simulator/random.ts";
import { newServer } from "../../src/simulator/remote.ts";
import { newGitProvider, newSshKey } from "../../src/simulator/namedRows.ts";
import {
  newDomain,
  newDeployment,
  newEnvironment,
  newMount,
  newProject,
} from "../../src/simulator/rows.ts";
import {
  newBackup,
  newDestination,
  newSchedule,
  newVolumeBackup,
} from "../../src/simulator/timedRows.ts";
import { newApplication, newCompose } from "../../src/simulator/serviceRows.ts";
import type { Tables } from "../../src/simulator/state.ts";
import type { Json } from "./client.ts";

const random = createRandom(99);

interface Place {
  projectId?: string;
  environmentId?: string;
}

/** Columns that the default row has, from what was recorded; the rest of the answer is a view. */
function overlay<T extends object>(row: T, recorded: Json): T {
  for (const column of Object.keys(row))
    if (column in recorded) Object.assign(row, { [column]: structuredClone(recorded[column]) });
  return row;
}

export function seedFromAnswer(tables: Tables, value: Json, place: Place = {}): void {
  if (Array.isArray(value)) {
    // Projects come newest first, everything else in the order in which it was stored.
    const projects = value.some((one) => one?.environments !== undefined);
    for (const one of projects ? value.toReversed() : value) seedFromAnswer(tables, one, place);
    return;
  }
  if (typeof value !== "object" || value === null) return;
  if (typeof value.project === "object") seedFromAnswer(tables, value.project, place);
  if (typeof value.environment === "object") {
    const { environment } = value;
    if (environment?.project !== undefined) seedFromAnswer(tables, environment.project, place);
    seedFromAnswer(tables, environment, place);
  }
  const inside = seedRow(tables, value, place);
  for (const [key, child] of Object.entries(value))
    if (key !== "project" && key !== "environment") seedFromAnswer(tables, child, inside);
}

function seedRow(tables: Tables, value: Json, place: Place): Place {
  const { organizationId } = tables;
  const database = databaseKinds.find((kind) => SERVICES[kind].id in value && "name" in value);
  if ("scheduleId" in value && "cronExpression" in value) {
    const blank = { name: "", cronExpression: "", command: "" };
    tables.schedules.set(value.scheduleId, overlay(newSchedule(random, blank), value));
  } else if ("backupId" in value && "prefix" in value) {
    tables.backups.set(value.backupId, overlay(blankBackup(), value));
  } else if ("volumeBackupId" in value && "volumeName" in value) {
    tables.volumeBackups.set(value.volumeBackupId, overlay(blankVolumeBackup(), value));
  } else if ("serverId" in value && "ipAddress" in value) {
    const row = newServer(random, organizationId, { name: value.name });
    tables.servers.set(value.serverId, { row: overlay(row, value), reach: "up", slowMs: 0 });
  } else if ("registryId" in value && "registryName" in value) {
    tables.registries.set(value.registryId, structuredClone(value));
  } else if ("gitProviderId" in value && "providerType" in value) {
    const { name, providerType, userId } = value;
    const row = newGitProvider(random, { name, providerType, userId, organizationId, url: "" });
    tables.gitProviders.set(value.gitProviderId, overlay(row, value));
  } else if ("sshKeyId" in value && "name" in value && !("ipAddress" in value)) {
    const row = newSshKey(random, { name: value.name, organizationId });
    tables.sshKeys.set(value.sshKeyId, overlay(row, value));
  } else if ("destinationId" in value && "bucket" in value) {
    const row = newDestination(random, { name: "", organizationId });
    tables.destinations.set(value.destinationId, overlay(row, value));
  } else if (database !== undefined) {
    const environmentId = environmentOf(value, place);
    const row = { ...blankDatabase(random, database), environmentId };
    tables[database].set(value[SERVICES[database].id], overlay(row, value));
  } else if ("domainId" in value && "host" in value) {
    tables.domains.set(value.domainId, overlay(newDomain(random, 1, { host: "" }), value));
  } else if ("mountId" in value && "mountPath" in value) {
    const row = newMount(random, { type: "bind", mountPath: "" });
    tables.mounts.set(value.mountId, overlay(row, value));
  } else if ("portId" in value && "publishedPort" in value) {
    const { portId, publishedPort, publishMode, targetPort, protocol, applicationId } = value;
    const port = { portId, publishedPort, publishMode, targetPort, protocol, applicationId };
    tables.ports.set(portId, port);
  } else if ("redirectId" in value && "regex" in value) {
    tables.redirects.set(value.redirectId, structuredClone(value));
  } else if ("securityId" in value && "username" in value) {
    tables.security.set(value.securityId, structuredClone(value));
  } else if ("deploymentId" in value && "logPath" in value) {
    const blank = { title: "", description: "", appName: "", applicationId: "" };
    tables.deployments.set(value.deploymentId, overlay(newDeployment(random, blank), value));
  } else if ("tagId" in value && "color" in value) {
    tables.tags.set(value.tagId, structuredClone(value));
  } else if ("tagId" in value && "projectId" in value) {
    const { id, projectId, tagId } = value;
    if (!tables.projectTags.some((link) => link.id === id))
      tables.projectTags.push({ id, projectId, tagId });
  } else if ("applicationId" in value && ("name" in value || "environment" in value)) {
    const environmentId = environmentOf(value, place);
    const existing = tables.applications.get(value.applicationId);
    const row = existing ?? newApplication(random, { name: "", environmentId });
    tables.applications.set(value.applicationId, overlay(row, value));
  } else if ("composeId" in value && ("name" in value || "appName" in value)) {
    const environmentId = environmentOf(value, place);
    const row = newCompose(random, { name: "", environmentId });
    tables.compose.set(value.composeId, overlay(row, value));
  } else if ("environmentId" in value && ("isDefault" in value || "project" in value)) {
    const projectId = value.projectId ?? place.projectId ?? value.project?.projectId ?? "";
    const row = newEnvironment(random, { name: "", projectId });
    tables.environments.set(value.environmentId, overlay(row, value));
    return { ...place, environmentId: value.environmentId };
  } else if ("projectId" in value && "name" in value) {
    const existing = tables.projects.get(value.projectId);
    const row = existing ?? newProject(random, { name: "", organizationId });
    tables.projects.set(value.projectId, overlay(row, value));
    // Not all recordings come from one server.
    if (typeof value.organizationId === "string") tables.organizationId = value.organizationId;
    return { projectId: value.projectId };
  }
  return place;
}

function blankBackup(): ReturnType<typeof newBackup> {
  const blank = { schedule: "", prefix: "", database: "", destinationId: "" };
  return newBackup(random, { ...blank, databaseType: "postgres" });
}

function blankVolumeBackup(): ReturnType<typeof newVolumeBackup> {
  const blank = { name: "", volumeName: "", prefix: "", cronExpression: "" };
  return newVolumeBackup(random, { ...blank, destinationId: "" });
}

function environmentOf(value: Json, place: Place): string {
  return value.environmentId ?? value.environment?.environmentId ?? place.environmentId ?? "";
}

/** Rows for the ids of a request, where nothing better is known of them. */
export function seedFromRequest(tables: Tables, input: Json): void {
  const id = (name: string): string | undefined => {
    const value = input?.[name];
    return typeof value === "string" && value !== "nope" ? value : undefined;
  };
  const blank = { name: "seeded", environmentId: "" };
  const { organizationId } = tables;
  add(tables.projects, id("projectId"), (projectId) => ({
    ...newProject(random, { name: "seeded", organizationId }),
    projectId,
  }));
  for (const name of ["environmentId", "targetEnvironmentId"]) {
    add(tables.environments, id(name), (environmentId) => ({
      ...newEnvironment(random, { name: "production", projectId: "", isDefault: true }),
      environmentId,
    }));
  }
  const service =
    input?.serviceType === undefined && input?.type === undefined ? undefined : "serviceId";
  const isDatabase = databaseKinds.some((kind) => kind === input?.serviceType);
  const application =
    id("applicationId") ?? (service === undefined || isDatabase ? undefined : id(service));
  add(tables.applications, application ?? id("id"), (applicationId) => ({
    ...newApplication(random, blank),
    applicationId,
  }));
  add(tables.destinations, id("destinationId"), (destinationId) => ({
    ...newDestination(random, { name: "seeded", organizationId }),
    destinationId,
  }));
  add(tables.schedules, id("scheduleId"), (scheduleId) => ({
    ...newSchedule(random, { name: "seeded", cronExpression: "", command: "" }),
    scheduleId,
  }));
  add(tables.volumeBackups, id("volumeBackupId"), (volumeBackupId) => ({
    ...blankVolumeBackup(),
    volumeBackupId,
  }));
  add(tables.backups, id("backupId"), (backupId) => ({ ...blankBackup(), backupId }));
  add(tables.compose, id("composeId"), (composeId) => ({
    ...newCompose(random, blank),
    composeId,
  }));
  for (const kind of databaseKinds) {
    const name = SERVICES[kind].id;
    const key = id(name) ?? (input?.serviceType === kind ? id("serviceId") : undefined);
    add(tables[kind], key, (one) => ({ ...blankDatabase(random, kind), [name]: one }));
  }
}

function add<T>(rows: Map<string, T>, id: string | undefined, make: (id: string) => T): void {
  if (id !== undefined && !rows.has(id)) rows.set(id, make(id));
}

/** Everything hangs in an environment of a project of this organisation. */
export function seedParents(tables: Tables): void {
  const { organizationId } = tables;
  const children = [tables.domains, tables.mounts, tables.ports, tables.redirects, tables.security];
  for (const child of [...children, tables.deployments].flatMap((rows) => [...rows.values()])) {
    add(tables.applications, child.applicationId ?? undefined, (applicationId) => ({
      ...newApplication(random, { name: "seeded", environmentId: "" }),
      applicationId,
    }));
  }
  const services = [
    ...tables.applications.values(),
    ...tables.compose.values(),
    ...databaseKinds.flatMap((kind) => [...tables[kind].values()]),
  ];
  for (const service of services) {
    add(tables.environments, service.environmentId, (environmentId) => ({
      ...newEnvironment(random, { name: "production", projectId: "", isDefault: true }),
      environmentId,
    }));
  }
  for (const environment of tables.environments.values()) {
    add(tables.projects, environment.projectId, (projectId) => ({
      ...newProject(random, { name: "seeded", organizationId }),
      projectId,
    }));
  }
}
