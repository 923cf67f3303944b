// Docker's words for people, read back: `Failed 5 seconds ago`, `Running about a minute ago`.
import type { TaskState } from "../ports.ts";

/** Docker says it in a few words; the search in more than that may take long. */
const longestWords = 200;

const unitMs: Readonly<Record<string, number>> = {
  second: 1_000,
  minute: 60_000,
  hour: 3_600_000,
  day: 86_400_000,
  week: 7 * 86_400_000,
  month: 30 * 86_400_000,
  year: 365 * 86_400_000,
};

/** Milliseconds of `5 seconds ago`, `About a minute ago`, `Less than a second ago`; null when it is none. */
export function agoMs(words: string): number | null {
  const said = words.slice(0, longestWords);
  if (/less than a second/i.test(said)) return 0;
  const match = /(?:(\d+)|\ban?)\s+(second|minute|hour|day|week|month|year)s?\s+ago/i.exec(said);
  if (match === null) return null;
  return Number(match[1] ?? 1) * (unitMs[(match[2] ?? "").toLowerCase()] ?? 0);
}

const failedStates: ReadonlySet<string> = new Set(["failed", "rejected", "orphaned"]);

/** `"task: non-zero exit (2)"` without its quotes; Dokploy leaves a bare `Error:` where there is none. */
function errorText(error: string): string {
  const text = error.trim().replace(/^"([\s\S]*)"$/, "$1");
  return text === "Error:" ? "" : text;
}

interface ListedTask {
  readonly currentState: string;
  readonly error: string;
  readonly name?: string;
}

/** A task of a service that is meant to end: it has failed only when docker says so. */
export function readOnce(task: ListedTask): TaskState {
  const read = readTask(task);
  const failed = failedStates.has(read.state);
  return { ...read, failed, error: errorText(task.error) };
}

/**
 * One task. The state is what it is in, not what swarm wants: a task that keeps dying reads `running`
 * as wanted. A process that ended by itself without an error counts as failed too, as a service is
 * meant to stay.
 */
export function readTask(task: ListedTask): TaskState {
  const state = (/^\s*([A-Za-z]+)/.exec(task.currentState)?.[1] ?? "unknown").toLowerCase();
  const ended = state === "complete";
  const error = errorText(task.error);
  return {
    state,
    error: error === "" && ended ? "the process ended by itself" : error,
    ageMs: agoMs(task.currentState) ?? 0,
    failed: failedStates.has(state) || ended,
    ...(task.name === undefined || task.name === "" ? {} : { slot: task.name }),
  };
}
