// What goes wrong, as RFC 9457 problem details: which status each error has, and the schema of all of them.
import { z } from "@hono/zod-openapi";
import type { CapstanError, ErrorCode } from "../../lib/errors.ts";
import { problem } from "../problem.ts";

export const problemDetails = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string().describe("One sentence for people."),
    hint: z.string().optional().describe("What to do about it."),
  })
  .openapi("ProblemDetails");

const statuses: Readonly<Record<ErrorCode, number>> = {
  invalid: 400,
  denied: 403,
  "not-found": 404,
  conflict: 409,
  // These three are Dokploy's words to Capstan, never Capstan's to its callers.
  unauthorised: 502,
  forbidden: 502,
  unsupported: 502,
  "rate-limited": 503,
  unavailable: 503,
  uncertain: 503,
  cancelled: 503,
  internal: 500,
};

const descriptions: Readonly<Record<number, string>> = {
  400: "The request has a mistake; the detail names each one",
  401: "A token or a session is needed, or the one that was sent is not known",
  403: "Whoever asks may not do this",
  404: "There is no such thing",
  409: "Its present state does not allow it",
  413: "The body is too large",
  415: "The body is not JSON",
  429: "Too many requests in a short time; Retry-After says when to come back",
  500: "An unexpected error; the log says more",
  502: "Dokploy or the Git host refused",
  503: "Not possible right now; try again later",
};

/** The part of a description in OpenAPI that tells of errors. */
export function errorResponses(statuses: readonly number[]) {
  return Object.fromEntries(
    [...statuses]
      .sort((a, b) => a - b)
      .map((status) => [
        status,
        {
          description: descriptions[status] ?? "Error",
          content: { "application/problem+json": { schema: problemDetails } },
        },
      ]),
  );
}

export function problemOf(error: CapstanError, redact: (text: string) => string): Response {
  const { code, message, hint, retryAfterMs } = error;
  const headers =
    retryAfterMs === undefined ? {} : { "Retry-After": String(Math.ceil(retryAfterMs / 1_000)) };
  const more = hint === undefined ? {} : { hint: redact(hint) };
  return problem(statuses[code], redact(message).replaceAll(/\s+/g, " "), headers, more);
}
