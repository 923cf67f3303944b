// What Dokploy does by the clock, from a manifest: its rules, its canonical form and where it may hold secrets.
import type { SchedulesManifest } from "../model/manifest-timed.ts";
import type { ScheduleSpec } from "../model/specs.ts";
import { isTimezone } from "./cron.ts";
import { cronRefusal } from "./job-cron.ts";
import type { Tell } from "./tell.ts";
import type { Path } from "./tree.ts";

export function checkSchedules(schedules: SchedulesManifest, tell: Tell): void {
  for (const [name, { cron, timezone }] of Object.entries(schedules)) {
    checkCron(["schedules", name, "cron"], cron, tell);
    if (!isTimezone(timezone)) {
      const hint = "such as UTC or Europe/Amsterdam";
      tell(["schedules", name, "timezone"], "is not a time zone", hint);
    }
  }
}

function checkCron(path: Path, cron: string, tell: Tell): void {
  const refusal = cronRefusal(cron);
  if (refusal !== null) tell(path, refusal, 'such as "0 2 * * *", which is at two every night');
}

export function schedulesOf(schedules: SchedulesManifest): readonly ScheduleSpec[] {
  return Object.entries(schedules).map(([name, { cron, ...rest }]) => ({
    ...{ name, cron: cron.trim(), byHand: false },
    ...rest,
  }));
}

/** The field that a secret makes secret; null where the value is shown in the open. */
export function timedSecretField([root, name, field]: Path): string | null {
  return root === "schedules" && field === "command" ? `schedules.${String(name)}.command` : null;
}
