// Who uses the portal. With PORTAL_AUTH=none that is everybody: a browser gets a name of its own, kept in a
// cookie, so that it finds its stacks again; programs without a cookie share
// one, which may ask for stacks and remove none.
import { isIP } from "node:net";
import type { Clock } from "../../lib/clock.ts";
import type { Person, Role } from "../../model/person.ts";
import { mayDo } from "../../model/person.ts";
import { jsonOnly } from "./access.ts";
import { createCookie } from "./cookies.ts";
import { isLoopbackHost } from "./local-request.ts";
import { isForeignBody, isUnsafe, senderOf } from "./origin.ts";
import { createSeal } from "./seal.ts";
import { grantIf, refuse } from "./verdict.ts";
import type { Refused, Verdict } from "./verdict.ts";
import type { Sender } from "./who.ts";

export interface PortalVerdict {
  readonly verdict: Verdict;
  /** To be sent with the answer: the browser is new here. */
  readonly setCookie?: string;
}

/**
 * Like `Access`, for the portal's own addresses: `needs` is `deployer` unless told otherwise. Whom it grants the
 * portal may get nothing else of the API.
 */
export type PortalPerson = (request: Request, needs?: Role) => Promise<PortalVerdict>;

export interface PortalOptions {
  readonly who: (request: Request) => Promise<Sender>;
  readonly isOpenToAll: boolean;
  readonly secret: Uint8Array;
  readonly secure: boolean;
  readonly publicUrl: string | null;
  readonly corsOrigins: readonly string[];
  readonly isLoopback: () => boolean;
  readonly clock: Clock;
  readonly randomBytes: (count: number) => Uint8Array;
}

/** As long as browsers keep a cookie. */
const visitorTtlMs = 400 * 24 * 3_600_000;
const visitorBytes = 12;
const visitorPattern = /^[A-Za-z0-9_-]{16}$/;

/** Whoever has no cookie. */
export const anonymousId = "visitor:anonymous";

function visitor(id: string): Person {
  return { id: `visitor:${id}`, name: "a visitor", email: null, role: "deployer" };
}

export function createPortalPerson(options: PortalOptions): PortalPerson {
  const { who, isOpenToAll, publicUrl, corsOrigins, isLoopback, randomBytes } = options;
  const cookie = createCookie("capstan_visitor", options.secure);
  const seal = createSeal(options.secret, "visitor", options.clock);

  /** A name that somebody points at this server makes a page of theirs a page of ours (DNS rebinding). */
  function isOwnHost(headers: Headers): boolean {
    const host = (headers.get("host") ?? "").toLowerCase();
    if (isLoopbackHost(host)) return true;
    if (publicUrl !== null && host === new URL(publicUrl).host) return true;
    if (isLoopback()) return false;
    const name = host.replace(/:\d+$/, "").replace(/^\[|\]$/g, "");
    return publicUrl === null || isIP(name) !== 0;
  }

  function refusedVisitor(request: Request): Refused | null {
    const { headers } = request;
    if (!isOwnHost(headers)) {
      const hint = "open it at its own address; PUBLIC_URL names it";
      return refuse(403, "it asks for another host than this server", hint);
    }
    if (!isUnsafe(request)) return null;
    const isForeign = senderOf(request, publicUrl) === "foreign";
    if (isForeign && !corsOrigins.includes(headers.get("origin") ?? "")) {
      const hint = "use the portal's own page, or name the other site in CORS_ORIGINS";
      return refuse(403, "a page of another site sent it", hint);
    }
    return isForeignBody(headers) ? jsonOnly : null;
  }

  async function known(headers: Headers): Promise<string | null> {
    const sealed = cookie.read(headers);
    const id = sealed === null ? undefined : (await seal.open(sealed))?.id;
    return id !== undefined && visitorPattern.test(id) ? id : null;
  }

  async function anybody(request: Request, needs: Role): Promise<PortalVerdict> {
    const refused = refusedVisitor(request);
    if (refused !== null) return { verdict: refused };
    const { headers } = request;
    const isLink = headers.get("sec-fetch-mode") === "navigate";
    const isForeign = senderOf(request, publicUrl) === "foreign" && !isLink;
    const id = isForeign ? null : await known(headers);
    if (id !== null) return { verdict: grantIf(visitor(id), needs) };
    const isPage = !isUnsafe(request) && (headers.get("accept") ?? "").includes("text/html");
    if (request.method === "DELETE") {
      const hint =
        "use the page that it was made with, or send the cookie `capstan_visitor`; an operator may remove it too";
      return { verdict: refuse(403, "only a visitor who is known removes anything", hint) };
    }
    if (!isPage || isForeign) return { verdict: grantIf(visitor("anonymous"), needs) };
    const fresh = Buffer.from(randomBytes(visitorBytes)).toString("base64url");
    return {
      verdict: grantIf(visitor(fresh), needs),
      setCookie: cookie.write(await seal.seal({ id: fresh }, visitorTtlMs), visitorTtlMs),
    };
  }

  return async (request, needs = "deployer") => {
    const sender = await who(request);
    switch (sender.kind) {
      case "impostor":
        return { verdict: sender.refused };
      case "nobody":
        return isOpenToAll ? anybody(request, needs) : { verdict: sender.refused };
      case "person": {
        const { person, by } = sender;
        if (by !== "token" && isUnsafe(request) && isForeignBody(request.headers)) {
          return { verdict: jsonOnly };
        }
        // Signing in must not take away what everybody may.
        const isRaised = isOpenToAll && !mayDo(person, "deployer");
        return { verdict: grantIf(isRaised ? { ...person, role: "deployer" } : person, needs) };
      }
    }
  };
}
