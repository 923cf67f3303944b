// The API below /api/v1 as part of the server's routes: access first, then the table, then errors as
// problem details.
import { Hono } from "hono";
import type { Engine } from "../../engine/engine.ts";
import type { Clock } from "../../lib/clock.ts";
import { isCapstanError } from "../../lib/errors.ts";
import type { CapstanError, ErrorCode } from "../../lib/errors.ts";
import { problem } from "../problem.ts";
import { isForeignBody } from "../auth/origin.ts";
import { refusal } from "../auth/verdict.ts";
import type { Access } from "../auth/verdict.ts";
import { createEventStreams } from "./event-stream.ts";
import { createFeed } from "./feed.ts";
import { routes } from "./routes.ts";
import type { RouteParts } from "./routes.ts";

export interface ApiDeps {
  readonly engine: Engine;
}

export interface ApiEdge {
  readonly clock: Clock;
  readonly redact: (text: string) => string;
  readonly access: Access;
}

export interface Api {
  readonly app: Hono;
  /** Ends all who watch; may be called twice. */
  close(): void;
}

const statuses: Record<ErrorCode, number> = {
  invalid: 400,
  "not-found": 404,
  conflict: 409,
  // These three are Dokploy's words to Capstan, never Capstan's to whoever asks.
  unauthorised: 502,
  forbidden: 502,
  unsupported: 502,
  "rate-limited": 503,
  unavailable: 503,
  uncertain: 503,
  cancelled: 503,
  internal: 500,
};

function problemOf(error: CapstanError, redact: (text: string) => string): Response {
  const { code, message, hint, retryAfterMs } = error;
  const headers =
    retryAfterMs === undefined ? {} : { "Retry-After": String(Math.ceil(retryAfterMs / 1_000)) };
  const more = hint === undefined ? {} : { hint: redact(hint) };
  return problem(statuses[code], redact(message).replaceAll(/\s+/g, " "), headers, more);
}

function mount(app: Hono, access: Access, parts: RouteParts): void {
  for (const { method, path, needs, handle } of routes) {
    app.on(method, path, async (context) => {
      const verdict = await access(context.req.raw, needs);
      if (verdict.kind === "refused") return refusal(verdict);
      if (method === "POST" && isForeignBody(context.req.raw.headers)) {
        return problem(415, "a body is JSON, and its Content-Type application/json");
      }
      try {
        return await handle(context, verdict.person.name, parts);
      } catch (error) {
        // A bug of ours goes on to the server's own handler, which logs it and tells nothing.
        if (!isCapstanError(error) || error.code === "internal") throw error;
        return problemOf(error, parts.redact);
      }
    });
  }
  const methodsOf = Map.groupBy(routes, ({ path }) => path);
  for (const [path, known] of methodsOf) {
    const allow = known.map(({ method }) => (method === "GET" ? "GET, HEAD" : method)).join(", ");
    app.all(path, () => problem(405, `this address answers ${allow}`, { Allow: allow }));
  }
}

export function createApi({ engine }: ApiDeps, edge: ApiEdge): Api {
  const { clock, redact, access } = edge;
  const feed = createFeed(engine, engine.state().startedAtMs);
  const streams = createEventStreams(feed, clock);
  const app = new Hono();
  mount(app, access, { engine, feed, streams, redact });
  return {
    app,
    close() {
      streams.close();
      feed.close();
    },
  };
}
