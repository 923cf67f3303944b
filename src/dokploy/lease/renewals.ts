// When the lease is renewed: at half of its time, for as long as there is work. Without any it may lapse, and is taken
// again before the next write; where others stand by it is kept, as one of them would take it.
import type { Clock } from "../../lib/clock.ts";
import type { Moment } from "../../lib/moment.ts";
import type { Known } from "./known.ts";

export interface Renewals {
  /** There is work. */
  used(): void;
  /** Sets the timer for what is held now; without anything held there is none. */
  schedule(): void;
  stop(): void;
}

export interface RenewalsOptions {
  readonly clock: Clock;
  readonly moment: () => Moment;
  readonly ttlMs: number;
  /** It is renewed without work too. */
  readonly isSteady: boolean;
  readonly known: Pick<Known, "state" | "isHeld">;
  /** When it throws, it is called again soon. */
  readonly renew: () => Promise<void>;
}

export function createRenewals(options: RenewalsOptions): Renewals {
  const { clock, moment, ttlMs, isSteady, known, renew } = options;
  let usedMs = -Infinity;
  let cancel: (() => void) | null = null;

  function schedule(): void {
    cancel?.();
    const { held } = known.state();
    if (held === null) return;
    const leftMs = held.endsAtMs - moment().agedMs;
    // At half of its time; again soon when that one failed.
    const inMs = leftMs > ttlMs / 2 ? leftMs - ttlMs / 2 : Math.min(ttlMs / 12, leftMs);
    cancel = clock.after(Math.max(1, inMs), () => {
      // Nothing was written for long: it may lapse, and is taken again before the next write.
      const isIdle = !isSteady && moment().agedMs - usedMs > ttlMs;
      if (isIdle || !known.isHeld()) return;
      void renew().catch(schedule);
    });
  }

  return {
    used() {
      usedMs = moment().agedMs;
    },
    schedule,
    stop() {
      cancel?.();
    },
  };
}
