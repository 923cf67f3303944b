// The engine's events with ids, so that who watches can go on where it stopped, and who reads can go back page
// by page. Those of now are in memory, bounded; older ones, of earlier processes too, are what was recorded.
import { personOf } from "../../model/event-data.ts";
import { epochOf, eventId, parseEventId } from "../../model/event-id.ts";
import type { EventId } from "../../model/event-id.ts";
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
  /** Tells this process from others. */
  readonly epoch: string;
  /** The newest `limit` of this process that pass the filter, the newest last. */
  recent(filter: FeedFilter, limit: number): readonly FeedEvent[];
  /** Likewise, filled up with what was recorded. Throws what the store throws. */
  page(filter: FeedFilter, limit: number): FeedPage;
  /** Whether a new event passes; what it came after is not looked at. */
  passes(filter: FeedFilter, one: FeedEvent): boolean;
  /** The id of the newest event, for `after`; of none: one that is older than all. */
  newestId(): string;
  /** Whether an id is of a process whose events are here. */
  knows(id: string): boolean;
  /** Calls for each new event; the returned function ends that. */
  follow(listener: (one: FeedEvent) => void): () => void;
  close(): void;
}

/** Where a dashboard's stream stands: after which event, and which version of this process's picture. */
export function streamId(feed: Feed, version: number, event = feed.newestId()): string {
  return `${event}.${feed.epoch}-${version}`;
}

export interface FeedSource {
  events(): readonly Event[];
  /** The newest first. */
  recorded(limit: number, filter: EventFilter): readonly Event[];
  onEvent(listener: (event: Event) => void): () => void;
}

const kept = 1_000;

interface Placed extends FeedEvent, EventId {
  /** Counts all that came here, from 1. */
  readonly at: number;
}

/** `startedAtMs` is that of the events' log. */
export function createFeed(source: FeedSource, startedAtMs: number): Feed {
  const epoch = epochOf(startedAtMs);
  const none = eventId(epoch, 0);
  const listeners = new Set<(one: FeedEvent) => void>();
  const number = (event: Event): FeedEvent => ({ id: event.id ?? none, event });
  const events: Placed[] = [];
  /** Of those of each process that were ever here: where the first of them stands. */
  const firsts = new Map<string, number>([[epoch, 0]]);
  let count = 0;

  function place(one: FeedEvent): void {
    count += 1;
    const id = parseEventId(one.id);
    events.push({ ...one, ...(id ?? { epoch: "", number: 0 }), at: count });
    if (id !== null && !firsts.has(id.epoch)) firsts.set(id.epoch, count);
    if (events.length > kept) events.splice(0, events.length - kept);
  }

  for (const event of source.events().slice(-kept)) place(number(event));
  const stop = source.onEvent((event) => {
    const one = number(event);
    place(one);
    for (const listener of [...listeners]) listener(one);
  });

  /** Where an id stands among those that are here; 0 before all of them. Null for a process that is not known here. */
  function placeOf(id: string): number | null {
    if (id === none) return 0;
    const parsed = parseEventId(id);
    if (parsed === null || !firsts.has(parsed.epoch)) return null;
    const before = events.findLast(
      (one) => one.epoch === parsed.epoch && one.number <= parsed.number,
    );
    return before?.at ?? 0;
  }

  function recent(filter: FeedFilter, limit: number): readonly FeedEvent[] {
    const { after, before } = filter;
    // An event of an earlier process is older than all here.
    const from = after === undefined ? 0 : (placeOf(after) ?? 0);
    const to = before === undefined ? Infinity : (placeOf(before) ?? 0);
    const passing = events.filter((one) => passes(filter, one) && one.at > from && one.at < to);
    return limit <= 0 ? [] : passing.slice(-limit);
  }

  /** What is not in memory any more, or never was: the newest last. */
  function recorded(filter: FeedFilter, limit: number): readonly FeedEvent[] {
    if (limit <= 0 || filter.after !== undefined) return [];
    const { before } = filter;
    const [oldest] = events;
    const isHere = before === undefined || (placeOf(before) ?? 0) > 0;
    const from = isHere && oldest !== undefined ? oldest.id : before;
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
    epoch,
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
    knows: (id) => placeOf(id) !== null,
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
