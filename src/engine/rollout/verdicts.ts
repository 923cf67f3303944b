// What became of the newest attempt at each service.
import type { Clock } from "../../lib/clock.ts";
import type { Verdict } from "../../plan/input.ts";

export interface Verdicts {
  /** One whose retry is not due yet reads as failed. */
  of(serviceId: string): Verdict | undefined;
  /** When the next try of an attempt that failed is due; null when none is to come. */
  retryAtMs(serviceId: string): number | null;
  /** `afterMs`: how long until a retry is due. */
  give(serviceId: string, verdict: Verdict, afterMs: number): void;
  forget(serviceId: string): void;
}

export function createVerdicts(clock: Clock): Verdicts {
  const given = new Map<string, { readonly verdict: Verdict; readonly dueAtMs: number }>();
  return {
    of(serviceId) {
      const known = given.get(serviceId);
      if (known === undefined) return undefined;
      const { verdict, dueAtMs } = known;
      return verdict.kind === "retry" && dueAtMs > clock.now()
        ? { ...verdict, kind: "failed" }
        : verdict;
    },
    retryAtMs(serviceId) {
      const known = given.get(serviceId);
      return known?.verdict.kind === "retry" ? known.dueAtMs : null;
    },
    give(serviceId, verdict, afterMs) {
      given.set(serviceId, { verdict, dueAtMs: clock.now() + afterMs });
    },
    forget(serviceId) {
      given.delete(serviceId);
    },
  };
}
