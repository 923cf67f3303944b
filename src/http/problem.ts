// Errors over HTTP as RFC 9457 problem details.
import type { Logger } from "../lib/logger.ts";

export const problemType = "application/problem+json";

const titles: Readonly<Record<number, string>> = {
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  409: "Conflict",
  413: "Content Too Large",
  415: "Unsupported Media Type",
  429: "Too Many Requests",
  500: "Internal Server Error",
  502: "Bad Gateway",
  503: "Service Unavailable",
};

/** So much of an address is repeated to whoever asked for it. */
const longestDetail = 500;

function cut(text: string): string {
  return text.length > longestDetail ? `${text.slice(0, longestDetail - 1)}…` : text;
}

/** `detail` is one sentence for people, without secrets; `more` are members beside the standard's. */
export function problem(
  status: number,
  detail: string,
  headers: Readonly<Record<string, string>> = {},
  more: Readonly<Record<string, string>> = {},
): Response {
  const title = titles[status] ?? "Error";
  return Response.json(
    { type: "about:blank", title, status, detail: cut(detail), ...more },
    { status, headers: { ...headers, "Content-Type": problemType } },
  );
}

/** No page and no endpoint stands at `path`: a client of another API, or of another version, learns it by `code`. */
export function nothingAt(path: string): Response {
  return problem(404, `there is nothing at ${path}`, {}, { code: "no-such-address" });
}

/** Answers what is a bug of ours: the log says what, whoever asked does not hear it. */
export function unexpected(logger: Pick<Logger, "error">): (error: Error) => Response {
  return (error) => {
    logger.error({ error: error.message }, "a request failed unexpectedly");
    return problem(500, "an unexpected error; the log says more");
  };
}
