// Server-sent events for those who watch: bounded in number, for all and for each person, with a line now
// and then so that nothing in between takes the connection for dead. A reader that falls too far behind
// is cut off: it comes back and goes on where it stopped. A stream ends soon after its reader may not watch any
// more, and all streams end with the server.
import type { Clock } from "../../lib/clock.ts";
import { CapstanError } from "../../lib/errors.ts";
import type { RequestContext } from "../request-context.ts";

export interface SseMessage {
  /** For `Last-Event-ID`. */
  readonly id?: string;
  /** `message` when absent. */
  readonly event?: string;
  /** As JSON. */
  readonly data: unknown;
}

/** Texts were made by `sseText`, once for all who watch. */
export type Send = (...messages: readonly (SseMessage | string)[]) => void;

/** Sends what there is to say at once, and returns how its following ends; `end` closes the stream. */
export type Begin = (send: Send, end: () => void) => () => void;

/** The one who watches, at the other end. */
export interface Connection {
  /** Aborts when the other end leaves. */
  readonly gone: AbortSignal;
  /** Ends it at once, whatever was not read yet. */
  readonly cut: () => void;
  /** Its address, as far as it counts as one client. */
  readonly client: string;
  /** Whether the one who watches still may. */
  readonly mayStay: () => Promise<boolean>;
}

/** Of a request; without a socket under it there is nothing to cut. */
export function connectionOf(context: RequestContext): Connection {
  const { req } = context;
  const env = context.env as { readonly outgoing?: { destroy(): void } } | undefined;
  const mayStay = context.get("mayStay");
  if (mayStay === undefined) throw new Error("nothing says who may watch");
  const client = context.get("client") ?? "unknown";
  return { gone: req.raw.signal, cut: () => env?.outgoing?.destroy(), client, mayStay };
}

export interface SseStreams {
  /** Null when too many are watching already, or the server ends. */
  open(who: string, connection: Connection, begin: Begin): Response | null;
  /** How many are open. */
  size(): number;
  close(): void;
}

export interface SseLimits {
  readonly most: number;
  readonly mostOfOne: number;
  /** What is sent and not read yet, beyond twice what a stream began with. */
  readonly mostUnreadBytes: number;
}

export const sseLimits: SseLimits = {
  most: 1_024,
  // Each holds a connection; a person has a few windows, a dashboard's token some screens.
  mostOfOne: 64,
  mostUnreadBytes: 1024 * 1024,
};

const heartbeatMs = 15_000;
const retryMs = 2_000;

export function sseText({ id, event, data }: SseMessage): string {
  const head = `${id === undefined ? "" : `id: ${id}\n`}${event === undefined ? "" : `event: ${event}\n`}`;
  return `${head}data: ${JSON.stringify(data)}\n\n`;
}

export function createSseStreams(clock: Clock, limits: SseLimits = sseLimits): SseStreams {
  const open = new Map<() => void, string>();
  let closed = false;

  function isFull(who: string): boolean {
    if (closed || open.size >= limits.most) return true;
    return [...open.values()].filter((other) => other === who).length >= limits.mostOfOne;
  }

  function stream(
    who: string,
    { gone, cut, mayStay }: Connection,
    begin: Begin,
  ): ReadableStream<Uint8Array> {
    const encoder = new TextEncoder();
    let end = (): void => undefined;
    return new ReadableStream<Uint8Array>(
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
          // A list of many stacks is large, and its reader is no slower for that.
          let allowed = Infinity;
          let begun = 0;
          const write = (text: string): void => {
            if (!open.has(end)) return;
            const bytes = encoder.encode(text);
            controller.enqueue(bytes);
            if (allowed === Infinity) begun += bytes.length;
            else if (-(controller.desiredSize ?? 0) > allowed) {
              end();
              // What is not read yet would stay in memory as long as the reader likes.
              cut();
            }
          };
          const beat = async (): Promise<void> => {
            if (!(await mayStay().catch(() => false))) {
              end();
              return;
            }
            write(": still here\n\n");
            if (open.has(end)) cancelHeartbeat = clock.after(heartbeatMs, () => void beat());
          };
          open.set(end, who);
          gone.addEventListener("abort", end);
          write(`retry: ${retryMs}\n\n`);
          try {
            unfollow = begin((...messages) => {
              const texts = messages.map((one) => (typeof one === "string" ? one : sseText(one)));
              if (texts.length > 0) write(texts.join(""));
            }, end);
          } catch (error) {
            end();
            throw error;
          }
          allowed = limits.mostUnreadBytes + 2 * begun;
          cancelHeartbeat = clock.after(heartbeatMs, () => void beat());
          if (gone.aborted) end();
          if (open.has(end)) return;
          cancelHeartbeat();
          unfollow();
        },
        cancel() {
          end();
        },
      },
      new ByteLengthQueuingStrategy({ highWaterMark: 0 }),
    );
  }

  return {
    open(who, connection, begin) {
      if (isFull(who)) return null;
      return new Response(stream(who, connection, begin), {
        headers: {
          "Content-Type": "text/event-stream; charset=utf-8",
          "Cache-Control": "no-store",
          // A proxy that gathers answers would keep them from their reader.
          "X-Accel-Buffering": "no",
        },
      });
    },
    size: () => open.size,
    close() {
      closed = true;
      for (const end of [...open.keys()]) end();
    },
  };
}

/** Throws `rate-limited` instead of answering null. */
export function openOrRefuse(streams: SseStreams, ...asked: Parameters<SseStreams["open"]>) {
  const stream = streams.open(...asked);
  if (stream !== null) return stream;
  throw new CapstanError("rate-limited", "too many are watching already", {
    hint: "close one of them, or ask without `Accept: text/event-stream`",
    retryAfterMs: 30_000,
  });
}
