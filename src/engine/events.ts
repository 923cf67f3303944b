// What happened, newest last, bounded: for logs, for people who watch, and for the API.
import type { Clock } from "../lib/clock.ts";
import type { Logger } from "../lib/logger.ts";
import type { Redactor } from "../lib/redact.ts";
import type { Event } from "../model/status.ts";

export type NewEvent = Omit<Event, "atMs">;

export interface EventLog {
  add(event: NewEvent): void;
  all(): readonly Event[];
  listen(listener: (event: Event) => void): () => void;
}

/** About a day of a busy server; a few hundred kilobytes. */
const eventsKept = 1_000;
const longestMessage = 2_000;

export function createEventLog(clock: Clock, logger: Logger, redactor: Redactor): EventLog {
  const events: Event[] = [];
  const listeners = new Set<(event: Event) => void>();
  return {
    add(input) {
      const message = redactor.redact(input.message).slice(0, longestMessage);
      const event: Event = { ...input, message, atMs: clock.now() };
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
