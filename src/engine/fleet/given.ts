// To which processes this one left some of its servers, and when: one that did not get them, for a reason that nobody
// here can see, would have it start anew again and again.
import type { Replica } from "../../ports-replicas.ts";

/** It lives as long as the process, however often that starts anew. */
export interface Given {
  gave(to: Replica, nowMs: number): void;
  /** Whether it may be left some again. One that began anew since then may. */
  mayGet(other: Replica, nowMs: number): boolean;
}

/** After the first time; twice as long after each more. */
const againAfterMs = 60_000;
const longestMs = 86_400_000;

interface Gift {
  readonly atMs: number;
  readonly times: number;
}

export function createGiven(): Given {
  const gifts = new Map<string, Gift>();

  function giftOf({ id, ageMs }: Replica, nowMs: number): Gift | undefined {
    const gift = gifts.get(id);
    return gift === undefined || nowMs - gift.atMs > ageMs ? undefined : gift;
  }

  return {
    gave(to, nowMs) {
      const times = (giftOf(to, nowMs)?.times ?? 0) + 1;
      for (const [id, { atMs }] of gifts) if (nowMs - atMs > longestMs) gifts.delete(id);
      gifts.set(to.id, { atMs: nowMs, times });
    },
    mayGet(other, nowMs) {
      const gift = giftOf(other, nowMs);
      if (gift === undefined) return true;
      return nowMs - gift.atMs >= Math.min(longestMs, againAfterMs * 2 ** (gift.times - 1));
    },
  };
}
