// Finds the person that a token belongs to.
import { timingSafeEqual } from "node:crypto";
import { hashToken } from "../../lib/api-token.ts";
import type { ApiToken } from "../../model/api-token.ts";
import type { Person } from "../../model/person.ts";

export interface TokenBook {
  readonly isEmpty: boolean;
  /** Null when it is nobody's. */
  owner(token: string): ApiToken | null;
  /** By its hash; null once it has left API_TOKENS. */
  byHash(hash: string): ApiToken | null;
}

/** Longer ones are nobody's: hashing them would be work for nothing. */
const longestToken = 512;

export function createTokenBook(tokens: readonly ApiToken[]): TokenBook {
  const known = tokens.map((token) => ({ token, hash: Buffer.from(token.hash, "hex") }));

  function byHash(hex: string): ApiToken | null {
    const hash = Buffer.from(hex, "hex");
    if (hash.length !== 32) return null;
    let found: ApiToken | null = null;
    // All are compared, each in constant time, so that the time taken tells nothing.
    for (const one of known) if (timingSafeEqual(one.hash, hash)) found = one.token;
    return found;
  }

  return {
    isEmpty: known.length === 0,
    byHash,
    owner: (token) =>
      token === "" || token.length > longestToken ? null : byHash(hashToken(token)),
  };
}

export function tokenPerson({ name, role }: ApiToken): Person {
  return { id: `token:${name}`, name, email: null, role };
}

/** The token of `Authorization: Bearer …`; null without such a header. */
export function bearerOf(headers: Headers): string | null {
  const [, given] = /^Bearer +(\S+) *$/i.exec(headers.get("authorization") ?? "") ?? [];
  return given ?? null;
}
