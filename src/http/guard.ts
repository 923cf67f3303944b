// What holds for every request, whatever it asks for: bounded bodies, security headers, other sites' pages
// (CORS), and how often somebody may ask.
import type { Hono, MiddlewareHandler } from "hono";
import { bodyLimit } from "hono/body-limit";
import { cors } from "hono/cors";
import type { Clock } from "../lib/clock.ts";
import type { Logger } from "../lib/logger.ts";
import type { Auth } from "./auth/auth.ts";
import { noticeBody } from "./auth/sign-in-page.ts";
import { limitRequests } from "./limits.ts";
import type { PerMinute } from "./limits.ts";
import { problem } from "./problem.ts";
import { securityHeaders } from "./security-headers.ts";
import { maxDeliveryBytes } from "./webhooks.ts";

export interface GuardSettings {
  readonly publicUrl: string | null;
  /** Origins whose pages may ask the API, with a token and never with a cookie. */
  readonly corsOrigins: readonly string[];
  /** Addresses and networks. */
  readonly trustedProxies: readonly string[];
  readonly perMinute?: PerMinute;
}

export const noGuardSettings: GuardSettings = {
  publicUrl: null,
  corsOrigins: [],
  trustedProxies: [],
};

/** No other body is large; this much is read before it is refused. */
const maxBodyBytes = 64 * 1024;
/** Where manifests come in: 60,000 characters, in JSON as much as six bytes each. */
const maxManifestBytes = 512 * 1024;
const takesManifests = /^\/(?:mcp|api\/v1\/(?:plan|proposals))\/?$/;
/** Browsers ask again for permission after that. */
const preflightSeconds = 600;

function limited(maxSize: number): MiddlewareHandler {
  const onError = (): Response => problem(413, `a body is at most ${maxSize} bytes`);
  return bodyLimit({ maxSize, onError });
}

function tooMany(auth: Auth, request: Request, seconds: number): string {
  const title = "Too many attempts";
  const text = `Wait ${seconds} s, then try again.`;
  const action = { label: "Go to the sign-in page", href: "/sign-in" };
  return auth.page({ title, body: noticeBody({ title, text, action }), request });
}

/** To be called before any route is added. */
export function guard(
  app: Hono,
  auth: Auth,
  settings: GuardSettings,
  parts: { readonly clock: Clock; readonly logger: Logger },
): void {
  const { publicUrl, corsOrigins, trustedProxies, perMinute } = settings;
  const bounded = limited(maxBodyBytes);
  const deliveries = limited(maxDeliveryBytes);
  const manifests = limited(maxManifestBytes);
  app.use(securityHeaders(publicUrl));
  if (corsOrigins.length > 0) {
    app.use(
      "/api/*",
      cors({
        origin: [...corsOrigins],
        allowMethods: ["GET", "HEAD", "POST", "DELETE"],
        allowHeaders: ["Authorization", "Content-Type", "Last-Event-ID"],
        exposeHeaders: ["Retry-After", "Location"],
        credentials: false,
        maxAge: preflightSeconds,
      }),
    );
  }
  app.use(
    limitRequests({
      trustedProxies,
      identify: (request) => auth.identify(request),
      page: (request, seconds) => tooMany(auth, request, seconds),
      ...(perMinute === undefined ? {} : { perMinute }),
      ...parts,
    }),
  );
  app.use((context, next) => {
    const { path } = context.req;
    const limit = path.startsWith("/webhooks/")
      ? deliveries
      : takesManifests.test(path)
        ? manifests
        : bounded;
    return limit(context, next);
  });
}
