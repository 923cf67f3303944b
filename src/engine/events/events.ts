// What happened, newest last, bounded: for logs, for people who watch, and for the API.
import type { Clock } from "../../lib/clock.ts";
import { createListeners } from "../../lib/listeners.ts";
import type { Logger } from "../../lib/logger.ts";
import type { Redactor } from "../../lib/redact.ts";
import { mapTexts } from "../../lib/map-texts.ts";
import { eventData, vocabulary } from "../../model/event-data.ts";
import type { EventData } from "../../model/event-data.ts";
import { epochOf, eventId } from "../../model/event-id.ts";
import type { Event } from "../../model/status.ts";

export type NewEvent = Omit<Event, "atMs" | "id">;

export interface EventLog {
  /** That of its ids. */
  readonly startedAtMs: number;
  add(event: NewEvent): void;
  /** What another process told and recorded; it keeps its id. */
  take(event: Event): void;
  /** Those of others too. */
  all(): readonly Event[];
  /** Of this process alone. */
  own(): readonly Event[];
  listen(listener: (event: Event) => void): () => void;
  /** To those of others too. */
  listenToAll(listener: (event: Event) => void): () => void;
}

/** About a day of a busy server; a few hundred kilobytes. */
const eventsKept = 1_000;
const longestMessage = 2_000;
/** P7: of one text in an event's data, and of one list. */
const longestText = 500;
const mostItems = 100;

/** Ids of events, in the order in which they are given out. */
export interface EventIds {
  /** Tells those of one process from those of another: who reads events goes on by it. */
  readonly startedAtMs: number;
  next(): string;
}

export function createEventIds(startedAtMs: number): EventIds {
  const epoch = epochOf(startedAtMs);
  let count = 0;
  return {
    startedAtMs,
    next() {
      count += 1;
      return eventId(epoch, count);
    },
  };
}

export function createEventLog(
  clock: Clock,
  logger: Logger,
  redactor: Redactor,
  ids: EventIds = createEventIds(clock.now()),
): EventLog {
  const events: Event[] = [];
  /** Those of this process. */
  const own = new WeakSet<Event>();
  const listeners = createListeners<Event>();
  const listenersToAll = createListeners<Event>();

  function cleaned(data: EventData): EventData {
    const clean = (text: string): string => redactor.redact(text).slice(0, longestText);
    return mapTexts(eventData(data), clean, vocabulary, mostItems);
  }

  function keep(event: Event): void {
    events.push(event);
    if (events.length > eventsKept) events.splice(0, events.length - eventsKept);
  }

  return {
    startedAtMs: ids.startedAtMs,
    add(input) {
      const message = redactor.redact(input.message).slice(0, longestMessage);
      const id = ids.next();
      const event: Event = { ...input, ...cleaned(input), message, id, atMs: clock.now() };
      own.add(event);
      keep(event);
      const { stack, revision, kind, level } = event;
      logger[level]({ kind, stack, revision, detail: message }, `event ${kind}`);
      listeners.tell(event);
      listenersToAll.tell(event);
    },
    take(event) {
      keep(event);
      listenersToAll.tell(event);
    },
    all: () => events,
    own: () => events.filter((event) => own.has(event)),
    listen: (listener) => listeners.add(listener),
    listenToAll: (listener) => listenersToAll.add(listener),
  };
}
