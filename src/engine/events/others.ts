// Events of the process that leads, in one that stands by: what it recorded is told here too, with its ids, in its
// order, each once.
import { parseEventId } from "../../model/event-id.ts";
import type { Event } from "../../model/status.ts";
import type { Store } from "../../ports-store.ts";
import type { EventLog } from "./events.ts";

/** More at once are in the history alone. */
const mostAtOnce = 500;

/** Begins to tell them; returns how that ends. `heard` is called for each after it was told. */
export function followOthers(
  store: Pick<Store, "events" | "onChanged">,
  events: Pick<EventLog, "take" | "own">,
  heard: (event: Event) => void,
): () => void {
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
    const own = idsOf(events.own());
    const fresh = found.filter(
      ({ id }) => id !== undefined && parseEventId(id) !== null && !known.has(id) && !own.has(id),
    );
    known = idsOf(found);
    for (const event of fresh.toReversed()) {
      events.take(event);
      heard(event);
    }
  });
}
