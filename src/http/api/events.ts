// What happened: once, or as it happens.
import { cleaned } from "./cleaned.ts";
import { reads } from "./endpoint.ts";
import type { FeedEvent, FeedFilter } from "./feed.ts";
import { eventsQuery } from "./input.ts";
import type { EventsQuery } from "./input.ts";
import { eventList } from "./shapes/answers.ts";
import { connectionOf, openOrRefuse } from "./sse.ts";
import { eventView } from "./views.ts";

const mostShown = 1_000;
const shownAtFirst = 100;

/** `lastId`: as a browser sends it when it comes back. */
export function filterOf(query: EventsQuery, lastId: string | undefined): FeedFilter {
  const { stack, kind, level, by, since, after, before } = query;
  const chosen = { stack, kinds: kind, levels: level, by, sinceMs: since };
  return { ...chosen, before, after: lastId ?? after };
}

const events = reads({
  path: "/events",
  id: "listEvents",
  tag: "Events",
  summary: "What happened, the newest last",
  description:
    "What earlier processes recorded is told too, page by page with `before`; how runs ended only where it was news. With `Accept: text/event-stream` as it happens: each message carries an Event, and its id is for `Last-Event-ID`.",
  query: eventsQuery,
  answer: eventList,
  handle({ query, context }, { feed }) {
    const filter = filterOf(query, context.req.header("Last-Event-ID"));
    const { events, older } = feed.page(filter, query.limit ?? shownAtFirst);
    return { events: events.map(eventView), older };
  },
  stream: {
    description: "The newest events, or a stream of them",
    open({ query, context, person }, { feed, streams, redact }) {
      const lastId = context.req.header("Last-Event-ID");
      const filter = filterOf(query, lastId);
      // After coming back all that was missed is told: a limit is of the first answer.
      const isAll =
        lastId !== undefined ||
        (query.limit === undefined && (filter.after ?? query.since) !== undefined);
      const missed = isAll ? mostShown : (query.limit ?? 0);
      return openOrRefuse(streams, person.id, connectionOf(context), (send) => {
        const tell = (one: FeedEvent): void => {
          send({ id: one.id, data: cleaned(eventView(one), redact) });
        };
        for (const one of feed.recent(filter, missed)) tell(one);
        return feed.follow((one) => {
          if (feed.passes(filter, one)) tell(one);
        });
      });
    },
  },
});

export const eventRoutes = [events];
