// Reads server-sent events as a browser does.

export interface Message {
  readonly id: string | null;
  readonly event: string;
  // Tests look into it as they like.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  readonly data: any;
}

function parsed(block: string): Message | null {
  const fields = new Map<string, string>();
  for (const line of block.split("\n")) {
    const colon = line.indexOf(":");
    if (colon > 0) fields.set(line.slice(0, colon), line.slice(colon + 1).trimStart());
  }
  const data = fields.get("data");
  if (data === undefined) return null;
  return {
    id: fields.get("id") ?? null,
    event: fields.get("event") ?? "message",
    data: JSON.parse(data),
  };
}

export interface Watching {
  /** All that came so far. */
  readonly messages: readonly Message[];
  /** Reads on until one fits, or the stream ends: then null. */
  next(fits: (message: Message) => boolean): Promise<Message | null>;
  leave(): Promise<void>;
}

export function watching(answer: Response): Watching {
  const reader = answer.body!.pipeThrough(new TextDecoderStream()).getReader();
  const messages: Message[] = [];
  let text = "";
  let looked = 0;
  return {
    messages,
    async next(fits) {
      for (;;) {
        while (looked < messages.length) {
          const message = messages[looked++]!;
          if (fits(message)) return message;
        }
        const { value, done } = await reader.read();
        if (done) return null;
        text += value;
        const blocks = text.split("\n\n");
        text = blocks.pop() ?? "";
        messages.push(...blocks.flatMap((block) => parsed(block) ?? []));
      }
    },
    leave: () => reader.cancel(),
  };
}
