/** What `environment.one` and `environment.byProjectId` show of services: less than their rows, and each in its way. */
import type { ServiceKind } from "../../model/observed.ts";
import { listsOf, type Service, type ServiceRow } from "../kinds/services.ts";
import type { EnvironmentRow } from "../rows.ts";
import { listWhere } from "../state.ts";
import type { World } from "../world.ts";
import { common, LISTED, ownOf } from "./projectViews.ts";

/** `environment.one`: no `appName`, of any kind of service. */
export function environmentView(world: World, row: EnvironmentRow): object {
  const { name, description, environmentId, isDefault, projectId, env } = row;
  return {
    ...{ name, description, environmentId, isDefault, projectId, env },
    ...servicesOf(world, row, (kind, service, one) => ({
      ...briefly(kind, service, one),
      server: null,
    })),
    project: projectOf(world, row),
  };
}

/** One of `environment.byProjectId`. */
export function environmentOfProject(world: World, row: EnvironmentRow): object {
  const { name, description, environmentId, isDefault } = row;
  return {
    ...{ name, description, environmentId, isDefault },
    ...servicesOf(world, row, (kind, service, one) => ({
      ...common(one),
      ...ownOf(kind, service, one),
      ...(kind === "compose" && { icon: one.icon }),
      server: null,
    })),
    project: projectOf(world, row),
  };
}

function servicesOf(
  { tables }: World,
  { environmentId }: EnvironmentRow,
  view: (kind: ServiceKind, service: Service, one: ServiceRow) => object,
): object {
  return listsOf(LISTED, (kind, service) =>
    listWhere(service.rows(tables), (one) => one.environmentId === environmentId).map((one) =>
      view(kind, service, one),
    ),
  );
}

/** The order of these differs from kind to kind. */
function briefly(kind: ServiceKind, { id, status }: Service, one: ServiceRow): object {
  const { name, description, createdAt, serverId } = one;
  const key = { [id]: one[id] };
  const state = { [status]: one[status] };
  if (kind === "postgres") return { ...key, name, description, createdAt, ...state, serverId };
  const rest = { createdAt, ...state, description, serverId };
  if (kind === "application") return { name, ...key, ...rest, icon: one.icon };
  return { ...key, name, ...rest, ...(kind === "compose" && { icon: one.icon }) };
}

function projectOf({ tables }: World, { projectId }: EnvironmentRow): object | null {
  const project = tables.projects.get(projectId);
  return project === undefined ? null : { ...project };
}
