// Whether a service stays up, as its tasks tell: one that ended once and has run since is well, one that
// ends again and again is not. Pure.
import type { TaskState } from "../../ports.ts";

/** Failures that are older mean nothing any more. */
const windowMs = 5 * 60_000;

export type Stability =
  | { readonly kind: "steady" }
  /** It ended once, and what replaced it stays. */
  | { readonly kind: "restarted"; readonly last: TaskState }
  | { readonly kind: "loop"; readonly failed: readonly TaskState[] };

function recent(tasks: readonly TaskState[]): readonly TaskState[] {
  return tasks.filter((task) => task.failed && task.ageMs < windowMs);
}

/** Whether a task failed of late: its service is worth a look. */
export function hasFailed(tasks: readonly TaskState[]): boolean {
  return recent(tasks).length > 0;
}

/** Whether one replica failed twice of late, whatever runs in its place now. */
export function endsAgainAndAgain(tasks: readonly TaskState[]): boolean {
  return stability(tasks, 0).kind === "loop";
}

/**
 * A loop is two failures of one replica, or a replacement that has not run for `stableForMs` yet. Replicas count
 * apart: a docker daemon that restarts ends one task of each.
 */
export function stability(tasks: readonly TaskState[], stableForMs: number): Stability {
  const failed = recent(tasks);
  const last = failed.reduce<TaskState | null>(
    (newest, task) => (newest === null || task.ageMs < newest.ageMs ? task : newest),
    null,
  );
  if (last === null) return { kind: "steady" };
  const slots = new Set(failed.map(({ slot }) => slot));
  const isLoop = [...slots].some((slot) => {
    if (failed.filter((task) => task.slot === slot).length > 1) return true;
    return tasks.some(
      (task) => task.slot === slot && task.state === "running" && task.ageMs < stableForMs,
    );
  });
  return isLoop ? { kind: "loop", failed } : { kind: "restarted", last };
}
