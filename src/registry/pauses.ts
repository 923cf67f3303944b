// How long each registry wants to be left alone.
import type { Clock } from "../lib/clock.ts";
import { CapstanError } from "../lib/errors.ts";
import { retryAfterMs } from "../lib/retry-after.ts";

export interface Pauses {
  /** Throws `rate-limited` while the registry wants to be left alone. */
  check(host: string): void;
  /** It answered 429, or 503 with a time. */
  heed(host: string, headers: Headers): void;
}

/** Where it names no time. */
const unsaidMs = 5 * 60_000;
const mostHosts = 1_000;

export function createPauses(clock: Clock): Pauses {
  const until = new Map<string, number>();
  return {
    check(host) {
      const left = (until.get(host) ?? 0) - clock.now();
      if (left <= 0) {
        until.delete(host);
        return;
      }
      throw new CapstanError("rate-limited", `${host} asks for fewer requests`, {
        retryAfterMs: left,
        hint: "with a login many registries allow more; it is asked again by itself",
      });
    },
    heed(host, headers) {
      const now = clock.now();
      if (until.size >= mostHosts) until.clear();
      until.set(host, now + (retryAfterMs(headers, now) ?? unsaidMs));
    },
  };
}
