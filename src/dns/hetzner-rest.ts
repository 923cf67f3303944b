// The way to Hetzner's Cloud API: Bearer token, time-outs, bounded answers, pages, the limit of requests obeyed,
// and every failure a CapstanError. Reads that fail are sent again; writes only when Hetzner itself says that it
// did not carry them out (too many requests, a lock).
import PQueue from "p-queue";
import { z } from "zod";
import { backoffMs, readBackoff } from "../lib/backoff.ts";
import type { BackoffPolicy } from "../lib/backoff.ts";
import type { Clock } from "../lib/clock.ts";
import { CapstanError, isCapstanError } from "../lib/errors.ts";
import type { HttpClient, HttpRequest, HttpResponse } from "../lib/http.ts";
import type { Logger } from "../lib/logger.ts";
import type { Redactor } from "../lib/redact.ts";
import { shortLine } from "../lib/short-text.ts";
import { wasNeverSent } from "../lib/unanswered.ts";
import { fieldWords, understand } from "./hetzner-errors.ts";
import type { Again } from "./hetzner-errors.ts";
import { pauseAfter } from "./hetzner-limits.ts";
import { pageInfo, refusalAnswer } from "./hetzner-wire.ts";

export interface HetznerRestOptions {
  /** Of the API, without a slash at its end: `https://api.hetzner.cloud/v1`. */
  readonly url: string;
  readonly token: string;
  readonly http: HttpClient;
  readonly clock: Clock;
  /** A number in [0, 1), for the jitter of waits. */
  readonly random: () => number;
  readonly logger: Logger;
  readonly redactor: Redactor;
  /** Gives up waits and reads that are under way. */
  readonly signal?: AbortSignal;
}

export interface HetznerAsk {
  readonly method?: "GET" | "POST" | "PUT" | "DELETE";
  /** Below the API's address, encoded. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number>>;
  readonly body?: unknown;
  /** What it is for, as in `refused to …`. */
  readonly what: string;
}

export interface HetznerRest {
  send<S extends z.ZodType>(ask: HetznerAsk, schema: S): Promise<z.output<S>>;
  /** Null when Hetzner says that it is not there. */
  readOrNull<S extends z.ZodType>(ask: HetznerAsk, schema: S): Promise<z.output<S> | null>;
  /** All rows of all pages; `key` holds them in an answer. */
  pages<S extends z.ZodType>(
    ask: HetznerAsk,
    key: string,
    row: S,
    pageSize: number,
  ): Promise<readonly z.output<S>[]>;
}

const maxParallel = 4;
const timeoutMs = 30_000;
const maxBytes = 16 * 1024 * 1024;
const maxPages = 500;
const readTries = 3;
/** All waits of one request together; a person may be watching. */
const patienceMs = 60_000;
/** Another change holds the zone for a second or two. */
const busyBackoff: BackoffPolicy = { firstMs: 500, maxMs: 8_000, jitter: 0.5 };

const addressHint =
  "check that this machine can reach api.hetzner.cloud (HETZNER_API_URL overrides the address)";

type Outcome =
  | { readonly ok: true; readonly json: unknown }
  | { readonly ok: false; readonly error: CapstanError; readonly again: Again | "broken" };

