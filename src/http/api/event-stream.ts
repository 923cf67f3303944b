// Events as they happen, as server-sent events: first what was missed, then each new one, and a line now
// and then so that nobody in between takes the connection for dead. All of them end with the server.
import type { Clock } from "../../lib/clock.ts";
import type { Feed, FeedEvent, FeedFilter } from "./feed.ts";

export interface EventStreams {
  /** Null when too many are watching already. */
  open(
    filter: FeedFilter,
    limit: number,
    show: (one: FeedEvent) => unknown,
    gone: AbortSignal,
  ): Response | null;
  close(): void;
}

const heartbeatMs = 15_000;
/** Each holds a connection; people and dashboards are fewer. */
const mostStreams = 64;
/** A reader that is further behind is cut off: it comes again and goes on where it stopped. */
const mostUnread = 1_500;
const retryMs = 2_000;

export function createEventStreams(feed: Feed, clock: Clock): EventStreams {
  const open = new Set<() => void>();
  let closed = false;

  return {
    open(filter, limit, show, gone) {
      if (closed || open.size >= mostStreams) return null;
      const encoder = new TextEncoder();
      let end = (): void => undefined;
      const body = new ReadableStream<Uint8Array>(
        {
          start(controller) {
            let cancelHeartbeat = (): void => undefined;
            let unfollow = (): void => undefined;
            end = () => {
              if (!open.delete(end)) return;
              cancelHeartbeat();
              unfollow();
              gone.removeEventListener("abort", end);
              try {
                controller.close();
              } catch {
                // The reader has gone first.
              }
            };
            const send = (text: string): void => {
              if (!open.has(end)) return;
              controller.enqueue(encoder.encode(text));
              if ((controller.desiredSize ?? 0) <= 0) end();
            };
            const tell = (one: FeedEvent): void => {
              send(`id: ${one.id}\ndata: ${JSON.stringify(show(one))}\n\n`);
            };
            const beat = (): void => {
              send(": still here\n\n");
              cancelHeartbeat = clock.after(heartbeatMs, beat);
            };
            open.add(end);
            gone.addEventListener("abort", end);
            send(`retry: ${retryMs}\n\n`);
            for (const one of feed.recent(filter, limit)) tell(one);
            unfollow = feed.follow((one) => {
              if (filter.stack === undefined || one.event.stack === filter.stack) tell(one);
            });
            cancelHeartbeat = clock.after(heartbeatMs, beat);
            if (gone.aborted) end();
            if (open.has(end)) return;
            cancelHeartbeat();
            unfollow();
          },
          cancel() {
            end();
          },
        },
        { highWaterMark: mostUnread },
      );
      return new Response(body, {
        headers: {
          "Content-Type": "text/event-stream; charset=utf-8",
          "Cache-Control": "no-store",
          // A proxy that gathers answers would keep them from whoever waits.
          "X-Accel-Buffering": "no",
        },
      });
    },
    close() {
      closed = true;
      for (const end of [...open]) end();
    },
  };
}
