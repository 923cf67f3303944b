// From bytes to values or refusals: what came back over HTTP, read without believing any of it.
import { z } from "zod";
import type { CapstanError } from "../lib/errors.ts";
import type { HttpResponse } from "../lib/http.ts";
import type { Redactor } from "../lib/redact.ts";
import { retryAfterMs } from "../lib/retry-after.ts";
import { hints, refusalError, strangeAnswer } from "./errors.ts";
import type { Asked, Refusal } from "./errors.ts";
import { issueText } from "./words.ts";

/** `again`: whether the same read may succeed in a moment. */
export type Reading<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: CapstanError; readonly again: boolean };

const issues = z
  .array(z.object({ path: z.array(z.union([z.string(), z.number()])), message: z.string() }))
  .catch([]);

const data = z
  .object({ path: z.string().nullable().catch(null), code: z.string().nullable().catch(null) })
  .catch({ path: null, code: null });

const apiRefusal = z.object({
  message: z.string(),
  code: z.string().nullable().default(null).catch(null),
  data,
  issues,
});

const trpcRefusal = z.object({
  json: z.object({
    message: z.string(),
    data: z.object({
      code: z.string().nullable().catch(null),
      httpStatus: z.number().catch(500),
      path: z.string().nullable().catch(null),
      zodError: z.unknown(),
    }),
  }),
});

const zodError = z.object({ fieldErrors: z.record(z.string(), z.array(z.string())) });

/** The body as JSON: undefined for an empty one, null when it is no JSON. */
export function parseJson(text: string): { readonly value: unknown } | null {
  if (text === "") return { value: undefined };
  try {
    return { value: JSON.parse(text) as unknown };
  } catch {
    return null;
  }
}

/** The answer of one procedure of `/api`. */
export function readApi(
  response: HttpResponse,
  asked: Asked,
  redactor: Redactor,
  nowMs: number,
): Reading<unknown> {
  const { status } = response;
  const strange = strangeReading(response, asked);
  if (strange !== null) return strange;
  const json = parseJson(response.text);
  if (status >= 200 && status < 300 && json !== null) return { ok: true, value: json.value };
  const parsed = apiRefusal.safeParse(json?.value);
  const refusal: Refusal = {
    status,
    message: parsed.success ? parsed.data.message : response.text.slice(0, 500),
    code: parsed.success ? (parsed.data.code ?? parsed.data.data.code) : null,
    path: parsed.success ? parsed.data.data.path : null,
    issues: parsed.success ? parsed.data.issues : [],
    retryAfterMs: retryAfterMs(response.headers, nowMs),
  };
  return { ok: false, error: refusalError(refusal, asked, redactor), again: mayPass(status) };
}

/** One item of a tRPC answer. */
export function readItem(item: unknown, asked: Asked, redactor: Redactor): Reading<unknown> {
  const good = z.object({ result: z.object({ data: z.looseObject({}) }) }).safeParse(item);
  if (good.success) return { ok: true, value: good.data.result.data.json };
  const bad = z.object({ error: trpcRefusal }).safeParse(item);
  if (!bad.success) {
    const error = strangeAnswer(asked, "the answer has an unknown shape", hints.version, true);
    return { ok: false, error, again: false };
  }
  const { message, data: details } = bad.data.error.json;
  const fields = zodError.safeParse(details.zodError);
  const refusal: Refusal = {
    status: details.httpStatus,
    message,
    code: details.code,
    path: details.path,
    issues: fields.success
      ? Object.entries(fields.data.fieldErrors).flatMap(([name, messages]) =>
          messages.map((text) => ({ path: [name], message: text })),
        )
      : [],
    retryAfterMs: null,
  };
  return {
    ok: false,
    error: refusalError(refusal, asked, redactor),
    again: mayPass(details.httpStatus),
  };
}

function mayPass(status: number): boolean {
  return status >= 500 || status === 408;
}

const proxyStatuses: ReadonlySet<number> = new Set([404, 502, 503, 504]);

/** What no Dokploy would answer: redirects, HTML, JSON that is cut off. Null when it looks like its own. */
export function strangeReading(
  response: HttpResponse,
  asked: Asked,
): Extract<Reading<never>, { ok: false }> | null {
  const { status, text } = response;
  const failed = (what: string, hint: string | undefined, happened: boolean, again: boolean) =>
    ({ ok: false, error: strangeAnswer(asked, what, hint, happened), again }) as const;
  if (status >= 300 && status < 400) {
    const to = redirectTarget(response);
    return failed(
      `the server redirects${to === null ? "" : ` to ${to}`}`,
      to === null ? hints.url : `set DOKPLOY_URL to ${to}`,
      false,
      false,
    );
  }
  if (/^\s*</.test(text)) {
    return status >= 500
      ? failed(`the answer is an HTML page with status ${status}`, hints.proxy, true, true)
      : failed(`the answer is an HTML page with status ${status}`, hints.url, status < 300, false);
  }
  if (status >= 200 && status < 300 && parseJson(text) === null) {
    return failed("the answer is not JSON or was cut off", undefined, true, true);
  }
  // A proxy that has lost its way to Dokploy says `404 page not found` or `Bad Gateway` as plain text.
  if (proxyStatuses.has(status) && (text.trim() === "" || parseJson(text) === null)) {
    const what = `the answer has status ${status} and no content of Dokploy`;
    return failed(what, hints.proxy, status >= 500, true);
  }
  return null;
}

function redirectTarget(response: HttpResponse): string | null {
  const location = response.headers.get("location");
  return location !== null && URL.canParse(location) ? new URL(location).origin : null;
}

/** A value in the shape that Capstan reads, or an error that names what is wrong without its content. */
export function shaped<S extends z.ZodType>(schema: S, value: unknown, asked: Asked): z.output<S> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const found = issueText(
    parsed.error.issues.map(({ path, message }) => ({ path: path.map(String), message })),
  );
  throw strangeAnswer(
    asked,
    `the answer does not have the expected shape (${found})`,
    asked.isWrite ? undefined : hints.version,
    true,
  );
}
