// Markers of many resources at once, which gather into few requests. Writing the same description again changes
// nothing, so this is the one write that may be repeated; kinds that stand no batch are written one by one.
import { z } from "zod";
import { CapstanError } from "../lib/errors.ts";
import type { ErrorCode } from "../lib/errors.ts";
import type { Platform } from "../ports.ts";
import { anything } from "./answers.ts";
import type { Call } from "./calls.ts";
import type { Client } from "./client.ts";
import { isBatchable } from "./gather.ts";
import { idInput, oneCall } from "./services.ts";

type Description = Parameters<Platform["writeDescriptions"]>[0][number];

/** What libsql's update sets to a default where it is not sent. */
const resetOfLibsql = z.object({ dockerImage: z.string(), enableNamespaces: z.boolean() });

function call({ kind, id, description }: Description): Call {
  const named = kind === "project" ? { projectId: id } : idInput(kind, id);
  return { procedure: `${kind}.update`, input: { ...named, description } };
}

export function createWriteDescriptions(client: Client): Platform["writeDescriptions"] {
  async function write(one: Description): Promise<CapstanError | null> {
    const { procedure, input } = call(one);
    try {
      const { kind, id } = one;
      const kept =
        kind === "libsql" ? await client.query(oneCall({ kind, id }), resetOfLibsql) : {};
      await client.mutate({ procedure, input: { ...input, ...kept } }, anything);
      return null;
    } catch (error) {
      if (error instanceof CapstanError) return error;
      throw error;
    }
  }
  return async (descriptions) => {
    const isTogether = (one: Description): boolean => isBatchable(call(one).procedure);
    const failures = await Promise.all(descriptions.filter(isTogether).map(write));
    for (const one of descriptions) if (!isTogether(one)) failures.push(await write(one));
    const errors = failures.filter((error) => error !== null);
    if (errors.length > 0) throw summary(errors, descriptions.length);
  };
}

/** One error for all: the most doubtful code counts, as it asks for the most care. */
function summary(failures: readonly CapstanError[], all: number): CapstanError {
  const first = failures[0];
  const worst: ErrorCode = failures.some(({ code }) => code === "uncertain")
    ? "uncertain"
    : (first?.code ?? "internal");
  if (first === undefined || (failures.length === 1 && all === 1)) {
    return first ?? new CapstanError("internal", "no failure to sum up");
  }
  return new CapstanError(
    worst,
    `${failures.length} of ${all} descriptions were not written: ${first.message}`,
    first.hint === undefined ? {} : { hint: first.hint },
  );
}
