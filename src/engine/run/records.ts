// How a run ends whose DNS records are not as Git says, though everything else is.
import { describeError } from "../../lib/errors.ts";
import type { Waiting } from "../../model/status.ts";
import type { RecordPlan } from "../../plan/records.ts";
import type { HostRecords } from "../dns/host-records.ts";
import type { ExecutionResult } from "../execution/execute.ts";

/** Null when all of them are, or nothing asks for one. */
export function recordsOutcome(
  { troubles }: Pick<RecordPlan, "troubles">,
  { recordError, results }: Pick<ExecutionResult, "recordError" | "results">,
  { retryInMs }: Pick<HostRecords, "retryInMs">,
): Waiting | null {
  const held = results.find(
    ({ action, status }) => action.type === "delete-record" && status === "not-executed",
  );
  const texts = [
    ...troubles.map(({ message }) => message),
    ...(recordError === null ? [] : [describeError(recordError)]),
    ...(held === undefined || recordError !== null ? [] : [held.message]),
  ];
  if (texts.length === 0) return null;
  // What only a person can change is looked at again with every comparison.
  const goesOn =
    recordError !== null ||
    held !== undefined ||
    troubles.some(({ kind }) => kind === "unavailable");
  const afterMs = goesOn ? retryInMs() : null;
  return { kind: "waiting", reason: "dns", message: texts.join("; "), afterMs };
}
