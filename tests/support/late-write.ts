// A write whose answer is lost and which lands late: at the second look at the server after it, as long as nothing was
// written over it, and otherwise when the test says so. No clock decides the order.
import { CapstanError } from "../../src/lib/errors.ts";
import type { Platform } from "../../src/ports.ts";

type Write = "configureService" | "updateProject" | "updateChild";

type Send = (...given: readonly unknown[]) => Promise<void>;

export interface LateWrite {
  readonly wrap: (platform: Platform) => Platform;
  /** The next such write is lost, after `meanwhile`. */
  lose(meanwhile?: () => Promise<void>): void;
  /** Carries it out, unless that has happened. */
  land(): Promise<void>;
  /** How often such a write was asked for since it was lost, itself included. */
  asked(): number;
}

export function lateWrite(write: Write): LateWrite {
  let armed: (() => Promise<void>) | null = null;
  let asked = 0;
  let looks = 0;
  let pending: (() => Promise<void>) | null = null;

  async function land(): Promise<void> {
    const now = pending;
    pending = null;
    await now?.();
  }
  const sent = (platform: Platform, given: readonly unknown[]): Promise<void> =>
    (platform as unknown as Record<Write, Send>)[write](...given);

  return {
    land,
    asked: () => asked,
    lose(meanwhile = () => Promise.resolve()) {
      armed = meanwhile;
    },
    wrap: (platform) => ({
      ...platform,
      async list(...given) {
        if (pending !== null) looks += 1;
        if (looks === 2 && asked === 1) await land();
        return platform.list(...given);
      },
      [write]: async (...given: readonly unknown[]) => {
        if (armed !== null) {
          const meanwhile = armed;
          armed = null;
          await meanwhile();
          asked = 1;
          pending = () => sent(platform, given);
          throw new CapstanError("uncertain", `${write}: its answer was lost`);
        }
        if (asked > 0) asked += 1;
        await sent(platform, given);
      },
    }),
  };
}
