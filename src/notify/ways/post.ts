// One request to the host of a target. Nothing of its address or answer is in an error: both may hold keys.
import { CapstanError } from "../../lib/errors.ts";
import type { ErrorCode } from "../../lib/errors.ts";
import type { HttpClient, HttpRequest } from "../../lib/http.ts";
import { retryAfterMs } from "../../lib/retry-after.ts";

export interface PostDeps {
  readonly http: HttpClient;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

const timeoutMs = 15_000;
const maxBytes = 100_000;

function codeOf(status: number): ErrorCode {
  if (status === 429) return "rate-limited";
  if (status === 401 || status === 403) return "unauthorised";
  if (status === 404 || status === 410) return "not-found";
  return status >= 500 || status === 408 ? "unavailable" : "invalid";
}

const hints: Partial<Record<ErrorCode, string>> = {
  unauthorised: "its key is wrong or was withdrawn",
  "not-found": "its address is wrong, or the webhook was deleted",
  invalid: "it does not accept what Capstan sends to this kind of address",
};

/** Throws `rate-limited` with the time to wait, `unavailable`, `unauthorised`, `not-found` or `invalid`. */
export async function post(
  { http, now }: PostDeps,
  request: Pick<HttpRequest, "method" | "url" | "headers" | "body" | "signal">,
): Promise<void> {
  const { status, headers } = await http.send({ ...request, timeoutMs, maxBytes, cut: true });
  if (status >= 200 && status < 300) return;
  const code = codeOf(status);
  const [hint, after] = [hints[code], retryAfterMs(headers, now())];
  throw new CapstanError(code, `${new URL(request.url).host} answered with status ${status}`, {
    ...(hint === undefined ? {} : { hint }),
    ...(after === null ? {} : { retryAfterMs: after }),
  });
}

export function jsonBody(body: unknown, headers: Readonly<Record<string, string>> = {}) {
  return {
    headers: { "content-type": "application/json", "user-agent": "capstan", ...headers },
    body: JSON.stringify(body),
  };
}
