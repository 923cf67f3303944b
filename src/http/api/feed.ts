// The engine's events with ids, so that who watches can go on where it stopped. Bounded; an id of an
// earlier process is older than everything here.
import type { Event } from "../../model/status.ts";

export interface FeedEvent {
  readonly id: string;
  readonly event: Event;
}

export interface FeedFilter {
  readonly stack?: string | undefined;
  readonly sinceMs?: number | undefined;
  /** Only what came after the event of this id. */
  readonly after?: string | undefined;
}

export interface Feed {
  /** The newest `limit` that pass the filter, the newest last. */
  recent(filter: FeedFilter, limit: number): readonly FeedEvent[];
  /** Calls for each new event; the returned function ends that. */
  follow(listener: (one: FeedEvent) => void): () => void;
  close(): void;
}

export interface FeedSource {
  events(): readonly Event[];
  onEvent(listener: (event: Event) => void): () => void;
}

const kept = 1_000;

/** `startedAtMs` tells the ids of one process from those of another. */
export function createFeed(source: FeedSource, startedAtMs: number): Feed {
  const epoch = startedAtMs.toString(36);
  const listeners = new Set<(one: FeedEvent) => void>();
  let count = 0;
  const number = (event: Event): FeedEvent => {
    count += 1;
    return { id: `${epoch}-${count}`, event };
  };
  const events: FeedEvent[] = source.events().slice(-kept).map(number);
  const stop = source.onEvent((event) => {
    const one = number(event);
    events.push(one);
    if (events.length > kept) events.splice(0, events.length - kept);
    for (const listener of [...listeners]) listener(one);
  });

  /** The number after which to go on; 0 for an id that is not of this process. */
  function numberOf(id: string): number {
    const [before, digits = ""] = id.split("-");
    return before === epoch && /^\d{1,15}$/.test(digits) ? Number(digits) : 0;
  }

  return {
    recent({ stack, sinceMs, after }, limit) {
      const from = after === undefined ? 0 : numberOf(after);
      const passing = events.filter(
        ({ id, event }) =>
          (stack === undefined || event.stack === stack) &&
          (sinceMs === undefined || event.atMs >= sinceMs) &&
          (from === 0 || numberOf(id) > from),
      );
      return limit <= 0 ? [] : passing.slice(-limit);
    },
    follow(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    close() {
      stop();
      listeners.clear();
    },
  };
}
