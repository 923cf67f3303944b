// What a process has to hand on to the one that leads after it, until that one has it: tried again while the database is
// away, and once more when the process starts anew.
import type { Clock } from "../../lib/clock.ts";
import type { SharedOrders } from "./orders.ts";

/** What a process could hand to nobody before it started anew, by scope; it lives as long as the process. */
export interface Leftovers {
  keep(scope: string, histories: readonly string[]): void;
  /** Each is given out once. */
  take(scope: string): readonly string[];
}

export function createLeftovers(): Leftovers {
  const kept = new Map<string, readonly string[]>();
  return {
    keep(scope, histories) {
      if (histories.length > 0) kept.set(scope, [...(kept.get(scope) ?? []), ...histories]);
    },
    take(scope) {
      const histories = kept.get(scope) ?? [];
      kept.delete(scope);
      return histories;
    },
  };
}

const againMs = 1_000;
const mostTries = 30;

export interface Leaving {
  /** Hands it to whoever leads, as soon as that can be done; null is nothing. */
  leave(history: string | null): void;
  /** Resolves when all of it is handed over, or was given up. */
  done(): Promise<void>;
  /** Nothing is handed over any more; what was not. */
  stop(): readonly string[];
}

/** Tried again for a while: who took over may have done so while the database was away. */
export function createLeaving(orders: Pick<SharedOrders, "leaveHistory">, clock: Clock): Leaving {
  const left = new Map<string, Promise<void>>();
  let hasEnded = false;

  async function handOn(history: string): Promise<void> {
    for (let tries = 0; tries < mostTries && !hasEnded; tries++) {
      try {
        await orders.leaveHistory(history);
        left.delete(history);
        return;
      } catch {
        await clock.sleep(againMs);
      }
    }
  }

  return {
    leave(history) {
      if (history !== null && !left.has(history)) left.set(history, handOn(history));
    },
    async done() {
      await Promise.all(left.values());
    },
    stop() {
      hasEnded = true;
      return [...left.keys()];
    },
  };
}
