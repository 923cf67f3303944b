// Reads the problem details (RFC 9457) that a Capstan answers with.
import { z } from "zod";

const problemSchema = z.object({
  detail: z.string(),
  hint: z.string().nullable().default(null).catch(null),
  /** What exactly happened, where programs must know it. */
  code: z.string().nullable().default(null).catch(null),
});
export type ProblemDetails = z.infer<typeof problemSchema>;

/** Null for an answer that is not one of a Capstan. `type`: its Content-Type. */
export function readProblem(type: string, text: string): ProblemDetails | null {
  if (!type.startsWith("application/problem+json")) return null;
  try {
    const { success, data } = problemSchema.safeParse(JSON.parse(text));
    return success ? data : null;
  } catch {
    return null;
  }
}
