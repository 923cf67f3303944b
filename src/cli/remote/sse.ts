// Server-sent events out of chunks of text, as far as Capstan writes them: an id and one line of data.
import { CapstanError } from "../../lib/errors.ts";

export interface SseMessage {
  readonly id: string | null;
  readonly data: string;
}

const longestMessage = 1024 * 1024;

/** Gives the messages that a chunk completes; what is not whole yet is kept for the next one. */
export function createSseReader(): (chunk: string) => readonly SseMessage[] {
  let rest = "";
  return (chunk) => {
    const blocks = `${rest}${chunk}`.replaceAll("\r\n", "\n").split("\n\n");
    rest = blocks.pop() ?? "";
    if (rest.length > longestMessage) {
      throw new CapstanError("invalid", "the controller sent an event that is too large");
    }
    return blocks.flatMap((block) => {
      let id: string | null = null;
      const data: string[] = [];
      for (const line of block.split("\n")) {
        const [, field, value = ""] = /^(id|data):(?: ?(.*))$/.exec(line) ?? [];
        if (field === "id") id = value;
        if (field === "data") data.push(value);
      }
      return data.length === 0 ? [] : [{ id, data: data.join("\n") }];
    });
  };
}
