// Counts each build once, when it is first seen to have ended. What had ended before anybody looked at its
// workflow belongs to the past and is not counted.
import type { WorkflowRun } from "../../model/forge.ts";
import type { Tell } from "../../ports-telemetry.ts";

/** More than the hosts' lists of all workflows hold. */
const mostRemembered = 10_000;

/** `key`: which list of runs this is; a run may be in several of them. */
export function createEndedRuns(tell: Tell) {
  const lists = new Set<string>();
  const known = new Set<string>();
  return (key: string, repository: string, runs: readonly WorkflowRun[]): void => {
    const isFirst = !lists.has(key);
    lists.add(key);
    for (const { id, state } of runs) {
      const run = `${repository} ${id}`;
      if (state === "waiting" || state === "running" || known.has(run)) continue;
      known.add(run);
      if (!isFirst) tell({ kind: "build-ended", result: state });
    }
    for (const oldest of known) {
      if (known.size <= mostRemembered) break;
      known.delete(oldest);
    }
  };
}
