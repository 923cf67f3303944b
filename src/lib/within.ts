// Work that is waited for, but not for ever.
import type { Clock } from "./clock.ts";

/** Resolves when `work` has ended, however it did, or after `ms`. No timer is left behind. */
export async function within(
  ms: number,
  clock: Pick<Clock, "sleep">,
  work: Promise<unknown>,
): Promise<void> {
  const late = new AbortController();
  await Promise.race([work.catch(() => undefined), clock.sleep(ms, late.signal)]);
  late.abort();
}
