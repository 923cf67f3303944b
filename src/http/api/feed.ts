// The engine's events with ids, so that who watches can go on where it stopped. Bounded; an id of an
// earlier process is older than everything here.
import type { Event } from "../../model/status.ts";

export interface FeedEvent {
  readonly id: string;
  readonly event: Event;
}

export interface FeedFilter {
  readonly stack?: string | undefined;
  /** Any when absent or empty. */
  readonly kinds?: readonly string[] | undefined;
  readonly levels?: readonly string[] | undefined;
  /** Who asked for it. */
  readonly by?: string | undefined;
  readonly sinceMs?: number | undefined;
  /** Only what came after the event of this id. */
  readonly after?: string | undefined;
}

export interface Feed {
  /** The newest `limit` that pass the filter, the newest last. */
  recent(filter: FeedFilter, limit: number): readonly FeedEvent[];
  /** Whether a new event passes; what it came after is not looked at. */
  passes(filter: FeedFilter, one: FeedEvent): boolean;
  /** The id of the newest event, for `after`; of none: one that is older than all. */
  newestId(): string;
  /** Whether an id is of this process. */
  knows(id: string): boolean;
  /** Calls for each new event; the returned function ends that. */
  follow(listener: (one: FeedEvent) => void): () => void;
  close(): void;
}

export interface FeedSource {
  events(): readonly Event[];
  onEvent(listener: (event: Event) => void): () => void;
}

const kept = 1_000;

/** Whose request an event is about; null: nobody's. */
function personOf({ action, asked }: Event): string | null {
  if (asked !== undefined) return asked.by;
  const cause = action?.cause;
  return cause?.kind === "person" ? cause.by : null;
}

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

  function passes(filter: FeedFilter, { event }: FeedEvent): boolean {
    const { stack, kinds = [], levels = [], by, sinceMs } = filter;
    return (
      (stack === undefined || event.stack === stack) &&
      (kinds.length === 0 || kinds.includes(event.kind)) &&
      (levels.length === 0 || levels.includes(event.level)) &&
      (by === undefined || personOf(event) === by) &&
      (sinceMs === undefined || event.atMs >= sinceMs)
    );
  }

  return {
    recent(filter, limit) {
      const from = filter.after === undefined ? 0 : numberOf(filter.after);
      const passing = events.filter(
        (one) => passes(filter, one) && (from === 0 || numberOf(one.id) > from),
      );
      return limit <= 0 ? [] : passing.slice(-limit);
    },
    passes,
    newestId: () => events.at(-1)?.id ?? `${epoch}-0`,
    knows: (id) => id === `${epoch}-0` || numberOf(id) > 0,
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
