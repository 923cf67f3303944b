// The last run of what Dokploy does by the clock, and what became of it. Schedules are listed with their runs, backups
// with their database; runs of volume backups are asked for one by one, in one request for all of them.
import { z } from "zod";
import type { ServiceRef } from "../model/observed.ts";
import type { JobRun, Platform } from "../ports.ts";
import { backupName, storedBackups } from "./backups.ts";
import type { Call } from "./calls.ts";
import type { Client } from "./client.ts";
import { take } from "./client.ts";
import { readAs } from "./read-shaped.ts";
import { shaped } from "./reading.ts";
import { apartCalls, oneCall } from "./services.ts";

const text = z.string();
const runs = z.array(
  z.object({ status: z.enum(["running", "done", "error", "cancelled"]), createdAt: text }),
);

const schedules = z.array(z.object({ name: text, deployments: runs.default([]) }));
const volumeBackups = z.array(z.object({ volumeBackupId: text, name: text }));
const withBackups = z.object({
  backups: z.array(storedBackups.element.extend({ deployments: runs.default([]) })).default([]),
});

type Kind = JobRun["kind"];

/** Null for what never ran. */
function newest(kind: Kind, name: string, all: z.output<typeof runs>): JobRun | null {
  const last = [...all].sort((a, b) => (a.createdAt < b.createdAt ? 1 : -1))[0];
  return last === undefined ? null : { kind, name, status: last.status, at: last.createdAt };
}

export function createLastRuns(client: Client): Platform["lastRuns"] {
  async function read<S extends z.ZodType>(call: Call, schema: S): Promise<z.output<S>> {
    return shaped(schema, take(await client.read(call)), readAs(call.procedure));
  }

  async function ofService(service: ServiceRef): Promise<readonly (JobRun | null)[]> {
    const apart = apartCalls(service);
    const [scheduled, stored, volumes] = await Promise.all([
      apart.schedules === undefined ? [] : read(apart.schedules, schedules),
      // An application has none; its row has no such list.
      service.kind === "application" ? { backups: [] } : read(oneCall(service), withBackups),
      apart.volumeBackups === undefined ? [] : read(apart.volumeBackups, volumeBackups),
    ]);
    const copied = await Promise.all(
      volumes.map(async ({ volumeBackupId: id, name }) => {
        const call = { procedure: "deployment.allByType", input: { id, type: "volumeBackup" } };
        return newest("volumeBackup", name, await read(call, runs));
      }),
    );
    return [
      ...scheduled.map(({ name, deployments }) => newest("schedule", name, deployments)),
      ...stored.backups.map((row) => newest("backup", backupName(row).name, row.deployments)),
      ...copied,
    ];
  }

  return async (services) => {
    const found = await Promise.all(
      services.map(async (service) => {
        const all = await ofService(service);
        return [service.id, all.filter((run) => run !== null)] as const;
      }),
    );
    return new Map(found);
  };
}
