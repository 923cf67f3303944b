// Events of the process that leads, in one that stands by: what it recorded is told here too, with its ids, in its
// order, each once.
import { epochOf, parseEventId } from "../../model/event-id.ts";
import type { Event } from "../../model/status.ts";
import type { Store } from "../../ports-store.ts";
import type { EventLog } from "./events.ts";

/** More at once are in the history alone. */
const mostAtOnce = 500;

/** Begins to tell them; returns how that ends. `heard` is called for each after it was told. */
export function followOthers(
  store: Pick<Store, "events" | "onChanged">,
  events: Pick<EventLog, "take" | "startedAtMs">,
  heard: (event: Event) => void,
): () => void {
  const ownEpoch = epochOf(events.startedAtMs);

  /** Whether others told it: what is not kept in memory any more was told here all the same. */
  function isOthers(id: string): boolean {
    const parsed = parseEventId(id);
    return parsed !== null && parsed.epoch !== ownEpoch;
  }

  const idsOf = (found: readonly Event[]): ReadonlySet<string> =>
    new Set(found.flatMap(({ id }) => id ?? []));

  function newest(): readonly Event[] {
    try {
      return store.events(mostAtOnce);
    } catch {
      // A store that was closed: nothing is told any more.
      return [];
    }
  }

  // What is there already is history.
  let known = idsOf(newest());
  return store.onChanged(() => {
    const found = newest();
    const fresh = found.filter(({ id }) => id !== undefined && isOthers(id) && !known.has(id));
    known = idsOf(found);
    for (const event of fresh.toReversed()) {
      events.take(event);
      heard(event);
    }
  });
}
