/** deployment.*: rows appear when a job starts; what waits is only in the queue. */
import { z } from "zod";
import { isMember, requireServiceAccess } from "../access.ts";
import { fail, notFound } from "../failure.ts";
import { id, mutation, nothing, query, type Router } from "../procedure.ts";
import type { DeploymentRow } from "../rows.ts";
import { listWhere, newestFirst, type Job } from "../state.ts";
import type { World } from "../world.ts";

export const deploymentRouter: Router = {
  all: query(z.object({ applicationId: id }), (input, call) => {
    requireServiceAccess(call, input.applicationId);
    const mine = (row: DeploymentRow): boolean => row.applicationId === input.applicationId;
    return newestFirst(listWhere(call.world.tables.deployments, mine)).map((row) => ({ ...row }));
  }),
  allByCompose: query(z.object({ composeId: id }), (input, call) => {
    requireServiceAccess(call, input.composeId);
    const mine = (row: DeploymentRow): boolean => row.composeId === input.composeId;
    return newestFirst(listWhere(call.world.tables.deployments, mine)).map((row) => ({ ...row }));
  }),
  allByType: query(
    z.object({
      id,
      type: z.enum([
        "application",
        "compose",
        "server",
        "schedule",
        "previewDeployment",
        "backup",
        "volumeBackup",
      ]),
    }),
    (input, call) => {
      requireServiceAccess(call, input.id);
      const column = `${input.type}Id` as const;
      const mine = (row: DeploymentRow): boolean => row[column] === input.id;
      return newestFirst(listWhere(call.world.tables.deployments, mine)).map((row) => ({
        ...row,
        rollback: null,
      }));
    },
  ),
  allCentralized: query(nothing, (_input, call) => {
    const { tables } = call.world;
    const seen = isMember(call) ? new Set(call.actor.accessedServices) : undefined;
    const visible = (row: DeploymentRow): boolean =>
      (row.applicationId ?? row.composeId) !== null &&
      (seen === undefined || seen.has(row.applicationId ?? row.composeId ?? ""));
    return newestFirst(listWhere(tables.deployments, visible)).map((row) =>
      centralized(call.world, row),
    );
  }),
  queueList: query(nothing, (_input, call) => {
    const { waiting, active } = call.world.tables.queue;
    return [...waiting, ...active]
      .map((job, at) => ({ job, at }))
      .sort((a, b) => jobNumber(b.job) - jobNumber(a.job) || a.at - b.at)
      .map(({ job }) => jobView(call.world, job));
  }),
  readLogs: query(
    z.object({
      deploymentId: id,
      tail: z.coerce.number().int().min(1).max(10000).default(100),
    }),
    (input, call) => {
      const row = findDeployment(call.world, input.deploymentId);
      const service = row.applicationId ?? row.composeId;
      if (service !== null) requireServiceAccess(call, service);
      const log = call.world.tables.deploymentLogs.get(row.deploymentId) ?? "";
      const lines = log.split("\n");
      const keep = log.endsWith("\n") ? input.tail + 1 : input.tail;
      return lines.slice(-keep).join("\n");
    },
  ),
  killProcess: mutation(z.object({ deploymentId: id }), (input, call) => {
    findDeployment(call.world, input.deploymentId);
    throw fail("BAD_REQUEST", "Deployment is not running");
  }),
};

function findDeployment(world: World, deploymentId: string): DeploymentRow {
  const row = world.tables.deployments.get(deploymentId);
  if (row === undefined) throw notFound("Deployment");
  return row;
}

function jobNumber(job: Job): number {
  return Number(job.id.replace("job-", ""));
}

/** Fields without a value are left out of plain answers and are null in tRPC's. */
function jobView(world: World, job: Job): object {
  return {
    id: job.id,
    name: "deployments",
    data: { ...job.data, serverId: job.data.serverId },
    timestamp: job.timestamp,
    processedOn: job.processedOn,
    finishedOn: undefined,
    failedReason: undefined,
    state: job.state,
    servicePath: servicePath(world, job),
  };
}

function servicePath(world: World, job: Job): { href: string | null; label: string } {
  const { tables } = world;
  const { applicationId, composeId } = job.data;
  const application = tables.applications.get(applicationId ?? "");
  const compose = tables.compose.get(composeId ?? "");
  const row = application ?? compose;
  const environment = tables.environments.get(row?.environmentId ?? "");
  if (row === undefined || environment === undefined) return { href: null, label: "—" };
  const kind = application === undefined ? "compose" : "application";
  const base = `/dashboard/project/${environment.projectId}/environment/${environment.environmentId}`;
  return {
    href: `${base}/services/${kind}/${applicationId ?? composeId ?? ""}`,
    label: kind === "compose" ? "Compose" : "Application",
  };
}

function centralized(world: World, row: DeploymentRow): object {
  const { tables } = world;
  const application = tables.applications.get(row.applicationId ?? "");
  const compose = tables.compose.get(row.composeId ?? "");
  const place = (environmentId: string): object | null => {
    const environment = tables.environments.get(environmentId);
    if (environment === undefined) return null;
    const project = tables.projects.get(environment.projectId);
    return {
      environmentId: environment.environmentId,
      name: environment.name,
      project: { projectId: environment.projectId, name: project?.name ?? "" },
    };
  };
  return {
    ...row,
    application:
      application === undefined
        ? null
        : {
            applicationId: application.applicationId,
            name: application.name,
            appName: application.appName,
            icon: application.icon,
            environment: place(application.environmentId),
            server: null,
            buildServer: null,
          },
    compose:
      compose === undefined
        ? null
        : {
            composeId: compose.composeId,
            name: compose.name,
            appName: compose.appName,
            environment: place(compose.environmentId),
            server: null,
          },
    server: null,
    buildServer: null,
  };
}
