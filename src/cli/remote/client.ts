// Talks to the API of a running controller: requests with the token, answers as JSON, and failures as one
// line with what to do about it.
import { CapstanError, describeError, isCapstanError } from "../../lib/errors.ts";
import { httpClient, openStream } from "../../lib/http.ts";
import type { CommandContext, RemoteSettings } from "../context.ts";
import { readProblem } from "../../lib/problem-details.ts";
import type { AskApi } from "../../ports-api.ts";
import { createSseReader } from "./sse.ts";
import type { SseMessage } from "./sse.ts";

export interface Remote {
  readonly url: string;
  /** Paths are below `/api/v1`. Throws with a hint for whatever is not an answer. */
  get(path: string): Promise<unknown>;
  post(path: string, body: object): Promise<unknown>;
  /** Paths are below `/api`. Throws likewise. */
  readonly ask: AskApi;
  /**
   * Messages of a stream until it ends; throws `unavailable` when it breaks, `cancelled` on `signal`. `opened`
   * is called when it is open: nothing that happens from then on is missed.
   */
  follow(
    path: string,
    lastId: string | null,
    signal: AbortSignal,
    opened: () => Promise<void> | void,
  ): AsyncIterable<SseMessage>;
}

/** A plan or a log may take Dokploy a while. */
const timeoutMs = 120_000;
const maxBytes = 64 * 1024 * 1024;
/** The server says something every 15 s: after three times that nobody is there. */
const silentForMs = 45_000;

function notCapstan(url: string): CapstanError {
  return new CapstanError(
    "unsupported",
    `${url} does not answer as a Capstan controller with this API`,
    {
      hint: "CAPSTAN_URL is the address of `capstan run`, such as http://127.0.0.1:3000",
    },
  );
}

/** What stands before a controller says so while there is none behind it. */
const gatewayStatuses: ReadonlySet<number> = new Set([502, 503, 504]);

/** What an answer that is not a Capstan's means. */
function strange(url: string, status: number, headers: Headers): CapstanError {
  if (gatewayStatuses.has(status)) {
    return new CapstanError("unavailable", `no controller answers behind ${url} (${status})`, {
      hint: "check whether `capstan run` is up there",
    });
  }
  const location = headers.get("location");
  const elsewhere = location === null ? null : URL.parse(location, url);
  if (status < 300 || status > 399 || elsewhere === null) return notCapstan(url);
  const message = `${url} leads to ${elsewhere.origin} instead of answering`;
  return new CapstanError("unsupported", message, {
    hint: "set CAPSTAN_URL to that address, if it is the controller's",
  });
}

/** What an answer that is no success means to whoever runs a command. */
function refusal(
  { url, token }: RemoteSettings,
  status: number,
  headers: Headers,
  text: string,
): CapstanError {
  const problem = readProblem(headers.get("content-type") ?? "", text);
  if (problem === null) return strange(url, status, headers);
  if (problem.code === "no-such-address") return notCapstan(url);
  const { detail, hint } = problem;
  if (status === 401) {
    return token === null
      ? new CapstanError("unauthorised", `${url} wants a token`, {
          hint: "set CAPSTAN_TOKEN to one of those that `capstan token` made for its API_TOKENS",
        })
      : new CapstanError("unauthorised", `${url} does not know the token in CAPSTAN_TOKEN`, {
          hint: "copy it again, or have a new one made with `capstan token NAME`",
        });
  }
  const code = status === 403 ? "forbidden" : status === 404 ? "not-found" : "invalid";
  return new CapstanError(status >= 500 ? "unavailable" : code, detail, {
    ...(hint === null ? {} : { hint }),
  });
}

function notReached(error: unknown): unknown {
  if (!isCapstanError(error) || error.kind !== "no-connection") return error;
  return new CapstanError("unavailable", `no controller answers: ${error.message}`, {
    hint: "start one with `capstan run`, or set CAPSTAN_URL to where it is",
    cause: error,
  });
}

export function createRemote(context: Pick<CommandContext, "remoteSettings" | "clock">): Remote {
  const settings = context.remoteSettings();
  const { url, token } = settings;
  const authorization: Readonly<Record<string, string>> =
    token === null ? {} : { Authorization: `Bearer ${token}` };

  async function send(
    method: "GET" | "POST" | "DELETE",
    path: string,
    body?: string,
  ): Promise<unknown> {
    const answer = await httpClient
      .send({
        method,
        url: `${url}/api${path}`,
        headers: {
          ...authorization,
          Accept: "application/json",
          ...(body === undefined ? {} : { "Content-Type": "application/json" }),
        },
        timeoutMs,
        maxBytes,
        ...(body === undefined ? {} : { body }),
      })
      .catch((error: unknown) => {
        throw notReached(error);
      });
    const type = answer.headers.get("content-type") ?? "";
    if (answer.status < 200 || answer.status > 299) {
      throw refusal(settings, answer.status, answer.headers, answer.text);
    }
    if (!type.startsWith("application/json")) throw notCapstan(url);
    try {
      return JSON.parse(answer.text) as unknown;
    } catch {
      throw notCapstan(url);
    }
  }

  return {
    url,
    get: (path) => send("GET", `/v1${path}`),
    post: (path, body) => send("POST", `/v1${path}`, JSON.stringify(body)),
    ask: ({ method, path, body }) =>
      send(method, path, body === undefined ? undefined : JSON.stringify(body)),
    async *follow(path, lastId, signal, opened) {
      const silence = new AbortController();
      let cancelTimer = (): void => undefined;
      const heard = (): void => {
        cancelTimer();
        cancelTimer = context.clock.after(silentForMs, () => {
          silence.abort();
        });
      };
      try {
        const stream = await openStream({
          url: `${url}/api/v1${path}`,
          headers: {
            ...authorization,
            Accept: "text/event-stream",
            ...(lastId === null ? {} : { "Last-Event-ID": lastId }),
          },
          timeoutMs,
          signal: AbortSignal.any([signal, silence.signal]),
        });
        const type = stream.headers.get("content-type") ?? "";
        if (stream.status !== 200) {
          let text = "";
          for await (const chunk of stream.chunks) if (text.length < 10_000) text += chunk;
          throw refusal(settings, stream.status, stream.headers, text);
        }
        if (!type.startsWith("text/event-stream")) throw notCapstan(url);
        await opened();
        const read = createSseReader();
        heard();
        for await (const chunk of stream.chunks) {
          heard();
          yield* read(chunk);
        }
      } catch (error) {
        if (signal.aborted) throw new CapstanError("cancelled", "the request was cancelled");
        if (silence.signal.aborted) {
          const message = `the controller at ${url} stopped responding`;
          throw new CapstanError("unavailable", message);
        }
        throw notReached(error);
      } finally {
        cancelTimer();
      }
    },
  };
}

/** One line for people who wait. */
export function lostLine(error: unknown): string {
  return `${describeError(error)}; trying again\n`;
}
