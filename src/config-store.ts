// Where the store is.
import { z } from "zod";
import { toCapstanError } from "./lib/errors.ts";
import { parseDatabaseUrl } from "./store/postgres/address.ts";
import type { DatabaseAddress } from "./store/postgres/address.ts";

export interface StoreSettings {
  /** Where several controllers have their store in common; null: each has a file in its STATE_DIR. */
  readonly database: DatabaseAddress | null;
}

/** Rows of the table of variables. */
export const storeVariables = {
  DATABASE_URL: z
    .string()
    .transform((value, context) => {
      try {
        return parseDatabaseUrl(value.trim());
      } catch (error) {
        const { hint } = toCapstanError(error);
        context.addIssue({ code: "custom", message: `cannot be used; ${hint ?? "set it again"}` });
        return z.NEVER;
      }
    })
    .optional(),
};

export function storeSettings(value: {
  readonly DATABASE_URL?: DatabaseAddress | undefined;
}): StoreSettings {
  return { database: value.DATABASE_URL ?? null };
}
