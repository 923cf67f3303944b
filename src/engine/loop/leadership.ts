// Law W12: of several processes with the same state one writes. Who wants to takes the lock first, reads
// only then, and looks every second whether it still has it: a state folder can be deleted.
import { CapstanError, describeError } from "../../lib/errors.ts";
import type { Clock } from "../../lib/clock.ts";
import type { Lock } from "../../ports.ts";

export interface Leadership {
  isHeld(): boolean;
  /** Null: this process writes from now on. Otherwise who does, for people. Throws what the lock throws. */
  take(): string | null;
  /**
   * Waits until it is free; `waiting` is told whenever there is something new to say. False when `signal`
   * aborted before.
   */
  wait(signal: AbortSignal, waiting: (line: string) => void): Promise<boolean>;
  /** Call when nothing is written any more. */
  end(): void;
}

export interface LeadershipOptions {
  readonly lock: Lock;
  readonly clock: Clock;
  /** Called once, when another process has taken it meanwhile. */
  readonly lost: (holder: string) => void;
}

const lookAgainMs = 1_000;

export function busyError(holder: string): CapstanError {
  return new CapstanError(
    "conflict",
    `${holder} works with the same STATE_DIR: nothing is written`,
    {
      hint: "set CAPSTAN_URL to its address and it is asked to do the work, or stop it first; `capstan plan` may run beside it",
    },
  );
}

export function createLeadership({ lock, clock, lost }: LeadershipOptions): Leadership {
  let held = false;
  let cancelWatch: (() => void) | null = null;

  function watch(): void {
    cancelWatch = clock.after(lookAgainMs, () => {
      let holder: string | null = null;
      try {
        holder = lock.take();
      } catch {
        // The state cannot be used: nobody else can take it either.
      }
      if (holder === null) {
        watch();
      } else {
        held = false;
        lost(holder);
      }
    });
  }

  function take(): string | null {
    if (held) return null;
    const holder = lock.take();
    if (holder !== null) return holder;
    held = true;
    watch();
    return null;
  }

  return {
    isHeld: () => held,
    take,
    async wait(signal, waiting) {
      let told: string | null = null;
      while (!signal.aborted) {
        let line: string;
        try {
          const holder = take();
          if (holder === null) return true;
          line = `${holder} works with the same STATE_DIR; this one waits, and takes over when it ends`;
        } catch (error) {
          line = `waiting for STATE_DIR: ${describeError(error)}`;
        }
        if (line !== told) waiting(line);
        told = line;
        await clock.sleep(lookAgainMs, signal);
      }
      return false;
    },
    end() {
      cancelWatch?.();
      held = false;
      lock.release();
    },
  };
}
