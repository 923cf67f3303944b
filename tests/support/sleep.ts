// How a test's clock sleeps, by its own timers.
import type { Clock } from "../../src/lib/clock.ts";

/** Keeps what `Clock.sleep` promises. */
export const sleepBy =
  (after: Clock["after"]): Clock["sleep"] =>
  (ms, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted === true) {
        resolve();
        return;
      }
      const finish = (): void => {
        cancel();
        signal?.removeEventListener("abort", finish);
        resolve();
      };
      const cancel = after(ms, finish);
      signal?.addEventListener("abort", finish, { once: true });
    });
