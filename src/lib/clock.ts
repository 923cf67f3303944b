// Time as an argument: production code gets `systemClock`, tests a virtual one that they turn by hand.

export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Resolves after `ms` milliseconds, or at once when `signal` aborts; never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Calls `run` once after `ms` milliseconds; the returned function cancels and may be called twice. */
  after(ms: number, run: () => void): () => void;
}

/** Longer than this a Node timer fires at once; callers re-arm. */
const longestTimerMs = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted) {
        resolve();
        return;
      }
      const finish = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", finish);
        resolve();
      };
      const timer = setTimeout(finish, Math.min(ms, longestTimerMs));
      signal?.addEventListener("abort", finish, { once: true });
    }),
  after: (ms, run) => {
    const timer = setTimeout(run, Math.min(Math.max(0, ms), longestTimerMs));
    return () => {
      clearTimeout(timer);
    };
  },
};
