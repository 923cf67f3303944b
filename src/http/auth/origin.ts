// Whether a browser sent a request from a page of this server (CSRF). Browsers say where a request comes from,
// and no page can change what they say.

const safeMethods: readonly string[] = ["GET", "HEAD", "OPTIONS"];

export function isUnsafe(request: Request): boolean {
  return !safeMethods.includes(request.method);
}

/** Whether a body is what a form of any web page could send without asking first. */
export function isForeignBody(headers: Headers): boolean {
  const type = headers.get("content-type");
  if (type !== null) return !/^application\/json *(?:;|$)/i.test(type);
  return (headers.get("content-length") ?? "0") !== "0" || headers.has("transfer-encoding");
}

/** The origins of this server's own pages. `publicUrl` is trusted, the Host header only where there is none. */
function isOwnOrigin(origin: string, headers: Headers, publicUrl: string | null): boolean {
  if (publicUrl !== null && origin === new URL(publicUrl).origin) return true;
  const host = (headers.get("host") ?? "").toLowerCase();
  if (host === "") return false;
  if (publicUrl === null) return origin === `http://${host}` || origin === `https://${host}`;
  // Whoever works on the machine itself opens it by loopback.
  return /^(?:localhost|127\.0\.0\.1|\[::1\])(?::\d+)?$/.test(host) && origin === `http://${host}`;
}

/**
 * What the browser says: `own` page, a `foreign` one, or `unknown` when it says nothing (a program, or a browser
 * too old to tell).
 */
export function senderOf(
  { headers }: Request,
  publicUrl: string | null,
): "own" | "foreign" | "unknown" {
  const origin = headers.get("origin");
  const site = headers.get("sec-fetch-site");
  if (origin !== null && !isOwnOrigin(origin, headers, publicUrl)) return "foreign";
  if (site !== null && site !== "same-origin" && site !== "none") return "foreign";
  return origin === null && site === null ? "unknown" : "own";
}
