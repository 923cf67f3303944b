// What a process does that stands by for another one with the same store: it reads Git and the server now and then, so
// that it can answer whoever asks, and tells what the other one did. It writes nothing.
import type { Clock } from "../../lib/clock.ts";
import type { Store } from "../../ports-store.ts";
import type { EventLog } from "../events/events.ts";
import { followOthers } from "../events/others.ts";
import type { Reader } from "../reader/reader.ts";

export interface StandingByParts {
  readonly reader: Reader;
  readonly store: Pick<Store, "events" | "onChanged">;
  readonly events: EventLog;
  readonly clock: Clock;
  /** How often Git and the server are read, whatever happens. */
  readonly everyMs: number;
}

/** Begins; returns how it ends. */
export function standBy({ reader, store, events, clock, everyMs }: StandingByParts): () => void {
  const { site } = reader;
  const ending = new AbortController();
  let looking: Promise<void> | null = null;
  let again = false;

  async function lookOnce(): Promise<void> {
    const nowMs = clock.now();
    // What cannot be read is in its state, and is tried again.
    await reader.refresh("standing by").catch(() => false);
    if (ending.signal.aborted) return;
    try {
      if (site.info() === null) await site.check();
      await site.world.since(nowMs);
    } catch {
      // Likewise.
    }
  }

  function look(): void {
    if (ending.signal.aborted) return;
    if (looking !== null) {
      again = true;
      return;
    }
    looking = lookOnce().finally(() => {
      looking = null;
      if (again) look();
      again = false;
    });
  }

  async function keepLooking(): Promise<void> {
    while (!ending.signal.aborted) {
      look();
      await clock.sleep(everyMs, ending.signal);
    }
  }

  const ends = [
    followOthers(store, events, ({ kind }) => {
      if (kind === "revision") look();
    }),
    // What a person suspended elsewhere is suspended here.
    store.onChanged(() => {
      reader.suspensions.forgetKnown();
    }),
  ];
  void keepLooking();
  return () => {
    ending.abort();
    for (const end of ends) end();
  };
}
