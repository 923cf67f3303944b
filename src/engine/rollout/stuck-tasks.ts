// Why a task does not start although docker names no error: it has no address (`new`), or no node takes it
// (`pending`). Pure.
import { addressesOfNetwork, addressesTaken, takenText } from "../../plan/addresses.ts";
import type { Swarm } from "../../plan/addresses.ts";
import type { TaskState } from "../../ports.ts";

export interface Stuck {
  readonly kind: "addresses" | "memory" | "placement" | "unknown";
  /** A clause that keeps its words while the reason lasts. */
  readonly text: string;
}

/** A task passes through these two states within a second. */
const stuckAfterMs = 30_000;
const seconds = stuckAfterMs / 1_000;
/** Start-first needs another address for each task that is replaced, and lists are a moment old. */
const nearlyAll = addressesOfNetwork - 8;

function pendingReason(error: string): Stuck {
  const said = error === "" ? "" : ` (${error})`;
  if (/insufficient resources/i.test(error)) {
    return {
      kind: "memory",
      text: `no node has the memory or CPU that it reserves${said}: lower resources.reservations, or free some`,
    };
  }
  if (
    /constraint|no suitable node|platform|max replicas per node|port already in use/i.test(error)
  ) {
    return { kind: "placement", text: `no node may take it${said}` };
  }
  return {
    kind: "unknown",
    text: `a task has been pending for more than ${seconds} s${said}: no node takes it; its placement, its reserved memory or a drained node may be why`,
  };
}

/** Null while every task has an error of its own, or is young, or goes on. */
export function stuckTask(tasks: readonly TaskState[] | null, swarm: Swarm | null): Stuck | null {
  const stuck = (tasks ?? []).find(
    ({ state, failed, ageMs }) =>
      !failed && ageMs > stuckAfterMs && (state === "new" || state === "pending"),
  );
  if (stuck === undefined) return null;
  if (stuck.state === "pending") return pendingReason(stuck.error);
  const waits = `a task has been new for more than ${seconds} s without an error`;
  if (swarm !== null && addressesTaken(swarm) >= nearlyAll) {
    return {
      kind: "addresses",
      text: `${waits}: dokploy-network has no address left (${takenText(swarm)}); remove services or give it a larger subnet`,
    };
  }
  const counted = swarm === null ? "" : ` (${takenText(swarm)})`;
  return {
    kind: "addresses",
    text: `${waits}: docker gives it no address; dokploy-network may have none left${counted}`,
  };
}
