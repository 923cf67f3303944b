// What a running controller tells at `/api/v1/events`, as it happens.
import { apiToken } from "./replicas.ts";
import type { Replica } from "./replicas.ts";

export interface ToldEvent {
  readonly id: string;
  readonly kind: string;
  readonly message: string;
}

export async function watchEvents(
  one: Replica,
): Promise<{ readonly messages: readonly ToldEvent[]; readonly leave: () => void }> {
  const messages: ToldEvent[] = [];
  const abort = new AbortController();
  const answer = await fetch(`${await one.address()}/api/v1/events`, {
    headers: { authorization: `Bearer ${apiToken}`, accept: "text/event-stream" },
    signal: abort.signal,
  });
  async function read(): Promise<void> {
    const decoder = new TextDecoder();
    let text = "";
    for await (const chunk of answer.body as unknown as AsyncIterable<Uint8Array>) {
      const parts = (text + decoder.decode(chunk, { stream: true })).split("\n\n");
      text = parts.pop() ?? "";
      for (const part of parts) {
        const [, data] = /^data: (.*)$/m.exec(part) ?? [];
        if (data !== undefined) messages.push(JSON.parse(data) as ToldEvent);
      }
    }
  }
  // It ends with the controller, or when nobody listens any more.
  void read().catch(() => undefined);
  return {
    messages,
    leave: () => {
      abort.abort();
    },
  };
}