export function createHetznerRest(options: HetznerRestOptions): HetznerRest {
  const { clock, http, logger, random, redactor, signal } = options;
  const queue = new PQueue({ concurrency: maxParallel });
  let pausedUntilMs = 0;
  let refusals = 0;
  redactor.register(options.token);

  const fail = (error: CapstanError, again: Again | "broken" = null): Outcome => ({
    ok: false,
    error,
    again,
  });

  /** No answer, or none that can be understood: of a write nobody knows whether it happened. */
  function unclear(ask: HetznerAsk, message: string, hint: string): Outcome {
    if (isRead(ask)) return fail(new CapstanError("unavailable", message, { hint }), "broken");
    const look = "it may have worked: run `capstan dns check` before you try again";
    return fail(new CapstanError("uncertain", message, { hint: look }));
  }

  async function exchange(ask: HetznerAsk): Promise<Outcome> {
    const restMs = pausedUntilMs - clock.now();
    if (restMs > patienceMs) {
      const said = `Hetzner was not asked to ${ask.what}: its rate limit asks for a pause`;
      return fail(
        new CapstanError("rate-limited", said, { retryAfterMs: restMs, hint: limitHint(restMs) }),
      );
    }
    if (restMs > 0) await clock.sleep(restMs, signal);
    if (signal?.aborted === true) {
      return fail(new CapstanError("cancelled", `Hetzner was not asked to ${ask.what}`));
    }
    const request: HttpRequest = {
      method: ask.method ?? "GET",
      url: `${options.url}${ask.path}${queryText(ask.query ?? {})}`,
      headers: {
        accept: "application/json",
        authorization: `Bearer ${options.token}`,
        "user-agent": "capstan",
        ...(ask.body === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(ask.body === undefined ? {} : { body: JSON.stringify(ask.body) }),
      timeoutMs,
      maxBytes,
      ...(signal === undefined || !isRead(ask) ? {} : { signal }),
    };
    try {
      const response = await http.send(request);
      logger.debug({ asked: ask.what, status: response.status }, "hetzner");
      return judge(ask, response);
    } catch (error) {
      if (!isCapstanError(error)) throw error;
      if (error.code !== "unavailable") return fail(error);
      const said = `Hetzner could not be asked to ${ask.what}: ${shortLine(error.message, redactor)}`;
      if (wasNeverSent(error)) {
        return fail(new CapstanError("unavailable", said, { hint: addressHint }), "broken");
      }
      return unclear(ask, said, addressHint);
    }
  }

  function judge(ask: HetznerAsk, response: HttpResponse): Outcome {
    const { status, headers } = response;
    const nowMs = clock.now();
    refusals = status === 429 ? refusals + 1 : 0;
    const pause = pauseAfter(status, headers, refusals, nowMs);
    if (pause !== null) pausedUntilMs = Math.max(pausedUntilMs, nowMs + pause.waitMs);
    const json = parseJson(response.text);
    if (status >= 200 && status < 300) {
      if (json !== undefined) return { ok: true, json };
      return unclear(ask, `Hetzner was asked to ${ask.what} and answered no JSON`, addressHint);
    }
    const told = refusalAnswer.safeParse(json).data?.error;
    if (told === undefined && status !== 429 && status < 500) {
      // Another server answers in its place. Its 404 is no absence.
      const strange = `Hetzner did not answer as its API does when asked to ${ask.what} (status ${status})`;
      return fail(new CapstanError("unavailable", strange, { hint: addressHint }));
    }
    const fields = fieldWords(told?.details);
    const said = `${told?.message ?? `status ${status}`}${fields === "" ? "" : ` (${fields})`}`;
    const line = shortLine(said, redactor);
    const { meaning, refused } = understand(told?.code ?? null, status);
    const hint = meaning.hint === undefined ? {} : { hint: meaning.hint };
    if (!refused) {
      const failed = `Hetzner failed to ${ask.what}: ${line}`;
      if (meaning.again !== undefined) {
        return fail(new CapstanError("unavailable", failed, hint), meaning.again);
      }
      return unclear(ask, failed, meaning.hint ?? addressHint);
    }
    const limited = meaning.code === "rate-limited" && pause !== null;
    const error = new CapstanError(meaning.code, `Hetzner refused to ${ask.what}: ${line}`, {
      ...hint,
      ...(meaning.kind === undefined ? {} : { kind: meaning.kind }),
      ...(limited ? { retryAfterMs: pause.wholeMs, hint: limitHint(pause.wholeMs) } : {}),
    });
    return fail(error, meaning.again ?? null);
  }

  /** How long to wait before the same request is sent again; null: it is not. */
  function waitMs(ask: HetznerAsk, again: Again | "broken", failures: number): number | null {
    switch (again) {
      case "limit":
        return Math.max(0, pausedUntilMs - clock.now());
      case "busy":
        return backoffMs(busyBackoff, failures, random());
      case "broken":
        return isRead(ask) && failures < readTries
          ? backoffMs(readBackoff, failures, random())
          : null;
      case null:
        return null;
    }
  }

  async function ask(request: HetznerAsk): Promise<unknown> {
    const deadlineMs = clock.now() + patienceMs;
    for (let failures = 1; ; failures++) {
      const outcome = await queue.add(() => exchange(request));
      if (outcome.ok) return outcome.json;
      const rest = waitMs(request, outcome.again, failures);
      if (rest === null || clock.now() + rest > deadlineMs) throw outcome.error;
      await clock.sleep(rest, signal);
      if (signal?.aborted === true) throw outcome.error;
    }
  }

  function shaped<S extends z.ZodType>(json: unknown, schema: S, request: HetznerAsk): z.output<S> {
    const parsed = schema.safeParse(json);
    if (parsed.success) return parsed.data;
    const place = parsed.error.issues[0]?.path.map(String).join(".") ?? "";
    const strange = `Hetzner was asked to ${request.what}, and its answer has an unexpected "${place}"`;
    const code = isRead(request) ? "unavailable" : "uncertain";
    throw new CapstanError(code, strange, { hint: "its API may have changed: update Capstan" });
  }

  return {
    send: async (request, schema) => shaped(await ask(request), schema, request),
    async readOrNull(request, schema) {
      try {
        return shaped(await ask(request), schema, request);
      } catch (error) {
        if (isCapstanError(error, "not-found")) return null;
        throw error;
      }
    },
    async pages(request, key, row, pageSize) {
      const schema = z.object({ [key]: z.array(row) }).and(pageInfo);
      const rows: z.output<typeof row>[] = [];
      let page = 1;
      for (let asks = 0; asks < maxPages; asks++) {
        const query = { ...request.query, page, per_page: pageSize };
        const answer = shaped(await ask({ ...request, query }), schema, request);
        rows.push(...((answer as Record<string, unknown>)[key] as typeof rows));
        const next = answer.meta?.pagination?.next_page ?? null;
        if (next === null || next <= page) return rows;
        page = next;
      }
      throw new CapstanError("unavailable", `Hetzner's list has more than ${maxPages} pages`);
    },
  };
}

function isRead({ method = "GET" }: HetznerAsk): boolean {
  return method === "GET";
}

function limitHint(wholeMs: number): string {
  const minutes = Math.max(1, Math.ceil(wholeMs / 60_000));
  return `the project's hourly request limit is used up, perhaps by another program: try again in ${minutes} min`;
}

function queryText(query: Readonly<Record<string, string | number>>): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) parameters.set(name, String(value));
  return parameters.size === 0 ? "" : `?${parameters.toString()}`;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
