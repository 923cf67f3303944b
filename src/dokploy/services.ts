// How Dokploy speaks of each kind of service: its place in lists, the name of its id, its deletion. One row a kind.
import { z } from "zod";
import { serviceKinds } from "../model/observed.ts";
import type { ObservedService, ServiceKind, ServiceRef } from "../model/observed.ts";
import type { Call, Input } from "./calls.ts";

interface ServiceRow {
  /** Where an environment has them in Dokploy's lists. */
  readonly list: string;
  readonly id: string;
  readonly status: "applicationStatus" | "composeStatus";
  /** Every version that Capstan reads lists it. */
  readonly isAlwaysListed: boolean;
  readonly remove: string;
  /** Beside the id, what its deletion wants to know. */
  readonly removeInput: Input;
  /** Whether `create` answers with the row that it made, or only that it made one. */
  readonly createAnswersRow: boolean;
  /** What answers the rows of its deployments; null: it has none. */
  readonly deployments: string | null;
}

function database(kind: ServiceKind): ServiceRow {
  return {
    list: kind,
    id: `${kind}Id`,
    status: "applicationStatus",
    isAlwaysListed: false,
    remove: `${kind}.remove`,
    removeInput: {},
    createAnswersRow: true,
    deployments: null,
  };
}

const rows: Readonly<Record<ServiceKind, ServiceRow>> = {
  application: {
    list: "applications",
    id: "applicationId",
    status: "applicationStatus",
    isAlwaysListed: true,
    remove: "application.delete",
    removeInput: {},
    createAnswersRow: true,
    deployments: "deployment.all",
  },
  compose: {
    list: "compose",
    id: "composeId",
    status: "composeStatus",
    isAlwaysListed: true,
    remove: "compose.delete",
    // Volumes stay.
    removeInput: { deleteVolumes: false },
    createAnswersRow: true,
    deployments: "deployment.allByCompose",
  },
  postgres: database("postgres"),
  mysql: database("mysql"),
  mariadb: database("mariadb"),
  mongo: database("mongo"),
  redis: database("redis"),
  libsql: { ...database("libsql"), createAnswersRow: false },
};

/** The input that names one service. */
export function idInput(kind: ServiceKind, id: string): Input {
  return { [rows[kind].id]: id };
}

/** What an answer calls its id: `postgresId`. */
export function idName(kind: ServiceKind): string {
  return rows[kind].id;
}

/** Asks for the whole row of one service. */
export function oneCall({ kind, id }: ServiceRef): Call {
  return { procedure: `${kind}.one`, input: idInput(kind, id) };
}

/**
 * Asks for those of its children that its own row lacks; each answer belongs into that row, under the name that is given
 * here.
 */
export function apartCalls({ kind, id }: ServiceRef): Readonly<Record<string, Call>> {
  return {
    volumeBackups: { procedure: "volumeBackups.list", input: { id, volumeBackupType: kind } },
    ...((kind === "application" || kind === "compose") && {
      schedules: { procedure: "schedule.list", input: { id, scheduleType: kind } },
    }),
  };
}

/** Asks for the rows of its deployments; null for a kind that leaves none. */
export function deploymentsCall({ kind, id }: ServiceRef): Call | null {
  const procedure = rows[kind].deployments;
  return procedure === null ? null : { procedure, input: idInput(kind, id) };
}

export function answersWithRow(kind: ServiceKind): boolean {
  return rows[kind].createAnswersRow;
}

/** `volumes`: they go too, of a kind of which Dokploy removes any. */
export function removeCall({
  kind,
  id,
  volumes,
}: ServiceRef & { readonly volumes?: true }): Call & { readonly input: Input } {
  const { remove, removeInput } = rows[kind];
  const withVolumes = "deleteVolumes" in removeInput && volumes ? { deleteVolumes: true } : {};
  return { procedure: remove, input: { ...idInput(kind, id), ...removeInput, ...withVolumes } };
}

const text = z.string();

/** The lists of an environment as one, whatever their kinds are. */
function everyKind<T>(one: (kind: ServiceKind, row: ServiceRow) => z.ZodType<T>) {
  const shape = serviceKinds.map((kind): [string, z.ZodType<readonly T[]>] => {
    const row = rows[kind];
    const list = z.array(one(kind, row));
    return [row.list, row.isAlwaysListed ? list : list.default([])];
  });
  return z.object(Object.fromEntries(shape)).transform((lists) => Object.values(lists).flat());
}

/** In `project.all`: `ids` of all services of an environment. */
export const listedIds = everyKind((_, { id }) =>
  z.object({ [id]: text }).transform((row) => row[id] ?? ""),
).transform((ids) => ({ ids }));

/** In `project.allForPermissions`: `services` of an environment. */
export const listedServices = everyKind((kind, { id, status }) =>
  z
    .object({
      name: text,
      appName: text,
      description: text.nullable().default(null),
      createdAt: text,
      serverId: text.nullable().default(null),
    })
    .and(z.object({ [id]: text, [status]: text }))
    .transform((row): ObservedService => ({
      kind,
      id: row[id] ?? "",
      name: row.name,
      appName: row.appName,
      description: row.description,
      createdAt: row.createdAt,
      serverId: row.serverId,
      status: row[status] ?? "",
    })),
).transform((services) => ({ services }));

/** In `environment.one`: the services of one kind. */
export function briefServices(kind: ServiceKind) {
  const { list, id } = rows[kind];
  const one = z
    .object({ description: text.nullable().default(null), createdAt: text })
    .and(z.object({ [id]: text }))
    .transform(({ description, createdAt, ...row }) => ({
      ...{ description, createdAt },
      id: String((row as Record<string, unknown>)[id]),
    }));
  return z.object({ [list]: z.array(one) }).transform((lists) => Object.values(lists).flat());
}
