// Headers that tell browsers what answers of this server may do. A route that sets one of them keeps its own.
import type { MiddlewareHandler } from "hono";

const always: Readonly<Record<string, string>> = {
  "Cache-Control": "no-store",
  "Content-Security-Policy":
    "default-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'",
  "X-Content-Type-Options": "nosniff",
  // Not `no-referrer`: browsers would hide the Origin of our own forms with it, which sign-in and sign-out need.
  "Referrer-Policy": "same-origin",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin",
};

/** A year; other hosts below the same domain decide for themselves. */
const strictTransport = "max-age=31536000";

export function securityHeaders(publicUrl: string | null): MiddlewareHandler {
  const isHttps = publicUrl?.startsWith("https:") === true;
  const headers = {
    ...always,
    ...(isHttps ? { "Strict-Transport-Security": strictTransport } : {}),
  };
  return async (context, next) => {
    await next();
    for (const [name, value] of Object.entries(headers)) {
      if (!context.res.headers.has(name)) context.header(name, value);
    }
  };
}
