// What is reported of a rollout: each step, and how it ended, as events with data.
import { clockTime } from "../../lib/duration.ts";
import type { RolloutData } from "../../model/event-data.ts";
import type { Verdict } from "../../plan/input.ts";
import type { EventLog } from "./events.ts";
import { withoutTimes } from "../rollout/job-output.ts";
import type { FailureWords, RolloutProgress } from "../rollout/rollout-item.ts";

function dataOf({ request, phase, running, wanted }: RolloutProgress): RolloutData {
  const { want, desired } = request;
  const { attempt } = want;
  return { service: desired.key, phase, attempt, running, wanted, why: null, log: [] };
}

const linesShown = 3;

/** A job that ended well, with the end of what it printed. */
function jobText(log: readonly string[]): string {
  const said = withoutTimes(log).slice(-linesShown);
  return `its command ended well${said.length === 0 ? "" : `: ${said.join(" | ")}`}`;
}

/** `troubles`: it could not be looked at. */
export function reportProgress(
  events: EventLog,
  revision: string | null,
  progress: RolloutProgress,
): void {
  const { request, message, troubles } = progress;
  events.add({
    kind: "rollout",
    level: troubles > 0 ? "error" : "info",
    stack: request.stack,
    revision,
    message: `${request.desired.key}: ${message}`,
    rollout: dataOf(progress),
  });
}

export function reportVerdict(
  events: EventLog,
  revision: string | null,
  progress: RolloutProgress,
  verdict: Verdict,
  { why, log, nextAtMs, isNews }: FailureWords,
): void {
  if (!isNews) return;
  const { stack, desired } = progress.request;
  const data = dataOf(progress);
  const isHealthy = verdict.kind === "healthy";
  const next = nextAtMs === null ? "" : `; next try at ${clockTime(nextAtMs)}`;
  const well = desired.job === undefined ? `healthy${why}` : jobText(log);
  events.add({
    kind: "rollout",
    level: isHealthy ? "info" : "error",
    stack,
    revision,
    message: `${desired.key}: ${isHealthy ? well : `${verdict.reason}${next}`}`,
    rollout: isHealthy
      ? { ...data, phase: "healthy", log }
      : { ...data, phase: verdict.kind, why, log },
  });
}
