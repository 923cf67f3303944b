// Who may ask for what (law P6). With tokens, everybody needs one. Without tokens only a server that
// listens on loopback answers, and then only programs of this machine: a page in somebody's browser, or
// what a proxy passes on, comes from elsewhere although it arrives on loopback.
import { timingSafeEqual } from "node:crypto";
import { hashToken } from "../../lib/api-token.ts";
import type { ApiToken, Role } from "../../lib/api-token.ts";

export type Verdict =
  | { readonly kind: "granted"; readonly by: string }
  | {
      readonly kind: "refused";
      readonly status: 401 | 403;
      readonly detail: string;
      readonly hint: string;
      /** For the header WWW-Authenticate; null with 403. */
      readonly challenge: string | null;
    };

export interface AccessOptions {
  readonly tokens: readonly ApiToken[];
  /** Whether the server listens on loopback only. */
  readonly isLoopback: () => boolean;
}

export type Access = (headers: Headers, needs: Role) => Verdict;

/** Longer ones are nobody's: hashing them would be work for nothing. */
const longestToken = 512;

/** 127.0.0.0/8 and ::1, also as an IPv4 address inside IPv6. */
export function isLoopbackAddress(address: string): boolean {
  return address === "::1" || /^(?:::ffff:)?127(?:\.\d{1,3}){3}$/i.test(address);
}

function isLoopbackHost(host: string): boolean {
  const name = host.replace(/:\d+$/, "").toLowerCase();
  return name === "localhost" || name === "[::1]" || isLoopbackAddress(name);
}

/** What proxies add, each its own choice of them. */
function isOfProxy(name: string): boolean {
  return name.startsWith("x-forwarded-") || ["forwarded", "x-real-ip", "via"].includes(name);
}

/** Why a request that arrived on loopback is not one of a program on this machine; null when it is. */
function comesFromElsewhere(headers: Headers): string | null {
  const host = headers.get("host") ?? "";
  if (!isLoopbackHost(host)) return "it asks for another host than this machine";
  if ([...headers.keys()].some(isOfProxy)) return "a proxy passed it on";
  const origin = headers.get("origin");
  const site = headers.get("sec-fetch-site");
  const isPage = origin !== null && origin !== `http://${host}`;
  if (isPage || (site !== null && site !== "same-origin" && site !== "none")) {
    return "a page of another site sent it";
  }
  return null;
}

function refuse(
  status: 401 | 403,
  detail: string,
  hint: string,
  challenge: string | null = null,
): Verdict {
  return { kind: "refused", status, detail, hint, challenge };
}

export function createAccess({ tokens, isLoopback }: AccessOptions): Access {
  const known = tokens.map((token) => ({ token, hash: Buffer.from(token.hash, "hex") }));

  function owner(given: string): ApiToken | null {
    if (given.length > longestToken) return null;
    const hash = Buffer.from(hashToken(given), "hex");
    let found: ApiToken | null = null;
    // All are compared, each in constant time: how long it takes tells nothing.
    for (const one of known) if (timingSafeEqual(one.hash, hash)) found = one.token;
    return found;
  }

  function withoutTokens(headers: Headers): Verdict {
    const hint = "set API_TOKENS (`capstan token NAME` makes one), or HOST=127.0.0.1";
    if (!isLoopback()) return refuse(403, "the API is closed: there are no API_TOKENS", hint);
    const elsewhere = comesFromElsewhere(headers);
    if (elsewhere === null) return { kind: "granted", by: "a local operator" };
    const detail = `without API_TOKENS only programs of this machine are answered, and ${elsewhere}`;
    return refuse(403, detail, hint);
  }

  return (headers, needs) => {
    if (known.length === 0) return withoutTokens(headers);
    const [, given] = /^Bearer +(\S+) *$/i.exec(headers.get("authorization") ?? "") ?? [];
    if (given === undefined) {
      const hint = "send the header `Authorization: Bearer …`; commands take it from CAPSTAN_TOKEN";
      return refuse(401, "a token is needed", hint, 'Bearer realm="capstan"');
    }
    const token = owner(given);
    if (token === null) {
      const hint = "copy it again, or make a new one with `capstan token NAME`";
      const challenge = 'Bearer realm="capstan", error="invalid_token"';
      return refuse(401, "this token is not among API_TOKENS", hint, challenge);
    }
    if (needs === "operator" && token.role !== "operator") {
      const hint = "ask somebody whose token has the role operator";
      return refuse(403, `the token of ${token.name} may look, and change nothing`, hint);
    }
    return { kind: "granted", by: token.name };
  };
}
