/**
 * Writes that are being carried out, so that a test can wait for those that go on without their client. Simulated
 * time may run a hundred times as fast as a busy machine works: what has landed by its own time has not yet in truth.
 */
import type { Socket } from "node:net";

export interface LandingWrite {
  /** It is carried out that many real milliseconds from now; before it is told, at once. */
  dueIn(realMs: number): void;
  /** It was carried out, or never will be. */
  end(): void;
}

export interface Landing {
  begin(socket: Socket): LandingWrite;
  /** Resolves when none is left whose client is gone and whose time has come. */
  landed(): Promise<void>;
  /** What a dying process forgets. */
  forgetAll(): void;
}

interface Open {
  readonly socket: Socket;
  readonly ended: PromiseWithResolvers<undefined>;
  dueAt: number;
}

export function createLanding(): Landing {
  const open = new Set<Open>();
  const isOverdue = ({ socket, dueAt }: Open): boolean => socket.destroyed && dueAt <= Date.now();
  function end(one: Open): void {
    open.delete(one);
    one.ended.resolve(undefined);
  }
  return {
    begin(socket) {
      const one: Open = { socket, ended: Promise.withResolvers(), dueAt: Date.now() };
      open.add(one);
      return {
        dueIn(realMs) {
          one.dueAt = Date.now() + realMs;
        },
        end: () => {
          end(one);
        },
      };
    },
    async landed() {
      for (;;) {
        const overdue = [...open].filter(isOverdue);
        if (overdue.length === 0) return;
        await Promise.all(overdue.map(({ ended }) => ended.promise));
      }
    },
    forgetAll() {
      for (const one of [...open]) end(one);
    },
  };
}
