// How any part of the engine asks for a run of a stack, without knowing who carries it out: the three ways in
// which a run can become due. While nobody carries runs out, what is asked for is dropped: a loop begins with
// all stacks anyway.
import type { Clock } from "../lib/clock.ts";

/** Why and how soon a key is to run. */
export interface Trigger {
  /** For people; it decides nothing. */
  readonly reason: string;
  /** New input (a commit, an edited secret, a person's request) lifts backoff and blocks. */
  readonly input: boolean;
  readonly dueAtMs: number;
  /** What the run reads must not be older than this; 0 when anything will do. */
  readonly freshAtMs: number;
}

export interface Wakeups {
  /** What the stack waited for has moved: it goes on, with what is known of the server. */
  goOn(stack: string, reason: string): void;
  /** The server may show something else: it is compared with what the server shows at `freshAtMs`, or now. */
  look(stack: string, reason: string, freshAtMs?: number): void;
  /** Something new is asked for, by Git or by a person: that ends a backoff as well. */
  renew(stack: string, reason: string, freshAtMs?: number): void;
}

export interface WakeupsSwitch extends Wakeups {
  /** From now on runs are carried out there; null: nowhere. */
  connect(queue: { add(stack: string, trigger: Trigger): void } | null): void;
}

export function createWakeups(clock: Clock): WakeupsSwitch {
  let queue: { add(stack: string, trigger: Trigger): void } | null = null;
  function add(stack: string, reason: string, input: boolean, freshAtMs: number | null): void {
    const dueAtMs = clock.now();
    queue?.add(stack, { reason, input, dueAtMs, freshAtMs: freshAtMs ?? dueAtMs });
  }
  return {
    goOn: (stack, reason) => {
      add(stack, reason, false, 0);
    },
    look: (stack, reason, freshAtMs) => {
      add(stack, reason, false, freshAtMs ?? null);
    },
    renew: (stack, reason, freshAtMs) => {
      add(stack, reason, true, freshAtMs ?? null);
    },
    connect(to) {
      queue = to;
    },
  };
}
