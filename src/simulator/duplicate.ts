/**
 * Dokploy's own Duplicate. A copy keeps the description, so a marker in it is copied too, and with
 * it the time of creation: nothing but the id inside the marker tells which one is the original.
 */
import { createProject } from "./procedures/project.ts";
import { insertDomain } from "./procedures/domain.ts";
import type { DatabaseKind, DatabaseRow } from "./kinds/databaseRow.ts";
import { databaseKinds } from "./kinds/databases.ts";
import { SERVICES } from "./kinds/services.ts";
import type { ApplicationRow } from "./serviceRows.ts";
import { defaultEnvironment, listWhere, must } from "./state.ts";
import { backupsOf, newBackup } from "./timedRows.ts";
import { addUser, redirectMiddleware, redirectName, routerFile } from "./traefik.ts";
import type { World } from "./world.ts";

export function duplicateProject(
  world: World,
  projectId: string,
  options: { sameProject?: boolean; name?: string },
): string {
  const { tables } = world;
  const source = must(tables.projects.get(projectId), projectId);
  const same = options.sameProject ?? false;
  const environments = listWhere(tables.environments, (row) => row.projectId === projectId);
  const target = same
    ? must(defaultEnvironment(tables, projectId), projectId)
    : createProject(
        { world },
        { name: options.name ?? `${source.name} (copy)`, description: source.description },
      ).environment;
  const inside = (row: { environmentId: string }): boolean =>
    environments.some((environment) => environment.environmentId === row.environmentId);
  for (const row of listWhere(tables.applications, inside))
    duplicateApplication(world, row, target.environmentId, same);
  for (const row of listWhere(tables.compose, inside)) {
    const copy = { ...structuredClone(row), ...fresh(world, row, target.environmentId, same) };
    copy.composeId = world.random.id();
    tables.compose.set(copy.composeId, copy);
  }
  for (const kind of databaseKinds) {
    for (const row of listWhere(tables[kind], inside)) {
      const copy = { ...structuredClone(row), ...fresh(world, row, target.environmentId, same) };
      duplicateDatabase(world, kind, row, copy);
    }
  }
  return target.projectId;
}

/** The copy mounts the very volume of the original. */
function duplicateDatabase(
  world: World,
  kind: DatabaseKind,
  row: DatabaseRow,
  copy: DatabaseRow,
): void {
  const { tables, random } = world;
  const owner = SERVICES[kind].id;
  const id = random.id();
  tables[kind].set(id, Object.assign(copy, { [owner]: id }));
  for (const mount of listWhere(tables.mounts, (one) => one[owner] === row[owner])) {
    const mountId = random.id();
    tables.mounts.set(mountId, { ...mount, mountId, [owner]: id });
  }
  for (const backup of backupsOf(tables.backups.values(), owner, row[owner])) {
    const made = newBackup(random, { ...backup, [owner]: id });
    tables.backups.set(made.backupId, made);
  }
}

/** A copy keeps everything else, its status and its time of creation included. */
function fresh(
  world: World,
  row: { appName: string; name: string },
  environmentId: string,
  same: boolean,
): { appName: string; name: string; environmentId: string } {
  const base = row.appName.slice(0, row.appName.lastIndexOf("-"));
  return {
    appName: `${base}-${world.random.suffix()}`,
    name: same ? `${row.name} (copy)` : row.name,
    environmentId,
  };
}

function duplicateApplication(
  world: World,
  row: ApplicationRow,
  environmentId: string,
  same: boolean,
): void {
  const { tables, random } = world;
  const copy: ApplicationRow = {
    ...structuredClone(row),
    ...fresh(world, row, environmentId, same),
    applicationId: random.id(),
    refreshToken: random.id(),
  };
  const { applicationId, appName } = copy;
  tables.applications.set(applicationId, copy);
  const mine = (child: { applicationId: string | null }): boolean =>
    child.applicationId === row.applicationId;
  for (const domain of listWhere(tables.domains, mine))
    insertDomain(world, { ...domain, applicationId });
  for (const mount of listWhere(tables.mounts, mine)) {
    const mountId = random.id();
    tables.mounts.set(mountId, { ...mount, mountId, applicationId });
  }
  for (const port of listWhere(tables.ports, mine)) {
    const portId = random.id();
    tables.ports.set(portId, { ...port, portId, applicationId });
  }
  for (const redirect of listWhere(tables.redirects, mine)) {
    tables.serials.redirect++;
    const uniqueConfigKey = tables.serials.redirect;
    const one = { ...redirect, redirectId: random.id(), uniqueConfigKey, applicationId };
    tables.redirects.set(one.redirectId, one);
    tables.middlewareFile[redirectName(appName, one)] = redirectMiddleware(one);
    routerFile(world, appName).middlewares.push(redirectName(appName, one));
  }
  for (const security of listWhere(tables.security, mine)) {
    const one = { ...security, securityId: random.id(), applicationId };
    tables.security.set(one.securityId, one);
    addUser(tables.middlewareFile, appName, one);
  }
}
