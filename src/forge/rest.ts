// The way to a Git host, the same for all of them: at most four requests at once, time-outs, bounded
// answers, pages, reads tried three times, pauses that the host asks for, every failure a CapstanError.
import PQueue from "p-queue";
import type { z } from "zod";
import { backoffMs, readBackoff } from "../lib/backoff.ts";
import { CapstanError, isCapstanError } from "../lib/errors.ts";
import type { HttpRequest, HttpResponse } from "../lib/http.ts";
import { retryAfterMs } from "../lib/retry-after.ts";
import { shortLine } from "../lib/short-text.ts";
import { wasNeverSent } from "../lib/unanswered.ts";
import { pauseMs } from "./limits.ts";
import type { Dialect, HostOptions } from "./options.ts";
import { hints, refusalError, unclear } from "./refusals.ts";
import type { Asked } from "./refusals.ts";

export type Query = Readonly<Record<string, string | number>>;

export interface Ask {
  /** Below the API's address, encoded. */
  readonly path: string;
  readonly query?: Query;
  /** What it is for, as in `refused to …`. */
  readonly what: string;
}

export interface WriteAsk extends Ask {
  readonly method: "POST" | "PUT" | "PATCH" | "DELETE";
  readonly body: unknown;
  /** May be sent twice without harm: a lost answer is `unavailable`, not `uncertain`. */
  readonly harmless?: boolean;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** Undefined when the body is no JSON. */
  readonly json: unknown;
}

export interface Rest {
  readonly dialect: Dialect;
  /** One read; throws for every answer but success in the shape of `schema`. */
  read<S extends z.ZodType>(ask: Ask, schema: S): Promise<z.output<S>>;
  /** Null when the host says that it is not there. */
  readOrNull<S extends z.ZodType>(ask: Ask, schema: S): Promise<z.output<S> | null>;
  /** Pages until `most` rows; `rows` finds them in an answer. */
  list<S extends z.ZodType<readonly unknown[]>>(
    ask: Ask,
    rows: S,
    most: number,
  ): Promise<readonly z.output<S>[number][]>;
  /** Like `list`; null where the host knows no such address. */
  listOrNull<S extends z.ZodType<readonly unknown[]>>(
    ask: Ask,
    rows: S,
    most: number,
  ): Promise<readonly z.output<S>[number][] | null>;
  /** One write, never repeated here. */
  write<S extends z.ZodType>(ask: WriteAsk, schema: S): Promise<z.output<S>>;
  /** Like `write`, but the refusals with these statuses come back as values. */
  tryWrite<S extends z.ZodType>(
    ask: WriteAsk,
    schema: S,
    statuses: readonly number[],
  ): Promise<Tried<z.output<S>>>;
}

export type Tried<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly answer: Answer; readonly error: CapstanError };

const maxParallel = 4;
const readTries = 3;
const timeoutMs = 30_000;
const maxBytes = 16 * 1024 * 1024;
const maxPages = 20;
/** A pause up to here is waited out; a longer one is an error with its time. */
const longestWaitMs = 5_000;

