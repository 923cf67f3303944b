/**
 * The rows of Dokploy's database that are small enough to name every column. Key order is the order
 * of the recorded answers.
 */
import type { ServiceKind } from "../model/observed.ts";
import type { Random } from "./random.ts";
import { isoNow } from "./time.ts";

export type ServiceStatus = "idle" | "running" | "done" | "error";

export interface ProjectRow {
  projectId: string;
  name: string;
  description: string | null;
  createdAt: string;
  organizationId: string;
  env: string;
}

export interface EnvironmentRow {
  environmentId: string;
  name: string;
  description: string | null;
  createdAt: string;
  env: string;
  projectId: string;
  isDefault: boolean;
}

export interface DomainRow {
  domainId: string;
  host: string;
  https: boolean;
  port: number | null;
  customEntrypoint: string | null;
  path: string | null;
  serviceName: string | null;
  domainType: "application" | "compose" | "preview" | null;
  uniqueConfigKey: number;
  createdAt: string;
  composeId: string | null;
  customCertResolver: string | null;
  applicationId: string | null;
  previewDeploymentId: string | null;
  certificateType: "letsencrypt" | "none" | "custom";
  internalPath: string | null;
  stripPath: boolean;
  middlewares: string[] | null;
  forwardAuthEnabled: boolean;
  enabled: boolean;
}

/** The column of a mount that names the service it belongs to. */
export type MountOwner = `${ServiceKind}Id`;

export interface MountRow extends Record<MountOwner, string | null> {
  mountId: string;
  type: "bind" | "volume" | "file";
  hostPath: string | null;
  volumeName: string | null;
  filePath: string | null;
  content: string | null;
  serviceType: string;
  mountPath: string;
}

export interface PortRow {
  portId: string;
  publishedPort: number;
  publishMode: "ingress" | "host";
  targetPort: number;
  protocol: "tcp" | "udp";
  applicationId: string;
}

export interface RedirectRow {
  redirectId: string;
  regex: string;
  replacement: string;
  permanent: boolean;
  uniqueConfigKey: number;
  createdAt: string;
  applicationId: string;
}

export interface SecurityRow {
  securityId: string;
  username: string;
  password: string;
  createdAt: string;
  applicationId: string;
}

export type DeploymentStatus = "running" | "done" | "error" | "cancelled";

export interface DeploymentRow {
  deploymentId: string;
  title: string;
  description: string;
  status: DeploymentStatus;
  logPath: string;
  pid: string | null;
  applicationId: string | null;
  composeId: string | null;
  serverId: string | null;
  isPreviewDeployment: boolean;
  previewDeploymentId: string | null;
  createdAt: string;
  startedAt: string;
  finishedAt: string | null;
  errorMessage: string | null;
  scheduleId: string | null;
  backupId: string | null;
  rollbackId: string | null;
  volumeBackupId: string | null;
  buildServerId: string | null;
}

export const PROJECT_COLUMNS = [
  "projectId",
  "name",
  "description",
  "createdAt",
  "organizationId",
  "env",
] as const;

export const ENVIRONMENT_COLUMNS = [
  "environmentId",
  "name",
  "description",
  "createdAt",
  "env",
  "projectId",
  "isDefault",
] as const;

export function newProject(
  random: Random,
  given: { name: string; organizationId: string; description?: string | null; env?: string },
): ProjectRow {
  return {
    projectId: random.id(),
    name: given.name,
    description: given.description ?? null,
    createdAt: isoNow(),
    organizationId: given.organizationId,
    env: given.env ?? "",
  };
}

export function newEnvironment(
  random: Random,
  given: { name: string; projectId: string; description?: string | null; isDefault?: boolean },
): EnvironmentRow {
  return {
    environmentId: random.id(),
    name: given.name,
    description: given.description ?? null,
    createdAt: isoNow(),
    env: "",
    projectId: given.projectId,
    isDefault: given.isDefault ?? false,
  };
}

export function newDomain(
  random: Random,
  uniqueConfigKey: number,
  given: { host: string } & { [K in keyof DomainRow]?: DomainRow[K] | undefined },
): DomainRow {
  return {
    domainId: random.id(),
    host: given.host,
    https: given.https ?? false,
    port: given.port === undefined ? 3000 : given.port,
    customEntrypoint: given.customEntrypoint ?? null,
    path: given.path === undefined ? "/" : given.path,
    serviceName: given.serviceName ?? null,
    domainType: given.domainType === undefined ? "application" : given.domainType,
    uniqueConfigKey,
    createdAt: isoNow(),
    composeId: given.composeId ?? null,
    customCertResolver: given.customCertResolver ?? null,
    applicationId: given.applicationId ?? null,
    previewDeploymentId: given.previewDeploymentId ?? null,
    certificateType: given.certificateType ?? "none",
    internalPath: given.internalPath === undefined ? "/" : given.internalPath,
    stripPath: given.stripPath ?? false,
    middlewares: given.middlewares === undefined ? [] : given.middlewares,
    forwardAuthEnabled: given.forwardAuthEnabled ?? false,
    enabled: given.enabled ?? true,
  };
}

export function newMount(
  random: Random,
  given: Pick<MountRow, "type" | "mountPath"> & {
    [K in keyof MountRow]?: MountRow[K] | undefined;
  },
): MountRow {
  return {
    mountId: random.id(),
    type: given.type,
    hostPath: given.hostPath ?? null,
    volumeName: given.volumeName ?? null,
    filePath: given.filePath ?? null,
    content: given.content ?? null,
    serviceType: given.serviceType ?? "application",
    mountPath: given.mountPath,
    applicationId: given.applicationId ?? null,
    composeId: given.composeId ?? null,
    libsqlId: given.libsqlId ?? null,
    mariadbId: given.mariadbId ?? null,
    mongoId: given.mongoId ?? null,
    mysqlId: given.mysqlId ?? null,
    postgresId: given.postgresId ?? null,
    redisId: given.redisId ?? null,
  };
}

export function newDeployment(
  random: Random,
  given: { title: string; description: string; appName: string } & (
    { applicationId: string } | { composeId: string }
  ),
): DeploymentRow {
  const now = isoNow();
  const file = `${given.appName}-${now.slice(0, 10)}:${now.slice(11, 19)}.log`;
  return {
    deploymentId: random.id(),
    title: given.title === "" ? "Deployment" : given.title,
    description: given.description,
    status: "running",
    logPath: `/etc/dokploy/logs/${given.appName}/${file}`,
    pid: null,
    applicationId: "applicationId" in given ? given.applicationId : null,
    composeId: "composeId" in given ? given.composeId : null,
    serverId: null,
    isPreviewDeployment: false,
    previewDeploymentId: null,
    createdAt: now,
    startedAt: now,
    finishedAt: null,
    errorMessage: null,
    scheduleId: null,
    backupId: null,
    rollbackId: null,
    volumeBackupId: null,
    buildServerId: null,
  };
}
