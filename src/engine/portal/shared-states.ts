// States that are read once for all who ask within a moment; what could change one makes it be read again.
import type { Clock } from "../../lib/clock.ts";

export interface SharedStates<State> {
  /** Rejects as reading does; a failure is nobody else's. */
  of(id: string): Promise<State>;
  forget(id: string): void;
  forgetAll(): void;
}

const mostShared = 1_000;

/** `sharedMs`: so old may a state be that several read. */
export function createSharedStates<State>(
  clock: Pick<Clock, "now">,
  sharedMs: number,
  read: (id: string) => Promise<State>,
): SharedStates<State> {
  const known = new Map<string, { readonly state: Promise<State>; readonly atMs: number }>();
  return {
    of(id) {
      const last = known.get(id);
      if (last !== undefined && clock.now() - last.atMs < sharedMs) return last.state;
      const state = read(id);
      if (known.size >= mostShared) known.clear();
      known.set(id, { state, atMs: clock.now() });
      state.catch(() => known.delete(id));
      return state;
    },
    forget(id) {
      known.delete(id);
    },
    forgetAll() {
      known.clear();
    },
  };
}
