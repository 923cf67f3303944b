// What happened, newest last, bounded: for logs, for people who watch, and for the API.
import type { Clock } from "../../lib/clock.ts";
import type { Logger } from "../../lib/logger.ts";
import type { Redactor } from "../../lib/redact.ts";
import { mapTexts } from "../../lib/map-texts.ts";
import { eventData, vocabulary } from "../../model/event-data.ts";
import type { EventData } from "../../model/event-data.ts";
import { epochOf, eventId } from "../../model/event-id.ts";
import type { Event } from "../../model/status.ts";

export type NewEvent = Omit<Event, "atMs" | "id">;

export interface EventLog {
  add(event: NewEvent): void;
  all(): readonly Event[];
  listen(listener: (event: Event) => void): () => void;
}

/** About a day of a busy server; a few hundred kilobytes. */
const eventsKept = 1_000;
const longestMessage = 2_000;
/** P7: of one text in an event's data, and of one list. */
const longestText = 500;
const mostItems = 100;

/** Ids in the order in which they are given out; `startedAtMs` tells those of one process from those of another. */
export function createEventIds(startedAtMs: number): () => string {
  const epoch = epochOf(startedAtMs);
  let count = 0;
  return () => {
    count += 1;
    return eventId(epoch, count);
  };
}

export function createEventLog(
  clock: Clock,
  logger: Logger,
  redactor: Redactor,
  nextId = createEventIds(clock.now()),
): EventLog {
  const events: Event[] = [];
  const listeners = new Set<(event: Event) => void>();

  function cleaned(data: EventData): EventData {
    const clean = (text: string): string => redactor.redact(text).slice(0, longestText);
    return mapTexts(eventData(data), clean, vocabulary, mostItems);
  }

  return {
    add(input) {
      const message = redactor.redact(input.message).slice(0, longestMessage);
      const id = nextId();
      const event: Event = { ...input, ...cleaned(input), message, id, atMs: clock.now() };
      events.push(event);
      if (events.length > eventsKept) events.splice(0, events.length - eventsKept);
      const { stack, revision, kind, level } = event;
      logger[level]({ kind, stack, revision, detail: message }, `event ${kind}`);
      for (const listener of listeners) listener(event);
    },
    all: () => events,
    listen(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}
