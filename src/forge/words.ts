// The words of a host's refusals, in all the shapes in which hosts send them.
import { z } from "zod";

const refusal = z.object({
  message: z.unknown().optional(),
  error: z.unknown().optional(),
  error_description: z.unknown().optional(),
  errors: z.unknown().optional(),
});

function words(value: unknown, depth: number): readonly string[] {
  if (typeof value === "string") return [value];
  if (typeof value !== "object" || value === null || depth === 0) return [];
  if (Array.isArray(value)) return value.slice(0, 5).flatMap((each) => words(each, depth - 1));
  return Object.entries(value)
    .slice(0, 5)
    .flatMap(([name, each]) => words(each, depth - 1).map((text) => `${name}: ${text}`));
}

/** What a refusal says, in all the shapes in which hosts say it; null when it is none of them. */
export function refusalWords(json: unknown): string | null {
  const parsed = refusal.safeParse(json);
  if (!parsed.success) return null;
  const { message, error, error_description: description, errors } = parsed.data;
  const said = [message, error, description, errors].flatMap((part) => words(part, 3));
  return said.length === 0 ? null : [...new Set(said)].join("; ");
}
