// `capstan log-ingest` over HTTP: takes the events of stacks, and hands them on to Loki as log lines.
import { createHash, timingSafeEqual } from "node:crypto";
import { getConnInfo } from "@hono/node-server/conninfo";
import { Hono } from "hono";
import type { Context } from "hono";
import { bodyLimit } from "hono/body-limit";
import type { Clock } from "../../lib/clock.ts";
import type { Logger } from "../../lib/logger.ts";
import type { LogSink } from "../../ports-logs.ts";
import { bearerOf } from "../auth/bearer.ts";
import { nothingAt, problem } from "../problem.ts";
import { createRateLimit } from "../rate-limit.ts";
import { securityHeaders } from "../security-headers.ts";
import { readBody } from "./body.ts";
import { readEvent, stackName } from "./event.ts";
import { createIngestMetrics } from "./metrics.ts";
import { unpack } from "./unpack.ts";

export interface IngestDeps {
  readonly sink: LogSink;
  /** Null: everybody who can reach it may send. */
  readonly token: string | null;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly redact: (text: string) => string;
  readonly version: string;
  /** Requests that one address may send a minute. */
  readonly perMinute?: number;
}

/** As it is sent, packed or not. */
const maxBodyBytes = 1024 * 1024;
const maxUnpackedBytes = 4 * 1024 * 1024;
const maxEvents = 1_000;
/** So many refusals are named in an answer. */
const refusalsTold = 20;
/** A stack in a loop must not push the lines of all others out of the buffer. */
const usualPerMinute = 600;
const warnAgainMs = 60 * 60_000;

interface Refusal {
  readonly index: number;
  readonly detail: string;
}

function peerOf(context: Context): string {
  try {
    return getConnInfo(context).remote.address ?? "unknown";
  } catch {
    return "unknown";
  }
}

const digest = (text: string): Buffer => createHash("sha256").update(text).digest();

export function ingestRoutes(deps: IngestDeps): Hono {
  const { sink, clock, logger, version } = deps;
  const app = new Hono();
  const metrics = createIngestMetrics(sink);
  const limit = createRateLimit(deps.perMinute ?? usualPerMinute);
  const wanted = deps.token === null ? null : digest(deps.token);
  let warnedMs: number | null = null;

  function mayNot(context: Context): Response | null {
    const given = bearerOf(context.req.raw.headers);
    // Compared as digests, in constant time: the time taken tells nothing of the token.
    if (wanted === null || (given !== null && timingSafeEqual(digest(given), wanted))) return null;
    metrics.request("unauthorised");
    const nowMs = clock.now();
    if (warnedMs === null || nowMs - warnedMs >= warnAgainMs) {
      warnedMs = nowMs;
      logger.warn({ peer: peerOf(context) }, "events without the right token are refused");
    }
    return problem(
      401,
      given === null ? "events need a token" : "this token is not LOG_INGEST_TOKEN",
      { "WWW-Authenticate": "Bearer" },
      { hint: "send Authorization: Bearer and the value of LOG_INGEST_TOKEN" },
    );
  }

  app.use(securityHeaders(null));
  app.get("/health", (context) => {
    const trouble = sink.trouble();
    return context.json({
      status: trouble === null ? "ok" : "degraded",
      timestamp: new Date(clock.now()).toISOString(),
      version,
      service: "log-ingest",
      lines: sink.counts(),
      errors: trouble === null ? {} : { loki: deps.redact(trouble) },
    });
  });
  app.get("/healthz", (context) => context.text("ok\n"));
  app.get("/readyz", (context) => context.text("ok\n"));
  app.get("/metrics", async (context) =>
    context.body(await metrics.text(), 200, { "Content-Type": metrics.contentType }),
  );

  app.post(
    "/ingest",
    async (context, next) => {
      const waitMs = limit.take(peerOf(context), clock.now());
      if (waitMs > 0) {
        metrics.request("too-many");
        const seconds = String(Math.ceil(waitMs / 1_000));
        return problem(429, "too many requests from this address; send events in batches", {
          "Retry-After": seconds,
        });
      }
      return mayNot(context) ?? next();
    },
    bodyLimit({
      maxSize: maxBodyBytes,
      onError: () => {
        metrics.request("too-large");
        return problem(413, `a body is at most ${maxBodyBytes} bytes; send fewer events at once`);
      },
    }),
    async (context) => {
      const refuse = (status: number, detail: string, hint?: string): Response => {
        metrics.request(status === 413 ? "too-large" : "refused");
        return problem(status, detail, {}, hint === undefined ? {} : { hint });
      };
      const { req } = context;
      const named = req.query("stack") ?? req.header("X-Stack-Name") ?? "";
      const stack = named === "" ? null : stackName(named);
      if (named !== "" && stack === null) {
        return refuse(400, "the request names a stack that cannot be one", "alice, for example");
      }
      const bytes = new Uint8Array(await req.arrayBuffer());
      const encoding = req.header("Content-Encoding") ?? "";
      const unpacked = await unpack(bytes, encoding, maxUnpackedBytes);
      if (!unpacked.ok) return refuse(unpacked.status, unpacked.detail);
      const body = readBody(unpacked.text, req.header("Content-Type") ?? "");
      if (!body.ok) {
        return refuse(400, body.detail, "send an object, an array, or one object a line");
      }
      if (body.events.length > maxEvents) {
        return refuse(413, `a request has at most ${maxEvents} events`, "send fewer at once");
      }
      const nowMs = clock.now();
      const refused: Refusal[] = [];
      let accepted = 0;
      for (const [index, event] of body.events.entries()) {
        const read =
          event === undefined
            ? ({ ok: false, detail: "it is not JSON" } as const)
            : readEvent(event.value, { stack, nowMs });
        if (read.ok) {
          sink.add({ ...read.entry, line: deps.redact(read.entry.line) });
          accepted += 1;
        } else {
          refused.push({ index, detail: read.detail });
        }
      }
      metrics.events(accepted, refused.length);
      const [firstRefused] = refused;
      if (accepted === 0 && firstRefused !== undefined) {
        return refuse(
          400,
          `no event was taken; event ${firstRefused.index}: ${firstRefused.detail}`,
        );
      }
      metrics.request(refused.length === 0 ? "accepted" : "partly");
      return context.json(
        { accepted, refused: refused.length, problems: refused.slice(0, refusalsTold) },
        202,
      );
    },
  );
  app.all("/ingest", () => problem(405, "events are posted", { Allow: "POST" }));
  app.notFound((context) => nothingAt(context.req.path));
  app.onError((error) => {
    logger.error({ error: error.message }, "a request failed unexpectedly");
    return problem(500, "an unexpected error; the log says more");
  });
  return app;
}
