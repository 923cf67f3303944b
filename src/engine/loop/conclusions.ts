// What follows from the end of a run: the stack's status, what others hear of it, and what of it is news.
import type { Clock } from "../../lib/clock.ts";
import type { DesiredStack } from "../../model/desired.ts";
import type { Plan } from "../../model/plan.ts";
import type { DriftState, Outcome, StackStatus } from "../../model/status.ts";
import type { Tell } from "../../ports-telemetry.ts";
import type { EventLog } from "../events/events.ts";
import type { History } from "../events/history.ts";
import { outcomeLevels, textOf } from "../events/outcome-words.ts";
import { stackStatus, statusMessage } from "../events/status.ts";
import { createToldOnce } from "../events/told-once.ts";
import type { RunEnd } from "../order/order.ts";
import type { StackRecords } from "../memory/stack-records.ts";
import type { RunResult } from "../run/run.ts";
import type { DesiredState, Loaded } from "../state/desired-state.ts";
import type { Taken } from "./queue.ts";

export interface ConclusionsOptions {
  readonly clock: Clock;
  /** What this process knows of each stack; a stack that a run found gone is forgotten. */
  readonly records: StackRecords;
  readonly desired: Pick<DesiredState, "settled">;
  /** Called at the end of every run, before the key may run again. */
  readonly ended: (stack: string, judged: RunEnd, plan: Plan | null) => void;
  /** What is said of a stack from now on; null: it is gone. */
  readonly concluded?: (stack: string, status: StackStatus | null) => void;
  /** What becomes of the drift that the plan left; null: it left none. */
  readonly driftOf: (stack: string, plan: Plan | null) => DriftState | null;
  readonly events: EventLog;
  readonly history: Pick<History, "ended">;
  readonly tell: Tell;
  /** What is to be said of a stack's secrets that are not of now; null, or absent: nothing. */
  readonly agedSecrets?: (stack: DesiredStack | null) => string | null;
}

export interface Conclusions {
  /** Of every stack that has run, and is not gone. */
  statuses(): ReadonlyMap<string, StackStatus>;
  /** A run ended. */
  conclude(taken: Taken, startedAtMs: number, result: RunResult, loaded: Loaded): void;
}

function statusOf(
  { key }: Taken,
  {
    result,
    loaded,
    drift,
    nowMs,
    agedSecrets,
  }: {
    readonly result: RunResult;
    readonly loaded: Loaded;
    readonly drift: DriftState | null;
    readonly nowMs: number;
    readonly agedSecrets: string | null;
  },
  before: StackStatus | undefined,
): StackStatus {
  return stackStatus(
    {
      name: key,
      desired: result.desired,
      revision: loaded.revision.id,
      outcome: result.outcome,
      plan: result.plan,
      unhealthy: result.unhealthy,
      blind: result.blind === true,
      waiting: result.waiting ?? null,
      restarts: result.restarts ?? [],
      fought: result.fought ?? null,
      agedSecrets,
      drift,
      ...(result.hosts === undefined ? {} : { hosts: result.hosts }),
      nowMs,
    },
    before,
  );
}

function judgedOf(status: StackStatus, result: RunResult, { sequence }: Loaded): RunEnd {
  const ready = status.conditions.find(({ type }) => type === "Ready");
  return {
    sequence,
    ready: ready?.status === "True",
    outcome: result.outcome,
    message: statusMessage(status),
    desired: result.desired !== null,
  };
}

/** What of a message is news when it changes. */
function lastingOf(outcome: Outcome, message: string): string {
  return outcome.kind === "waiting" ? (outcome.lasting ?? message) : message;
}

/** How a run ended, and what is compared with it. */
interface End {
  readonly taken: Taken;
  readonly startedAtMs: number;
  readonly result: RunResult;
  readonly loaded: Loaded;
  readonly before: StackStatus | undefined;
  readonly judged: RunEnd;
  readonly hasNewInput: boolean;
}

export function createConclusions(options: ConclusionsOptions): Conclusions {
  const { clock, desired, events, tell, records } = options;
  const told = createToldOnce(records, "outcome told");
  const statuses = records.field<StackStatus>("status");
  /** The sequence of what was loaded when it last ran. */
  const ranWith = records.field<number>("ran with");

  /** Whether the stack has new input since it last ran. */
  function keep(key: string, status: StackStatus, { changedAt, sequence }: Loaded): boolean {
    const hasNewInput = (changedAt.get(key) ?? 0) > (ranWith.get(key) ?? 0);
    statuses.set(key, status);
    ranWith.set(key, sequence);
    return hasNewInput;
  }

  /** What of the end is news, as an event and a run of the history. */
  function tellEnd(end: End): void {
    const { taken, startedAtMs, result, loaded, before, judged, hasNewInput } = end;
    const { key, reasons } = taken;
    const nowMs = clock.now();
    const revision = loaded.revision.id;
    const { kind } = result.outcome;
    const reason = result.outcome.kind === "waiting" ? result.outcome.reason : null;
    const { ready } = judged;
    const times = { startedAtMs, endedAtMs: nowMs };
    tell({ kind: "run-ended", stack: key, revision, outcome: kind, reason, ready, ...times });
    const sick = result.unhealthy ?? [];
    const message = textOf(result.outcome, sick);
    // How a rollout goes on, its own events tell.
    const lasting = kind === "progressing" ? "" : lastingOf(result.outcome, message);
    const said = [kind, reason, ready, lasting];
    // A try that was not answered is looked at, and fails again or not: that is what is told.
    // An outage of the swarm is told once, and not of each stack.
    const isPause = (reason === "answer" || reason === "swarm") && before !== undefined;
    const isNews = !isPause && told.isNews(key, "outcome", said, nowMs);
    const changed = before === undefined ? null : isNews;
    options.history.ended({
      ...{ stack: key, revision, ...times, outcome: kind, message, reasons, changed },
    });
    // A resync that finds all as before is no news, nor is a commit that changes other stacks.
    const nothingLeft = kind === "removed" && before === undefined;
    if (result.did !== true && (!(isNews || hasNewInput) || nothingLeft)) return;
    told.told(key, "outcome", said, nowMs);
    const level = sick.length > 0 ? "error" : outcomeLevels[kind];
    const outcome = { kind, reason, ready };
    events.add({ kind: "outcome", level, stack: key, revision, message, outcome });
  }

  return {
    statuses: () => statuses,
    conclude(taken, startedAtMs, result, loaded) {
      const { key } = taken;
      const before = statuses.get(key);
      const agedSecrets = options.agedSecrets?.(result.desired) ?? null;
      const drift = options.driftOf(key, result.plan);
      const now = { result, loaded, drift, nowMs: clock.now(), agedSecrets };
      const status = statusOf(taken, now, before);
      const hasNewInput = keep(key, status, loaded);
      const { kind } = result.outcome;
      if (kind === "converged") desired.settled(key);
      const judged = judgedOf(status, result, loaded);
      options.ended(key, judged, result.plan);
      tellEnd({ taken, startedAtMs, result, loaded, before, judged, hasNewInput });
      options.concluded?.(key, kind === "removed" ? null : status);
      if (kind === "removed") records.forget(key);
    },
  };
}
