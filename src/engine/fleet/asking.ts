// Several engines asked at once: all are waited for, and what one of them threw says whose it is.
import { CapstanError, toCapstanError } from "../../lib/errors.ts";
import { prefixOf } from "./members.ts";
import type { Member } from "./members.ts";

/** With the name of its Dokploy before its words. */
export function said(member: Member, error: unknown): CapstanError {
  const known = toCapstanError(error);
  const { code, kind, hint, retryAfterMs } = known;
  return new CapstanError(code, `${prefixOf(member)}${known.message}`, {
    ...(kind === undefined ? {} : { kind }),
    ...(hint === undefined ? {} : { hint }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    cause: error,
  });
}

/** Asks all at once, waits for all, and throws what the first one threw when one did. */
export async function fromAll<T>(
  members: Iterable<Member>,
  ask: (member: Member) => Promise<T>,
): Promise<readonly (readonly [Member, T])[]> {
  const asked = [...members].map(async (member) => {
    try {
      return [member, await ask(member)] as const;
    } catch (error) {
      throw said(member, error);
    }
  });
  await Promise.allSettled(asked);
  return Promise.all(asked);
}
