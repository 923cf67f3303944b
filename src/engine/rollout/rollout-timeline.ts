// Rollouts as timelines: each attempt of a service with its phases and their times, read off the data of
// events. Pure; what an earlier process told counts as well.
import type { RolloutData, RolloutPhase } from "../../model/event-data.ts";
import type { Event } from "../../model/status.ts";

export type TimelinePhaseName = "queue" | "build" | "containers" | "stable" | "probe";

export interface TimelinePhase {
  readonly name: TimelinePhaseName;
  readonly startedAtMs: number;
  /** Null: it goes on. */
  readonly endedAtMs: number | null;
  /** `1 of 2 replicas`; empty when nothing was counted. */
  readonly detail: string;
}

export interface Timeline {
  /** The service's key. */
  readonly service: string;
  readonly attempt: number;
  readonly state: "active" | "healthy" | "failed" | "superseded";
  readonly startedAtMs: number;
  readonly endedAtMs: number | null;
  /** Why it failed; null otherwise. */
  readonly why: string | null;
  readonly phases: readonly TimelinePhase[];
  readonly log: readonly string[];
}

type Open = { -readonly [K in keyof Timeline]: Timeline[K] } & {
  phases: TimelinePhase[];
  revision: string | null;
};

const names: Readonly<Record<RolloutPhase, TimelinePhaseName | null>> = {
  waiting: "queue",
  requested: "queue",
  queued: "queue",
  deploying: "build",
  starting: "containers",
  settling: "stable",
  probing: "probe",
  healthy: null,
  retry: null,
  failed: null,
};

function endPhase(open: Open, atMs: number): void {
  const last = open.phases.at(-1);
  if (last?.endedAtMs === null) open.phases.splice(-1, 1, { ...last, endedAtMs: atMs });
}

function enterPhase(open: Open, name: TimelinePhaseName, atMs: number, detail: string): void {
  const last = open.phases.at(-1);
  if (last?.name === name) {
    open.phases.splice(-1, 1, { ...last, detail: detail === "" ? last.detail : detail });
    return;
  }
  endPhase(open, atMs);
  open.phases.push({ name, startedAtMs: atMs, endedAtMs: null, detail });
}

/** Whether an event begins another rollout than the one that is open. */
function isAnother(open: Open, { attempt, phase }: RolloutData, revision: string | null): boolean {
  if (open.attempt !== attempt) return true;
  if (phase === "waiting" && open.revision !== revision) return true;
  return names[phase] !== null && open.endedAtMs !== null;
}

/** `events`: of one stack, the oldest first. The newest attempt comes first. */
export function timelines(events: readonly Event[]): readonly Timeline[] {
  const all: Open[] = [];
  const current = new Map<string, Open>();
  for (const { atMs, rollout, revision } of events) {
    if (rollout === undefined) continue;
    const { service, attempt, phase, running, wanted, why, log } = rollout;
    const name = names[phase];
    let open = current.get(service);
    if (open === undefined || isAnother(open, rollout, revision)) {
      if (open?.endedAtMs === null) {
        endPhase(open, atMs);
        Object.assign(open, { state: "superseded", endedAtMs: atMs });
      }
      open = {
        service,
        attempt,
        state: "active",
        startedAtMs: atMs,
        endedAtMs: null,
        why: null,
        phases: [],
        log: [],
        revision,
      };
      current.set(service, open);
      all.push(open);
    }
    if (name !== null) {
      const isCounted = running !== null && wanted !== null && name !== "queue" && name !== "build";
      enterPhase(open, name, atMs, isCounted ? `${running} of ${wanted} replicas` : "");
      continue;
    }
    endPhase(open, atMs);
    const state = phase === "healthy" ? "healthy" : "failed";
    Object.assign(open, { state, endedAtMs: atMs, why, log });
  }
  return all.reverse();
}
