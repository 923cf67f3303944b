// Whether Loki would take lines: a push without any, which it understands and refuses. It writes nothing.
import { CapstanError } from "../lib/errors.ts";
import type { HttpClient } from "../lib/http.ts";
import { pushHeaders, pushUrl } from "./requests.ts";
import type { LokiAddress } from "./requests.ts";

const timeoutMs = 10_000;
const maxBytes = 64 * 1024;

/** Resolves when it would. Throws `unavailable`, `unauthorised` or `not-found`, with what to do. */
export async function probeLoki(address: LokiAddress, http: HttpClient): Promise<void> {
  const { status } = await http.send({
    method: "POST",
    url: pushUrl(address),
    headers: pushHeaders(address),
    body: '{"streams":[]}',
    timeoutMs,
    maxBytes,
    cut: true,
  });
  // 422 says that the push has no streams: everything before that was right.
  if (status === 422 || (status >= 200 && status < 300)) return;
  if (status === 401 || status === 403) {
    throw new CapstanError("unauthorised", `${address.url} refuses the login (${status})`, {
      hint: "check LOKI_USERNAME, LOKI_PASSWORD and LOKI_TENANT",
    });
  }
  if (status === 404) {
    throw new CapstanError("not-found", `there is no Loki at ${address.url} (404)`, {
      hint: "set LOKI_URL to the address below which /loki/api/v1/push is",
    });
  }
  throw new CapstanError("unavailable", `${address.url} answers ${status}`, {
    hint: "check whether Loki is running and ready, and what lies between",
  });
}
