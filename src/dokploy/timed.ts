// What Dokploy does by the clock, both ways: its rows to children, and a child to the body that creates or updates it.
// Names mean nothing to Dokploy, and people make such rows too. What Capstan makes is known by the row's `appName`, which
// only names a folder on the server.
import { createHash } from "node:crypto";
import { z } from "zod";
import type { StoredChild } from "../model/children.ts";
import type { ServiceRef } from "../model/observed.ts";
import type { ScheduleSpec } from "../model/specs.ts";
import type { Input } from "./calls.ts";

const text = z.string();

export const storedSchedules = z.array(
  z.object({
    scheduleId: text,
    name: text,
    cronExpression: text,
    appName: text,
    shellType: z.enum(["bash", "sh"]),
    command: text,
    enabled: z.boolean(),
    timezone: text.nullable().default(null),
  }),
);

/** Long enough to be nobody else's, and unlike the six characters that Dokploy gives to names of its own. */
const markLength = 12;
const marked = new RegExp(`^capstan-[0-9a-f]{${markLength}}$`);

/** The `appName` of a row that Capstan makes: one for each name of each service. */
export function markOf(service: ServiceRef, kind: string, name: string): string {
  const hash = createHash("sha256").update(JSON.stringify([service.id, kind, name]));
  return `capstan-${hash.digest("hex").slice(0, markLength)}`;
}

function isMarked(appName: string): boolean {
  return marked.test(appName);
}

export function readSchedules(rows: z.output<typeof storedSchedules>): readonly StoredChild[] {
  return rows.map(({ scheduleId: id, cronExpression: cron, shellType: shell, ...row }) => ({
    kind: "schedule",
    id,
    spec: {
      name: row.name,
      cron,
      timezone: row.timezone ?? "UTC",
      shell,
      command: row.command,
      enabled: row.enabled,
      byHand: !isMarked(row.appName),
    },
  }));
}

export function scheduleBody(service: ServiceRef, schedule: ScheduleSpec): Input {
  const { name, cron, shell, command, timezone, enabled } = schedule;
  return {
    ...{ name, cronExpression: cron, shellType: shell, command, timezone, enabled },
    appName: markOf(service, "schedule", name),
    scheduleType: service.kind === "compose" ? "compose" : "application",
  };
}
