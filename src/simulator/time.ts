/**
 * Simulated time. Every duration passes through here, so that `timeScale` shortens all of them
 * alike and a restart or a close forgets what was still to happen.
 */
export interface Time {
  /** Runs `fn` after that many simulated milliseconds. */
  after(ms: number, fn: () => void): void;
  /** Resolves after that many simulated milliseconds; never, when everything was forgotten before. */
  sleep(ms: number): Promise<void>;
  /** Simulated milliseconds since that moment of the real clock. */
  since(startedAt: number): number;
  /** A real duration, not scaled: for windows of concurrency that tests must be able to hit. */
  sleepReal(ms: number): Promise<void>;
  /** What a dying process forgets. */
  forgetAll(): void;
  readonly scale: number;
}

export function createTime(scale: number): Time {
  const timers = new Set<NodeJS.Timeout>();
  const schedule = (realMs: number, fn: () => void): void => {
    const timer = setTimeout(() => {
      timers.delete(timer);
      fn();
    }, realMs);
    timers.add(timer);
  };
  return {
    scale,
    after: (ms, fn) => schedule(ms * scale, fn),
    sleep: (ms) => new Promise((resolve) => schedule(ms * scale, resolve)),
    since: (startedAt) => (Date.now() - startedAt) / Math.max(scale, 1e-6),
    sleepReal: (ms) => new Promise((resolve) => schedule(ms, resolve)),
    forgetAll: () => {
      for (const timer of timers) clearTimeout(timer);
      timers.clear();
    },
  };
}

export function isoNow(): string {
  return new Date().toISOString();
}
