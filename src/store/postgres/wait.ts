// A start waits for a database that does not answer yet.
import { systemClock } from "../../lib/clock.ts";
import type { Clock } from "../../lib/clock.ts";
import { isCapstanError } from "../../lib/errors.ts";
import type { Logger } from "../../lib/logger.ts";

const defaultWithinMs = 30_000;
const againMs = 1_000;

export interface WaitOptions {
  readonly openWithinMs?: number;
  readonly clock?: Clock;
  readonly logger?: Logger;
}

/** What `ask` resolves to. Throws what it throws, `unavailable` after a while only. */
export async function untilItAnswers<T>(
  ask: () => Promise<T>,
  { openWithinMs = defaultWithinMs, clock = systemClock, logger }: WaitOptions,
): Promise<T> {
  const endMs = clock.now() + openWithinMs;
  let isTold = false;
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (!isCapstanError(error, "unavailable") || clock.now() + againMs > endMs) throw error;
      if (!isTold) logger?.warn({ error: error.message }, "waiting for the database");
      isTold = true;
      await clock.sleep(againMs);
    }
  }
}
