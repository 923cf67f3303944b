// What services did of late, by stack: those that fail again and again, though they may read as running, and those
// that were restarted once and are well.
import type { StackRecords } from "../memory/stack-records.ts";

/** One service, by its id, of a stack. */
export interface OneOf {
  readonly stack: string;
  readonly id: string;
}

export interface OfLate {
  flaps(one: OneOf): void;
  isFlapping(one: OneOf): boolean;
  restarted(one: OneOf, line: string): void;
  wasRestarted(one: OneOf): boolean;
  /** It no longer counts as restarted. */
  forgetRestart(one: OneOf): void;
  well(one: OneOf): void;
  /** Of each service of the stack that was restarted, one line. */
  restarts(stack: string): readonly string[];
}

export function createOfLate(records: Pick<StackRecords, "field">): OfLate {
  const flapping = records.field<Set<string>>("flapping");
  const restarts = records.field<Map<string, string>>("restarts");

  function forgetRestart({ stack, id }: OneOf): void {
    restarts.get(stack)?.delete(id);
  }

  return {
    flaps({ stack, id }) {
      flapping.set(stack, (flapping.get(stack) ?? new Set()).add(id));
    },
    isFlapping: ({ stack, id }) => flapping.get(stack)?.has(id) === true,
    restarted({ stack, id }, line) {
      restarts.set(stack, (restarts.get(stack) ?? new Map<string, string>()).set(id, line));
    },
    wasRestarted: ({ stack, id }) => restarts.get(stack)?.has(id) === true,
    forgetRestart,
    well(one) {
      flapping.get(one.stack)?.delete(one.id);
      forgetRestart(one);
    },
    restarts: (stack) => [...(restarts.get(stack)?.values() ?? [])],
  };
}
