// What a server's description of its API says of what Capstan sends, read once for each version: it is some 800 KB.
import { contentId } from "../lib/digest.ts";
import { CapstanError, isCapstanError } from "../lib/errors.ts";
import { z } from "zod";
import { anything } from "./answers.ts";
import { apiDescription, apiDifferences } from "./api-description.ts";
import type { Client } from "./client.ts";
import { sentTable } from "./sent-table.ts";

/** Keeps what was found over restarts. May forget at any time. */
export interface DescriptionMemory {
  /** Null: not known. */
  read(key: string): string | null;
  write(key: string, text: string): void;
}

export interface Descriptions {
  /**
   * What a server of this version would not take; null when it does not describe itself. Throws `unavailable` when it
   * does not answer.
   */
  differences(version: string): Promise<readonly string[] | null>;
}

const timeoutMs = 60_000;
const kept = z.array(z.string());

function keptText(text: string | null): readonly string[] | null {
  try {
    return text === null ? null : kept.parse(JSON.parse(text));
  } catch {
    return null;
  }
}

export function createDescriptions(
  client: Pick<Client, "query">,
  memory: DescriptionMemory | null,
): Descriptions {
  const known = new Map<string, readonly string[]>();
  const table = contentId(Buffer.from(JSON.stringify(sentTable))).slice(0, 12);

  async function read(): Promise<readonly string[] | null> {
    const call = { procedure: "settings.getOpenApiDocument", input: null, timeoutMs };
    try {
      const description = apiDescription.safeParse(await client.query(call, anything));
      return description.success ? apiDifferences(sentTable, description.data) : null;
    } catch (error) {
      if (isCapstanError(error) && ["unavailable", "rate-limited"].includes(error.code))
        throw error;
      if (error instanceof CapstanError) return null;
      throw error;
    }
  }

  return {
    async differences(version) {
      const key = `${version} ${table}`;
      const before = known.get(key) ?? keptText(memory?.read(key) ?? null);
      const found = before ?? (await read());
      if (found === null) return null;
      known.set(key, found);
      if (before === null) memory?.write(key, JSON.stringify(found));
      return found;
    },
  };
}
