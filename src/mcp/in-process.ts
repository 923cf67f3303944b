// Asks the API in the same process, as whoever sent a request to /mcp: the API judges that person as it would
// judge a request of its own.
import { CapstanError } from "../lib/errors.ts";
import type { ErrorCode } from "../lib/errors.ts";
import { readProblem } from "../lib/problem-details.ts";
import type { AskApi } from "../ports-api.ts";

/** What says who asks; the API is never asked as a browser, which has cookies. */
const passedOn = (name: string): boolean =>
  ["authorization", "host", "origin", "forwarded", "x-real-ip", "via"].includes(name) ||
  name.startsWith("x-forwarded-") ||
  name.startsWith("sec-fetch-");

const codes: Readonly<Record<number, ErrorCode>> = {
  400: "invalid",
  401: "unauthorised",
  403: "denied",
  404: "not-found",
  409: "conflict",
};

async function refusal(answer: Response): Promise<CapstanError> {
  const { status, headers } = answer;
  const problem = readProblem(headers.get("content-type") ?? "", await answer.text());
  const code = codes[status] ?? (status >= 500 ? "unavailable" : "invalid");
  const hint = problem?.hint ?? null;
  return new CapstanError(
    code,
    problem?.detail ?? `the API answered ${status}`,
    hint === null ? {} : { hint },
  );
}

/** `sender`: the request that says who asks. */
export function askInProcess(
  fetchApi: (request: Request) => Promise<Response> | Response,
  sender: Pick<Request, "url" | "headers">,
): AskApi {
  const headers = [...sender.headers].filter(([name]) => passedOn(name));
  return async ({ method, path, body }) => {
    const answer = await fetchApi(
      new Request(new URL(`/api${path}`, sender.url), {
        method,
        headers: [
          ...headers,
          ["Accept", "application/json"],
          ...(body === undefined ? [] : [["Content-Type", "application/json"] as const]),
        ] as [string, string][],
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }),
    );
    if (!answer.ok) throw await refusal(answer);
    return answer.json() as Promise<unknown>;
  };
}
