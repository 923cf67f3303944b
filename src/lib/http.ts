// The only caller of fetch: a time-out for headers and body together, a cap on the body's size, and
// failures as CapstanError. It neither retries nor reads meaning into statuses: adapters do.
import { CapstanError } from "./errors.ts";

export interface HttpRequest {
  readonly method: "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array<ArrayBuffer>;
  readonly timeoutMs: number;
  /** A longer body fails the exchange, unless `cut` is set. */
  readonly maxBytes: number;
  /**
   * Cuts a longer body at maxBytes instead. For callers that decide by the status and read the body only for
   * its words: a long error page must not hide the status.
   */
  readonly cut?: boolean;
  readonly signal?: AbortSignal;
}

export interface HttpResponse {
  readonly status: number;
  readonly headers: Headers;
  /** With `cut`, perhaps only its beginning. */
  readonly text: string;
}

export interface HttpClient {
  /**
   * One exchange; any status is an answer. Throws `unavailable` when there is none (refused, reset, timed out,
   * body larger than `maxBytes` without `cut`), `cancelled` when `signal` aborted. Redirects are answers, never followed.
   */
  send(request: HttpRequest): Promise<HttpResponse>;
}

async function readBounded(
  response: Response,
  { maxBytes, cut = false }: Pick<HttpRequest, "maxBytes" | "cut">,
): Promise<string> {
  if (response.body === null) return "";
  const chunks: Uint8Array[] = [];
  let size = 0;
  // Leaving the loop closes the connection, so the rest is not transferred.
  for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
    size += chunk.byteLength;
    if (size > maxBytes && !cut) {
      throw new CapstanError("unavailable", `the answer is larger than ${maxBytes} bytes`);
    }
    chunks.push(chunk);
    if (size > maxBytes) break;
  }
  const isCut = size > maxBytes;
  // A stream's decoder leaves out the character that the cut went through.
  return new TextDecoder().decode(Buffer.concat(chunks).subarray(0, maxBytes), { stream: isCut });
}

/** What OpenSSL means by `40AD…:error:0A00010B:SSL routines:some_function:wrong version number:file.c:77:`. */
const opensslWords = /\berror:[0-9A-F]+:([^:]*):[^:]*:([^:]+):/i;

/** One line: the deepest cause says what happened; fetch's own message says only `fetch failed`. */
function reason(error: unknown): string {
  let current: unknown = error;
  while (current instanceof Error && current.cause instanceof Error) current = current.cause;
  if (!(current instanceof Error)) return String(current);
  const code = (current as NodeJS.ErrnoException).code;
  const openssl = opensslWords.exec(current.message);
  if (openssl !== null) return `${openssl[2] ?? ""} (${openssl[1] ?? ""})`;
  const line = current.message.trim().split(/[\r\n]/, 1)[0] ?? "";
  return line === "" ? (code ?? current.name) : line;
}

/** A connection that stays open; `chunks` ends with it, or throws `unavailable` when it breaks. */
export interface HttpStream {
  readonly status: number;
  readonly headers: Headers;
  readonly chunks: AsyncIterable<string>;
}

/**
 * Opens what is read for as long as it goes on; `timeoutMs` is for the headers alone. Throws like `send`;
 * when `signal` aborts, `cancelled`.
 */
export async function openStream(request: {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}): Promise<HttpStream> {
  const { url, headers, timeoutMs, signal } = request;
  const late = new AbortController();
  const timer = setTimeout(() => {
    late.abort();
  }, timeoutMs);
  const { origin } = new URL(url);
  const broken = (error: unknown): CapstanError => {
    if (signal.aborted) return new CapstanError("cancelled", "the request was cancelled");
    const what = late.signal.aborted
      ? `${origin} did not answer within ${timeoutMs} ms`
      : `${origin} cannot be reached: ${reason(error)}`;
    return new CapstanError("unavailable", what, { kind: "no-connection", cause: error });
  };
  try {
    const response = await fetch(url, {
      redirect: "manual",
      headers,
      signal: AbortSignal.any([signal, late.signal]),
    });
    const body = response.body as AsyncIterable<Uint8Array> | null;
    const chunks = async function* (): AsyncGenerator<string> {
      const decoder = new TextDecoder();
      try {
        for await (const chunk of body ?? []) yield decoder.decode(chunk, { stream: true });
      } catch (error) {
        throw broken(error);
      }
    };
    return { status: response.status, headers: response.headers, chunks: chunks() };
  } catch (error) {
    throw broken(error);
  } finally {
    clearTimeout(timer);
  }
}

/** What a library asks for that brings its own protocol and wants a fetch. */
export interface FetchInit {
  readonly method: string;
  readonly headers: Record<string, string>;
  readonly body?: unknown;
  readonly signal?: AbortSignal;
}

/**
 * A fetch for such a library, with the same bounds and errors as `send`: the whole answer is read before it is
 * handed over, and redirects are answers.
 */
export function boundedFetch(limits: {
  readonly timeoutMs: number;
  readonly maxBytes: number;
}): (url: string, init: FetchInit) => Promise<Response> {
  return async (url, { method, headers, body, signal }) => {
    if (!isMethod(method)) throw new CapstanError("internal", `a request with ${method}`);
    const isText = typeof body === "string" || body instanceof URLSearchParams;
    if (!isText && body !== undefined && body !== null) {
      throw new CapstanError("internal", "a request with a body that is no text");
    }
    const answer = await httpClient.send({
      method,
      url,
      headers,
      ...limits,
      ...(isText ? { body: String(body) } : {}),
      ...(signal === undefined ? {} : { signal }),
    });
    const isEmpty = [204, 205, 304].includes(answer.status);
    const { status, text } = answer;
    return new Response(isEmpty ? null : text, { status, headers: plain(answer.headers) });
  };
}

function isMethod(method: string): method is HttpRequest["method"] {
  return ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"].includes(method);
}

/** Those that describe the bytes on the wire no longer hold for the text. */
function plain(headers: Headers): Headers {
  const kept = new Headers(headers);
  for (const name of ["content-encoding", "content-length", "transfer-encoding"]) {
    kept.delete(name);
  }
  return kept;
}

export const httpClient: HttpClient = {
  async send(request) {
    const timeout = AbortSignal.timeout(request.timeoutMs);
    const signal =
      request.signal === undefined ? timeout : AbortSignal.any([timeout, request.signal]);
    try {
      const response = await fetch(request.url, {
        method: request.method,
        redirect: "manual",
        signal,
        ...(request.headers === undefined ? {} : { headers: request.headers }),
        ...(request.body === undefined ? {} : { body: request.body }),
      });
      const text = await readBounded(response, request);
      return { status: response.status, headers: response.headers, text };
    } catch (error) {
      if (error instanceof CapstanError) throw error;
      if (request.signal?.aborted) throw new CapstanError("cancelled", "the request was cancelled");
      const { origin } = new URL(request.url);
      if (timeout.aborted) {
        throw new CapstanError(
          "unavailable",
          `${origin} did not answer within ${request.timeoutMs} ms`,
          { kind: "no-connection" },
        );
      }
      throw new CapstanError("unavailable", `${origin} cannot be reached: ${reason(error)}`, {
        kind: "no-connection",
        cause: error,
      });
    }
  },
};
