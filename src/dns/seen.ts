// After a write whose answer was lost: look instead of asking twice.
import { isCapstanError } from "../lib/errors.ts";

/**
 * When `error` says that nobody knows whether a write happened, what `look` sees is believed. Null, a look that
 * fails and every other error throw `error`.
 */
export async function seenInstead<T>(error: unknown, look: () => Promise<T | null>): Promise<T> {
  if (!isCapstanError(error, "uncertain")) throw error;
  const seen = await look().catch(() => null);
  if (seen === null) throw error;
  return seen;
}
