// The engine's events with ids, so that who watches can go on where it stopped, and who reads can go back page
// by page. Those of now are in memory, bounded; older ones, of earlier processes too, are what was recorded.
import { personOf } from "../../model/event-data.ts";
import { epochOf, eventId, parseEventId } from "../../model/event-id.ts";
import type { EventFilter } from "../../model/history.ts";
import type { Event } from "../../model/status.ts";

export interface FeedEvent {
  readonly id: string;
  readonly event: Event;
}

export interface FeedFilter extends EventFilter {
  /** Only what came after the event of this id: of this process then, as an earlier one's is older than all. */
  readonly after?: string | undefined;
}

export interface FeedPage {
  /** The newest last. */
  readonly events: readonly FeedEvent[];
  /** What to give as `before` to get the page before this one; null when this is the first one. */
  readonly older: string | null;
}

export interface Feed {
  /** The newest `limit` of this process that pass the filter, the newest last. */
  recent(filter: FeedFilter, limit: number): readonly FeedEvent[];
  /** Likewise, filled up with what was recorded. Throws what the store throws. */
  page(filter: FeedFilter, limit: number): FeedPage;
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
  /** The newest first. */
  recorded(limit: number, filter: EventFilter): readonly Event[];
  onEvent(listener: (event: Event) => void): () => void;
}

const kept = 1_000;

/** `startedAtMs` is that of the events' log. */
export function createFeed(source: FeedSource, startedAtMs: number): Feed {
  const epoch = epochOf(startedAtMs);
  const none = eventId(epoch, 0);
  const listeners = new Set<(one: FeedEvent) => void>();
  const number = (event: Event): FeedEvent => ({ id: event.id ?? none, event });
  const events: FeedEvent[] = source.events().slice(-kept).map(number);
  const stop = source.onEvent((event) => {
    const one = number(event);
    events.push(one);
    if (events.length > kept) events.splice(0, events.length - kept);
    for (const listener of [...listeners]) listener(one);
  });

  /** The number after which to go on; 0 for an id that is not of this process. */
  function numberOf(id: string): number {
    const parsed = parseEventId(id);
    return parsed?.epoch === epoch ? parsed.number : 0;
  }

  function recent(filter: FeedFilter, limit: number): readonly FeedEvent[] {
    const { after, before } = filter;
    const from = after === undefined ? 0 : numberOf(after);
    // An event of an earlier process is older than all here.
    const to = before === undefined ? Infinity : numberOf(before);
    const passing = events.filter((one) => {
      if (!passes(filter, one)) return false;
      const at = numberOf(one.id);
      return (from === 0 || at > from) && at < to;
    });
    return limit <= 0 ? [] : passing.slice(-limit);
  }

  /** What is not in memory any more, or never was: the newest last. */
  function recorded(filter: FeedFilter, limit: number): readonly FeedEvent[] {
    if (limit <= 0 || filter.after !== undefined) return [];
    const { before } = filter;
    const [oldest] = events;
    const isHere = before === undefined || numberOf(before) > 0;
    const isOlder =
      oldest === undefined || (before !== undefined && numberOf(before) < numberOf(oldest.id));
    const from = isHere && !isOlder ? oldest.id : before;
    const rows = source.recorded(limit, { ...filter, before: from });
    return rows.map((event) => ({ id: event.id ?? none, event })).reverse();
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
    recent,
    page(filter, limit) {
      // One more shows whether there is a page before.
      const here = recent(filter, limit + 1);
      const found = [...recorded(filter, limit + 1 - here.length), ...here];
      const shown = limit <= 0 ? [] : found.slice(-limit);
      return { events: shown, older: found.length > limit ? (shown[0]?.id ?? null) : null };
    },
    passes,
    newestId: () => events.at(-1)?.id ?? none,
    knows: (id) => id === none || numberOf(id) > 0,
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
