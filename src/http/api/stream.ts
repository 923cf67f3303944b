// One stream for the whole dashboard: how the controller is, every stack that changes, and what happens. It carries
// `overview`, `stack` (a summary that changed), `gone` (`{name}`) and `event`. A new connection begins with `overview`;
// unless its `Last-Event-ID` is of this process, `reset` and every stack follow: what was known before is forgotten.
import { z } from "@hono/zod-openapi";
import { CapstanError } from "../../lib/errors.ts";
import type { Person } from "../../model/person.ts";
import { cleaned } from "./cleaned.ts";
import { reads } from "./endpoint.ts";
import { streamId } from "./feed.ts";
import type { FeedEvent } from "./feed.ts";
import { noQuery } from "./input.ts";
import { personView } from "./overview.ts";
import type { ApiParts } from "./parts.ts";
import { connectionOf, openOrRefuse, sseText } from "./sse.ts";
import type { Send, SseMessage } from "./sse.ts";
import type { OverviewView } from "./view-types.ts";
import { eventView } from "./views.ts";

const mostMissed = 1_000;

interface Position {
  /** The id of the last event that was read. */
  readonly eventId: string;
  readonly version: number;
}

/** Null for an id that is not of this process: each counts what it showed by itself. */
function positionOf(lastId: string | undefined, { feed, board }: ApiParts): Position | null {
  const [, eventId = "", by, version = ""] =
    /^(.{1,60})\.([0-9a-z]{1,12})-(\d{1,15})$/.exec(lastId ?? "") ?? [];
  if (by !== feed.epoch || !feed.knows(eventId)) return null;
  return Number(version) > board.version() ? null : { eventId, version: Number(version) };
}

/** As it was made last: all who watch get the same, at the same moment. */
const texts = new WeakMap<FeedEvent, { readonly version: number; readonly text: string }>();

function eventText(
  one: FeedEvent,
  version: number,
  { feed, redact }: Pick<ApiParts, "feed" | "redact">,
): string {
  const known = texts.get(one);
  if (known?.version === version) return known.text;
  const data = cleaned(eventView(one), redact);
  const text = sseText({ id: streamId(feed, version, one.id), event: "event", data });
  texts.set(one, { version, text });
  return text;
}

/** Sends what there is, or what was missed, and then all that changes. */
function watch(
  send: Send,
  person: Person,
  lastId: string | undefined,
  parts: ApiParts,
): () => void {
  const { feed, board } = parts;
  const event = (one: FeedEvent, version: number): string => eventText(one, version, parts);
  const overview = (view: OverviewView): SseMessage => ({
    event: "overview",
    data: { ...view, person: personView(person) },
  });
  const position = positionOf(lastId, parts);
  const missed = position === null ? null : board.after(position.version);
  send(overview(board.overview()));
  if (position === null || missed === null) {
    const data = { stacks: board.names() };
    send({ id: streamId(feed, 0), event: "reset", data }, ...(board.after(0) ?? []));
  } else {
    const events = feed.recent({ after: position.eventId }, mostMissed);
    send(...events.map((one) => event(one, position.version)), ...missed);
  }
  const ends = [
    feed.follow((one) => {
      send(event(one, board.version()));
    }),
    board.follow((change) => {
      if (change.overview !== null) send(overview(change.overview));
      send(...change.texts);
    }),
  ];
  return () => {
    for (const end of ends) end();
  };
}

const stream = reads({
  path: "/stream",
  id: "watch",
  tag: "Events",
  summary: "All that a dashboard shows, as it changes",
  description:
    "Server-sent events: `overview` (an Overview), `reset` ({stacks}: forget all others; each of them follows), `stack` (a StackSummary), `gone` ({name}) and `event` (an Event). A reader that comes back with `Last-Event-ID` gets what it missed.",
  query: noQuery,
  answer: z.string(),
  handle() {
    throw new CapstanError("invalid", "this address answers with a stream of events", {
      hint: "send `Accept: text/event-stream`",
    });
  },
  stream: {
    description: "A stream of events",
    only: true,
    async open({ context, person }, parts) {
      await parts.board.ready();
      const lastId = context.req.header("Last-Event-ID");
      return openOrRefuse(parts.streams, person.id, connectionOf(context), (send) =>
        watch(send, person, lastId, parts),
      );
    },
  },
});

export const streamRoutes = [stream];
