/** schedule.*: names repeat, and whatever stands where a cron expression belongs is taken. */
import { z } from "zod";
import { requirePrivilege, requireServiceAccess } from "../access.ts";
import { deleteRun } from "../cascade.ts";
import { notFound } from "../failure.ts";
import { defined, id, mutation, query, text, type Router } from "../procedure.ts";
import { listWhere, type Tables } from "../state.ts";
import { hasContainer, hasContainerOf, recordRun, runsOf } from "../timedRun.ts";
import { newSchedule, type ScheduleRow } from "../timedRows.ts";
import { environmentWithProject } from "../views.ts";
import type { Call, World } from "../world.ts";

const scheduleType = z.enum(["application", "compose", "server", "dokploy-server"]);

const shape = {
  name: z.string(),
  description: text,
  cronExpression: z.string(),
  appName: z.string().optional(),
  serviceName: text,
  shellType: z.enum(["bash", "sh"]).optional(),
  scheduleType: scheduleType.optional(),
  command: z.string(),
  script: text,
  applicationId: text,
  composeId: text,
  serverId: text,
  organizationId: text,
  enabled: z.boolean().optional(),
  timezone: text,
  createdAt: z.string().optional(),
};

export const scheduleRouter: Router = {
  create: mutation(z.object({ scheduleId: z.string().optional(), ...shape }), (input, call) => {
    requireAccess(call, input);
    const { tables, random } = call.world;
    const { organizationId } = tables;
    const onHost = input.scheduleType === "dokploy-server";
    const row = newSchedule(random, { ...input, ...(onHost && { organizationId }) });
    tables.schedules.set(row.scheduleId, row);
    return { ...row };
  }),
  update: mutation(z.object({ scheduleId: id, ...shape }), ({ scheduleId, ...changes }, call) => {
    const row = find(call, scheduleId);
    Object.assign(row, defined(changes));
    return { ...row };
  }),
  delete: mutation(z.object({ scheduleId: z.string() }), (input, call) => {
    const { scheduleId } = find(call, input.scheduleId);
    deleteRun(call.world.tables, "scheduleId", scheduleId);
    return true;
  }),
  list: query(z.object({ id: z.string(), scheduleType }), (input, call) => {
    const { tables } = call.world;
    const isOfService = input.scheduleType === "application" || input.scheduleType === "compose";
    if (isOfService) requireServiceAccess(call, input.id);
    else requirePrivilege(call, "schedule");
    const mine = (row: ScheduleRow): boolean => {
      switch (input.scheduleType) {
        case "application":
          return row.applicationId === input.id;
        case "compose":
          return row.composeId === input.id;
        case "server":
          return row.serverId === input.id;
        case "dokploy-server":
          return row.organizationId === tables.organizationId;
      }
    };
    return oldestFirst(listWhere(tables.schedules, mine)).map((row) => listed(tables, row));
  }),
  one: query(z.object({ scheduleId: z.string() }), (input, call) =>
    whole(call.world, find(call, input.scheduleId)),
  ),
  runManually: mutation(z.object({ scheduleId: id }), (input, call) => {
    const { world } = call;
    const row = find(call, input.scheduleId);
    const run = recordRun(world, {
      owner: "scheduleId",
      id: row.scheduleId,
      title: "Schedule",
      appName: row.appName,
      folder: "schedules",
      failure: failureOf(world, row),
    });
    return { status: run.status, deploymentId: run.deploymentId, logPath: run.logPath };
  }),
};

/** `false` and `exit 3` fail; so does everything where no container runs. */
function failureOf(world: World, row: ScheduleRow): string | null {
  const { tables } = world;
  if (row.scheduleType === "application") {
    const { appName = "" } = tables.applications.get(row.applicationId ?? "") ?? {};
    if (!hasContainer(tables, appName))
      return `❌ Container not found for application '${appName}', make sure the service is running`;
  }
  if (row.scheduleType === "compose") {
    const compose = tables.compose.get(row.composeId ?? "");
    const target = `service '${String(row.serviceName)}' of compose '${String(compose?.name)}'`;
    if (!hasContainerOf(world, compose, row.serviceName))
      return `❌ Container not found for ${target}, make sure the service is running`;
  }
  return /(?:^|[;&]\s*)(?:false|exit [1-9]\d*)$/.test(row.command) ? "❌ Command failed" : null;
}

function oldestFirst(rows: ScheduleRow[]): ScheduleRow[] {
  return rows.sort((a, b) => (a.createdAt < b.createdAt ? -1 : a.createdAt > b.createdAt ? 1 : 0));
}

function requireAccess(
  call: Call,
  {
    applicationId,
    composeId,
  }: { applicationId?: string | null | undefined; composeId?: string | null | undefined },
): void {
  const serviceId = applicationId ?? composeId ?? "";
  if (serviceId === "") requirePrivilege(call, "schedule");
  else requireServiceAccess(call, serviceId);
}

function find(call: Call, scheduleId: string): ScheduleRow {
  const row = call.world.tables.schedules.get(scheduleId);
  if (row === undefined) throw notFound("Schedule");
  requireAccess(call, row);
  return row;
}

function listed(tables: Tables, row: ScheduleRow): object {
  const application = tables.applications.get(row.applicationId ?? "");
  const compose = tables.compose.get(row.composeId ?? "");
  return {
    ...row,
    application: application === undefined ? null : pick(application, "applicationId"),
    server: null,
    compose: compose === undefined ? null : pick(compose, "composeId"),
    deployments: runsOf(tables, "scheduleId", row.scheduleId),
  };
}

function pick<Id extends string>(
  row: Record<Id, string> & { appName: string; name: string; serverId: string | null },
  key: Id,
): object {
  return { [key]: row[key], appName: row.appName, name: row.name, serverId: row.serverId };
}

function whole({ tables }: World, row: ScheduleRow): object {
  const application = tables.applications.get(row.applicationId ?? "");
  const compose = tables.compose.get(row.composeId ?? "");
  return {
    ...row,
    application:
      application === undefined
        ? null
        : {
            applicationId: application.applicationId,
            appName: application.appName,
            serverId: application.serverId,
            environment: environmentWithProject(tables, application.environmentId),
          },
    compose:
      compose === undefined
        ? null
        : { ...compose, environment: environmentWithProject(tables, compose.environmentId) },
    server: null,
  };
}
