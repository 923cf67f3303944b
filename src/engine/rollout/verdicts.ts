// What became of the newest attempt at each service.
import type { Clock } from "../../lib/clock.ts";
import type { Verdict } from "../../plan/input.ts";
import type { GivenUp } from "./given-up.ts";
import type { Item } from "./rollout-item.ts";

export interface Ended {
  readonly verdict: Verdict;
  readonly told: Item["told"];
}

export interface Verdicts {
  /** One whose retry is not due yet reads as failed. */
  of(serviceId: string): Verdict | undefined;
  /** When the next try of an attempt that failed is due; null when none is to come. */
  retryAtMs(serviceId: string): number | null;
  /** How the newest attempt ended, and what was told of it; null: none did. */
  ended(serviceId: string): Ended | null;
  /** `afterMs`: how long until a retry is due. */
  give(item: Pick<Item, "request" | "told">, verdict: Verdict, afterMs: number): void;
  /** Another commit or image was seen since than the one for which it was asked: should that come back, it is news. */
  movedOn(serviceId: string): void;
  forget(serviceId: string): void;
}

export function createVerdicts(clock: Clock, givenUp: GivenUp): Verdicts {
  const given = new Map<string, Ended & { readonly dueAtMs: number }>();
  for (const [serviceId, verdict] of givenUp.left()) {
    given.set(serviceId, { verdict, told: new Set(), dueAtMs: 0 });
  }
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
    ended: (serviceId) => given.get(serviceId) ?? null,
    give({ request, told }, verdict, afterMs) {
      given.set(request.serviceId, { verdict, told, dueAtMs: clock.now() + afterMs });
      givenUp.ended(request, verdict);
    },
    movedOn(serviceId) {
      const known = given.get(serviceId);
      if (known === undefined) return;
      const verdict = { ...known.verdict };
      delete verdict.head;
      given.set(serviceId, { ...known, verdict });
    },
    forget(serviceId) {
      given.delete(serviceId);
      givenUp.forget(serviceId);
    },
  };
}
