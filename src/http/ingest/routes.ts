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
import { securityHeaders } from "../security-headers.ts";
import { readBody } from "./body.ts";
import { readEvent, stackName } from "./event.ts";
import { createLimits, maxBodyBytes, maxUnpackedBytes } from "./limits.ts";
import type { PerMinute } from "./limits.ts";
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
  /** What one address may send. */
  readonly perMinute?: Partial<PerMinute>;
}

/** So many refusals are named in an answer. */
const refusalsTold = 20;
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
  const limits = createLimits(deps.perMinute);
  const wanted = deps.token === null ? null : digest(deps.token);
  let warnedMs: number | null = null;

  /** Null: this address may send so many. */
  function tooMany(context: Context, what: keyof PerMinute, count = 1): Response | null {
    const waitMs = limits[what].take(peerOf(context), clock.now(), count);
    if (waitMs === 0) return null;
    metrics.request("too-many");
    return problem(
      429,
      `too many ${what} from this address within a minute`,
      { "Retry-After": String(Math.ceil(waitMs / 1_000)) },
      { hint: "send events in batches, and fewer of them" },
    );
  }

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
    async (context, next) => tooMany(context, "requests") ?? mayNot(context) ?? next(),
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
      const tooManyBytes = tooMany(context, "bytes", unpacked.bytes);
      if (tooManyBytes !== null) return tooManyBytes;
      const body = readBody(unpacked.text, req.header("Content-Type") ?? "");
      if (!body.ok) {
        const hint =
          body.status === 413
            ? "send less at once"
            : "send an object, an array, or one object a line";
        return refuse(body.status, body.detail, hint);
      }
      const tooManyEvents = tooMany(context, "events", body.events.length);
      if (tooManyEvents !== null) return tooManyEvents;
      const nowMs = clock.now();
      const refused: Refusal[] = [];
      let accepted = 0;
      for (const [index, event] of body.events.entries()) {
        const read =
          event === undefined
            ? ({ ok: false, detail: "it is not JSON" } as const)
            : readEvent(event.value, { stack, nowMs, redact: deps.redact });
        if (read.ok) {
          sink.add(read.entry);
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
