/**
 * The shape of a procedure: a query or a mutation with a zod schema that strips what it does not
 * know. Definitions lose their input type here, so that one table can hold all of them.
 */
import { z } from "zod";
import { invalidInput } from "./failure.ts";
import type { Call } from "./world.ts";

export interface Procedure {
  kind: "query" | "mutation";
  /** Of its input. */
  schema: z.ZodType;
  /** Numbers in a query string are text; these become numbers before the schema sees them. */
  handle(raw: unknown, call: Call): Promise<unknown>;
}

export type Router = Record<string, Procedure>;

function define<S extends z.ZodType>(
  kind: Procedure["kind"],
  schema: S,
  run: (input: z.output<S>, call: Call) => unknown,
): Procedure {
  return {
    kind,
    schema,
    handle: async (raw, call) => {
      const parsed = schema.safeParse(raw);
      if (!parsed.success) throw invalidInput(parsed.error);
      return run(parsed.data, call);
    },
  };
}

export function query<S extends z.ZodType>(
  schema: S,
  run: (input: z.output<S>, call: Call) => unknown,
): Procedure {
  return define("query", schema, run);
}

export function mutation<S extends z.ZodType>(
  schema: S,
  run: (input: z.output<S>, call: Call) => unknown,
): Procedure {
  return define("mutation", schema, run);
}

/** For procedures without an input: whatever comes is ignored. */
export const nothing = z.unknown();

/** An optional text column: absent leaves it, null clears it. */
export const text = z.string().nullable().optional();
/** Dokploy coerces plain numbers and booleans, so null becomes 0 and false. */
export const coercedNumber = z.coerce.number();
export const coercedBoolean = z.coerce.boolean();
export const id = z.string().min(1);

export const limit = z.coerce.number().min(1).max(100).default(20);
export const offset = z.coerce.number().min(0).default(0);

/** Leaves out keys that were not sent, so that the result can be assigned over a row. */
export function defined<T extends object>(values: T): Partial<T> {
  const entries = Object.entries(values).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as Partial<T>;
}
