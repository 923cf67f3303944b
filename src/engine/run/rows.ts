// A decision as a table: rows are asked in order, and the first that has something to say ends it.
import type { Outcome } from "../../model/status.ts";

export interface Row<Context, Name extends string = string> {
  readonly name: Name;
  /** Null: nothing to say, the next row is asked. */
  readonly outcome: (context: Context) => Outcome | null | Promise<Outcome | null>;
}

/** The first row that has an outcome, with it; null when none has. Throws what a row throws. */
export async function firstOf<Context, Found extends Row<Context>>(
  rows: readonly Found[],
  context: Context,
): Promise<{ readonly row: Found; readonly outcome: Outcome } | null> {
  for (const row of rows) {
    const outcome = await row.outcome(context);
    if (outcome !== null) return { row, outcome };
  }
  return null;
}
