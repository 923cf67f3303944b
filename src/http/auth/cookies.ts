// One cookie of this server: its name, its attributes, and how it is read.
import { parse, serialize } from "hono/utils/cookie";

export interface Cookie {
  /** What the browser sent; null without one. */
  read(headers: Headers): string | null;
  /** For Set-Cookie. Kept for so long by the browser. */
  write(value: string, ttlMs: number): string;
  /** For Set-Cookie: the browser forgets it. */
  clear(): string;
}

/**
 * With `secure` the name begins with `__Host-`: a page of a neighbouring host, such as a stack below the same
 * domain, cannot set it then.
 */
export function createCookie(name: string, secure: boolean): Cookie {
  const whole = secure ? `__Host-${name}` : name;
  const options = { path: "/", httpOnly: true, sameSite: "Lax", secure } as const;
  return {
    read: (headers) => parse(headers.get("cookie") ?? "", whole)[whole] ?? null,
    write: (value, ttlMs) =>
      serialize(whole, value, { ...options, maxAge: Math.floor(ttlMs / 1_000) }),
    clear: () => serialize(whole, "", { ...options, maxAge: 0 }),
  };
}
