// How long the end of a process takes at most: writes in flight are waited for, what only reads is given up soon (W12).
import type { Clock } from "../../lib/clock.ts";
import type { Platform } from "../../ports.ts";

/** W12: requests in flight end within this time. */
const stopWithinMs = 30_000;
/** Reads are given up at once; this long their ends are waited for. */
const readsEndWithinMs = 300;

/** Lets no new write start, and resolves when nothing is written any more. `others`: ends what else is under way. */
export async function endRequests(
  { platform, clock }: { readonly platform: Pick<Platform, "stop">; readonly clock: Clock },
  others: () => Promise<unknown>,
): Promise<void> {
  const giveUp = new AbortController();
  // Whatever else is under way only reads, and a disk or a process that hangs is not waited for.
  const written = platform.stop().then(() => clock.sleep(readsEndWithinMs, giveUp.signal));
  await Promise.race([others(), written, clock.sleep(stopWithinMs, giveUp.signal)]);
  giveUp.abort();
}
