// What Prometheus reads. A scraper on the same network asks the server directly and needs no token. What a proxy
// passes on comes from anywhere: it needs METRICS_TOKEN, or what a viewer needs. Where METRICS_TOKEN is set,
// everybody needs one of the two.
import { createHash, timingSafeEqual } from "node:crypto";
import { Hono } from "hono";
import { bearerOf } from "./auth/bearer.ts";
import { isPassedOn } from "./auth/local-request.ts";
import { refusal, refuse } from "./auth/verdict.ts";
import type { Access } from "./auth/verdict.ts";

export interface MetricsDeps {
  readonly contentType: string;
  /** All metrics in Prometheus' text format. */
  readonly text: () => Promise<string>;
  /** METRICS_TOKEN; null: none is set. */
  readonly token: string | null;
}

const refused = refuse(
  401,
  "these metrics need a token",
  "send METRICS_TOKEN, or a token of API_TOKENS, as `Authorization: Bearer …`",
  'Bearer realm="capstan"',
);

const digest = (text: string): Uint8Array => createHash("sha256").update(text).digest();

/** Mounted at /metrics. */
export function metricsRoutes({ contentType, text, token }: MetricsDeps, access: Access): Hono {
  const app = new Hono();
  const expected = token === null ? null : digest(token);

  function hasToken(request: Request): boolean {
    const given = bearerOf(request.headers);
    // Digests have one length, and comparing them takes the same time whatever was sent.
    return given !== null && expected !== null && timingSafeEqual(digest(given), expected);
  }

  app.get("/", async (context) => {
    const { raw } = context.req;
    const isOpen = expected === null && !isPassedOn(raw);
    if (!isOpen && !hasToken(raw)) {
      const verdict = await access(raw, "viewer");
      if (verdict.kind === "refused") return refusal(refused);
    }
    return context.body(await text(), 200, {
      "Content-Type": contentType,
      "Cache-Control": "no-store",
    });
  });
  return app;
}
