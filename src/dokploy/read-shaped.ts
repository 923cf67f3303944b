// One answer of several that were asked for in one request, in the shape that Capstan reads.
import type { z } from "zod";
import { CapstanError } from "../lib/errors.ts";
import { take } from "./client.ts";
import type { Asked } from "./errors.ts";
import { shaped } from "./reading.ts";
import type { Reading } from "./reading.ts";

export const readAs = (procedure: string): Asked => ({ procedure, isWrite: false, via: "trpc" });

/** The value of a reading in its shape, or its error. */
export function readShaped<S extends z.ZodType>(
  readings: readonly Reading<unknown>[],
  index: number,
  schema: S,
  procedure: string,
): z.output<S> {
  const reading = readings[index];
  if (reading === undefined) {
    throw new CapstanError("internal", `${procedure}: no answer at ${index}`);
  }
  return shaped(schema, take(reading), readAs(procedure));
}
