// Markers of many resources in one request. Writing the same description again changes nothing, so this
// is the one write that may be repeated; projects and applications go in batches, other kinds one by one.
import { CapstanError } from "../lib/errors.ts";
import type { ErrorCode } from "../lib/errors.ts";
import type { Platform } from "../ports.ts";
import { anything } from "./answers.ts";
import type { Call } from "./calls.ts";
import type { Client } from "./client.ts";
import { idInput, takesBatches } from "./services.ts";

type Description = Parameters<Platform["writeDescriptions"]>[0][number];
const perRequest = 50;

function call({ kind, id, description }: Description): Call {
  // Its update fills in defaults for what is not sent, and would so replace the image of the database.
  if (kind === "libsql") {
    throw new CapstanError(
      "unsupported",
      "Dokploy resets a libsql database when its description is written",
      {
        hint: "leave libsql databases out of Capstan's stacks",
      },
    );
  }
  const named = kind === "project" ? { projectId: id } : idInput(kind, id);
  return { procedure: `${kind}.update`, input: { ...named, description } };
}

export function createWriteDescriptions(client: Client): Platform["writeDescriptions"] {
  return async (descriptions) => {
    const failures: CapstanError[] = [];
    const isBatched = ({ kind }: Description): boolean => kind === "project" || takesBatches(kind);
    const inBatches = descriptions.filter(isBatched).map(call);
    const others = descriptions.filter((one) => !isBatched(one)).map(call);
    for (let at = 0; at < inBatches.length; at += perRequest) {
      const readings = await client.writeAll(inBatches.slice(at, at + perRequest));
      for (const reading of readings) if (!reading.ok) failures.push(reading.error);
    }
    for (const other of others) {
      try {
        await client.mutate(other, anything);
      } catch (error) {
        if (!(error instanceof CapstanError)) throw error;
        failures.push(error);
      }
    }
    if (failures.length > 0) throw summary(failures, descriptions.length);
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
