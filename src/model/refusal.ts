// A value that a schema's pattern cannot judge well enough: a check that says why not, and what to write
// instead, as a step of a schema.
import type { z } from "zod";

export interface Refusal {
  /** Goes on after the field's name. */
  readonly message: string;
  readonly hint: string;
}

const longest = 300;

/** Refusals show what was written, which may be of any length. */
function bounded(text: string): string {
  return text.length > longest ? `${text.slice(0, longest - 1)}…` : text;
}

/** A text that `refuse` has nothing to say against; the hint travels in the issue's `params`. */
export function refusing(
  schema: z.ZodString,
  refuse: (text: string) => Refusal | null,
): z.ZodString {
  return schema.superRefine((text, context) => {
    const refusal = text === "" ? null : refuse(text);
    if (refusal === null) return;
    const message = bounded(refusal.message);
    context.addIssue({ code: "custom", message, params: { hint: bounded(refusal.hint) } });
  });
}

/** The hint of an issue that `refusing` made. */
export function refusalHint(params: Readonly<Record<string, unknown>> | undefined): string | null {
  return typeof params?.hint === "string" ? params.hint : null;
}
