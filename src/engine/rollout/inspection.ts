// Which rollouts are looked into in one tick: the lists leave a doubt about them, and the server starts up to two docker
// processes for each. Pure.
import { isDirect, isWaiting } from "./rollout-item.ts";
import type { Inspected } from "./rollout-item.ts";

const mostInspected = 20;

/** How many more deployments may be asked for. */
export interface Room {
  readonly queue: number;
  /** Whether there is room for one that goes through no queue. */
  readonly direct: boolean;
}

export interface Inspections {
  /** Those of which most time has passed since they were looked into first. */
  readonly now: readonly Inspected[];
  /** Those that wait for their turn, and were looked into before: what runs is asked again when it has come. */
  readonly later: readonly Inspected[];
}

export function nextToInspect(inDoubt: readonly Inspected[], room: Room): Inspections {
  const now: Inspected[] = [];
  const later: Inspected[] = [];
  let left = room.queue;
  for (const one of inDoubt) {
    const mayWait = isWaiting(one.item) && one.item.inspectedAtMs > 0;
    const hasTurn = isDirect(one.item) ? room.direct : left > 0;
    if (mayWait && hasTurn) left -= isDirect(one.item) ? 0 : 1;
    if (mayWait && !hasTurn) later.push(one);
    else now.push(one);
  }
  now.sort((one, other) => one.item.inspectedAtMs - other.item.inspectedAtMs);
  return { now: now.slice(0, mostInspected), later };
}

/** Whether its tasks may tell something: nothing of this attempt runs before its deployment has begun. */
export function hasTasks({ item }: Inspected): boolean {
  return item.rows !== null || item.state.beganAtMs !== null;
}
