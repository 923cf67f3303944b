// Server-sent events for whoever listens now: enough for pages under test.

export interface Channel {
  open(first: readonly (readonly [type: string, data: unknown])[]): Response;
  send(type: string, data: unknown): void;
  /** Ends all of them. */
  cut(): void;
  size(): number;
}

export function sseChannel(): Channel {
  const listeners = new Set<ReadableStreamDefaultController<Uint8Array>>();
  const encoder = new TextEncoder();
  const encoded = (type: string, data: unknown): Uint8Array =>
    encoder.encode(`event: ${type}\ndata: ${JSON.stringify(data)}\n\n`);
  return {
    open(first) {
      let mine: ReadableStreamDefaultController<Uint8Array> | null = null;
      const body = new ReadableStream<Uint8Array>({
        start(controller) {
          mine = controller;
          listeners.add(controller);
          controller.enqueue(encoder.encode(": hello\n\n"));
          for (const [type, data] of first) controller.enqueue(encoded(type, data));
        },
        cancel() {
          if (mine !== null) listeners.delete(mine);
        },
      });
      return new Response(body, { headers: { "Content-Type": "text/event-stream" } });
    },
    send(type, data) {
      for (const controller of listeners) controller.enqueue(encoded(type, data));
    },
    cut() {
      for (const controller of listeners) controller.close();
      listeners.clear();
    },
    size: () => listeners.size,
  };
}