export function createRest(dialect: Dialect, options: HostOptions): Rest {
  const { clock, http, logger, redactor, signal } = options;
  const random = options.random ?? (() => 0.5);
  const queue = new PQueue({ concurrency: maxParallel });
  let pausedUntilMs = 0;
  checkToken(options.token);
  redactor.register(options.token);

  async function awaitPause(asked: Asked): Promise<void> {
    const restMs = pausedUntilMs - clock.now();
    if (restMs > longestWaitMs) {
      throw new CapstanError(
        "rate-limited",
        `${dialect.title} was not asked to ${asked.what}: it asks for a pause of ${Math.ceil(restMs / 1_000)} s more`,
        { retryAfterMs: restMs, hint: "Capstan continues by itself after that" },
      );
    }
    if (restMs > 0) await clock.sleep(restMs, signal);
    if (signal?.aborted === true) {
      throw new CapstanError("cancelled", `${dialect.title} was not asked to ${asked.what}`);
    }
  }

  async function exchange(ask: Ask | WriteAsk, asked: Asked): Promise<HttpResponse> {
    await awaitPause(asked);
    const isWrite = "method" in ask;
    const request: HttpRequest = {
      method: isWrite ? ask.method : "GET",
      url: `${dialect.base}${ask.path}${queryText(ask.query ?? {})}`,
      headers: {
        accept: "application/json",
        "user-agent": "capstan",
        ...(isWrite ? { "content-type": "application/json" } : {}),
        ...dialect.headers,
      },
      ...(isWrite ? { body: JSON.stringify(ask.body) } : {}),
      timeoutMs,
      maxBytes,
      ...(signal === undefined || isWrite ? {} : { signal }),
    };
    try {
      const response = await http.send(request);
      logger.debug({ forge: dialect.title, asked: asked.what, status: response.status }, "forge");
      return response;
    } catch (error) {
      if (!isCapstanError(error, "unavailable")) throw error;
      const said = `${dialect.title} could not be asked to ${asked.what}: ${shortLine(error.message, redactor)}`;
      const hint = "check whether the host is running and FORGE_URL is its address";
      if (wasNeverSent(error)) throw new CapstanError("unavailable", said, { hint });
      throw unclear(asked, said, hint);
    }
  }

  /** An answer that is a success or has one of these statuses; anything else is thrown. */
  async function once(
    ask: Ask | WriteAsk,
    asked: Asked,
    statuses: readonly number[],
  ): Promise<Answer & { readonly error: CapstanError | null }> {
    const response = await queue.add(() => exchange(ask, asked));
    const answer = { ...response, json: parseJson(response.text) };
    if (response.status >= 200 && response.status < 300) return { ...answer, error: null };
    const nowMs = clock.now();
    const pausedMs = pauseMs(response.status, response.headers, nowMs);
    const unreadyMs = response.status === 503 ? retryAfterMs(response.headers, nowMs) : null;
    const restMs = pausedMs ?? unreadyMs;
    if (restMs !== null) pausedUntilMs = Math.max(pausedUntilMs, nowMs + restMs);
    const error = refusalError(answer, asked, { dialect, redactor, pausedMs });
    if (pausedMs === null && statuses.includes(response.status)) return { ...answer, error };
    throw error;
  }

  async function readAnswer(
    ask: Ask,
    statuses: readonly number[] = [],
  ): Promise<Answer & { readonly error: CapstanError | null }> {
    const asked: Asked = { what: ask.what, isWrite: false, harmless: true };
    for (let failures = 1; ; failures++) {
      try {
        return await once(ask, asked, statuses);
      } catch (error) {
        const again =
          error instanceof CapstanError &&
          ["unavailable", "rate-limited"].includes(error.code) &&
          error.hint !== hints.address &&
          failures < readTries;
        if (!again) throw error;
        const waitMs = Math.max(
          backoffMs(readBackoff, failures, random()),
          error.retryAfterMs ?? 0,
          pausedUntilMs - clock.now(),
        );
        if (waitMs > longestWaitMs) throw error;
        await clock.sleep(waitMs, signal);
      }
    }
  }

  function shaped<S extends z.ZodType>(answer: Answer, schema: S, asked: Asked): z.output<S> {
    const parsed = schema.safeParse(answer.json);
    if (parsed.success) return parsed.data;
    const place = parsed.error.issues[0]?.path.map(String).join(".") ?? "";
    const where = answer.json === undefined ? "no JSON" : `not what was expected at "${place}"`;
    throw unclear(
      asked,
      `${dialect.title} was asked to ${asked.what}, and its answer is ${shortLine(where, redactor)}`,
      hints.address,
    );
  }

  async function read<S extends z.ZodType>(ask: Ask, schema: S): Promise<z.output<S>> {
    const answer = await readAnswer(ask);
    return shaped(answer, schema, { what: ask.what, isWrite: false, harmless: true });
  }

  /** Null when the answer has one of these statuses. */
  async function pages<S extends z.ZodType<readonly unknown[]>>(
    ask: Ask,
    rows: S,
    most: number,
    absent: readonly number[],
  ): Promise<readonly z.output<S>[number][] | null> {
    const [parameter, size] = dialect.pageSize;
    const found: unknown[] = [];
    let page = 1;
    for (let asks = 0; asks < maxPages; asks++) {
      const query = { ...ask.query, [parameter]: size, page };
      const answer = await readAnswer({ ...ask, query }, absent);
      if (answer.error !== null) return null;
      const part = shaped(answer, rows, { what: ask.what, isWrite: false, harmless: true });
      found.push(...part);
      const next = nextPage(answer.headers, page, part.length >= size);
      if (found.length >= most || next === null || part.length === 0) break;
      page = next;
    }
    return found.slice(0, most);
  }

  async function tryWrite<S extends z.ZodType>(
    ask: WriteAsk,
    schema: S,
    statuses: readonly number[],
  ): Promise<Tried<z.output<S>>> {
    const asked: Asked = { what: ask.what, isWrite: true, harmless: ask.harmless === true };
    const answer = await once(ask, asked, statuses);
    if (answer.error !== null) return { ok: false, answer, error: answer.error };
    return { ok: true, value: shaped(answer, schema, asked) };
  }

  return {
    dialect,
    read,
    tryWrite,
    async readOrNull(ask, schema) {
      const { error, ...answer } = await readAnswer(ask, [404]);
      if (error === null) {
        return shaped(answer, schema, { what: ask.what, isWrite: false, harmless: true });
      }
      // Another server's 404 is no absence.
      if (error.code === "not-found") return null;
      throw error;
    },
    async write(ask, schema) {
      const tried = await tryWrite(ask, schema, []);
      if (tried.ok) return tried.value;
      throw tried.error;
    },
    async list(ask, rows, most) {
      return (await pages(ask, rows, most, [])) ?? [];
    },
    listOrNull: (ask, rows, most) => pages(ask, rows, most, [404, 405]),
  };
}

/** One that is no header's value would be quoted in the error of the request. */
function checkToken(token: string): void {
  if (/^[\u0021-\u007e]+$/.test(token)) return;
  throw new CapstanError("invalid", "the token for the Git host cannot be used", {
    hint: "FORGE_TOKEN must be one word of printable ASCII: copy it again",
  });
}

function queryText(query: Query): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) parameters.set(name, String(value));
  return parameters.size === 0 ? "" : `?${parameters.toString()}`;
}

function parseJson(text: string): unknown {
  if (text.trim() === "") return null;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/**
 * Only the page's number is taken from what the host says: its address is not followed, so that no answer
 * can send the token elsewhere. `isFull`: for hosts that say nothing.
 */
export function nextPage(headers: Headers, page: number, isFull: boolean): number | null {
  const told = headers.get("x-next-page");
  const link = headers.get("link");
  let text: string | null = null;
  if (told !== null) {
    text = told.trim();
  } else if (link !== null) {
    const next = /<([^<>]{1,4000})>[^<>,]*;\s*rel="?next"?/.exec(link.slice(0, 10_000))?.[1];
    text = next === undefined ? "" : (URL.parse(next, "http://x/")?.searchParams.get("page") ?? "");
  } else if (isFull) {
    return page + 1;
  }
  if (text === null || !/^\d{1,6}$/.test(text)) return null;
  const next = Number(text);
  return next > page ? next : null;
}
