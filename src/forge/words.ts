// The words of a host's answers and of what is sent to it: refusals as one short line, texts cut to length.
import { z } from "zod";
import type { Redactor } from "../lib/redact.ts";

const longestLine = 300;

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

/** One line for people: no secrets, no control characters, not long. */
export function shortLine(text: string, redactor: Redactor): string {
  const line = redactor
    .redact(text)
    .replaceAll(/[\u0000-\u001f\u007f\u2028\u2029]+/g, " ")
    .trim();
  return cutText(line, longestLine);
}

/** At most `most` characters, counted as people do (code points), an ellipsis in place of the rest. */
export function cutText(text: string, most: number): string {
  // Anything longer than twice that is too long whatever it is made of.
  const points = Array.from(text.slice(0, most * 2 + 2));
  return points.length <= most ? text : `${points.slice(0, most - 1).join("")}…`;
}
