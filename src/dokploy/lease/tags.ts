// The tag that a lease is, as Dokploy's procedures: each one request, sent once.
import { z } from "zod";
import { isCapstanError, toCapstanError } from "../../lib/errors.ts";
import type { Call } from "../calls.ts";
import type { Client } from "../client.ts";
import type { Answer, Row } from "./machine.ts";

export interface LeaseTags {
  /** The tag of that name. Throws as any read does. */
  read(): Promise<Row | null>;
  /** What `read` asks, and its answer, for a batch of others. */
  readonly call: Call;
  find(answer: unknown): Row | null;
  create(text: string): Promise<{ readonly kind: Answer; readonly row: Row | null }>;
  update(tagId: string, text: string): Promise<Answer>;
  remove(tagId: string): Promise<Answer>;
}

const tag = z.object({ tagId: z.string(), name: z.string(), color: z.string().nullable() });
const anything = z.unknown();
/** They are small, and a lease cannot wait. */
const timeoutMs = 8_000;

/** What a failed write of a tag means for the lease. Throws when the process itself stopped it. */
function answerOf(error: unknown, refused: Answer): Answer {
  const { code } = toCapstanError(error);
  switch (code) {
    case "not-found":
      return "gone";
    case "forbidden":
    case "unsupported":
      return "forbidden";
    case "invalid":
    case "conflict":
      return refused;
    case "unauthorised":
    case "rate-limited":
    case "uncertain":
    case "unavailable":
      return "lost";
    case "denied":
    case "cancelled":
    case "internal":
      throw error;
  }
}

/** Whether the key may not even see tags, or the server knows none. */
export function hidesTags(error: unknown): boolean {
  return isCapstanError(error, "forbidden") || isCapstanError(error, "unsupported");
}

export function createLeaseTags(client: Client, name: string): LeaseTags {
  const call: Call = { procedure: "tag.all", input: null };

  function find(answer: unknown): Row | null {
    const found = z
      .array(tag)
      .parse(answer)
      .find((one) => one.name === name);
    return found === undefined ? null : { tagId: found.tagId, text: found.color ?? "" };
  }
  const write = (procedure: string, input: Readonly<Record<string, string>>): Call => ({
    ...{ procedure, input, timeoutMs },
    isOfLease: true,
  });

  return {
    call,
    find,
    read: async () =>
      find(await client.query({ ...call, timeoutMs, isOfLease: true }, z.array(z.unknown()))),
    async create(text) {
      try {
        const made = await client.mutate(write("tag.create", { name, color: text }), tag);
        return { kind: "done", row: { tagId: made.tagId, text } };
      } catch (error) {
        return { kind: answerOf(error, "exists"), row: null };
      }
    },
    async update(tagId, text) {
      try {
        const call = write("tag.update", { tagId, name, color: text });
        // Dokploy looks whether the tag is there and then updates it: one that is removed in between is a 200 without
        // a row, and nothing was written.
        return (await client.mutate(call, tag.nullish())) ? "done" : "gone";
      } catch (error) {
        return answerOf(error, "lost");
      }
    },
    async remove(tagId) {
      try {
        await client.mutate(write("tag.remove", { tagId }), anything);
        return "done";
      } catch (error) {
        return answerOf(error, "lost");
      }
    },
  };
}
