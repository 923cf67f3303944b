// Everything about who may, put together for the server.
import { createHash, randomBytes as nodeRandomBytes } from "node:crypto";
import type { Hono } from "hono";
import type { Clock } from "../../lib/clock.ts";
import type { Logger } from "../../lib/logger.ts";
import type { ApiToken } from "../../model/api-token.ts";
import type { Person } from "../../model/person.ts";
import type { SessionStore } from "../../ports-sessions.ts";
import { createAccess } from "./access.ts";
import { createTokenBook, tokenPerson } from "./bearer.ts";
import type { TokenBook } from "./bearer.ts";
import { createOidcClient } from "./oidc-client.ts";
import type { OidcProvider } from "./oidc-client.ts";
import { oidcPerson } from "./oidc-person.ts";
import type { OidcRules } from "./oidc-person.ts";
import { createSessions } from "./sessions.ts";
import type { Sessions } from "./sessions.ts";
import { signInRoutes } from "./sign-in-routes.ts";
import type { OidcSignIn } from "./sign-in-routes.ts";
import { plainShell } from "./sign-in-page.ts";
import type { PageShell } from "./sign-in-page.ts";
import type { Access } from "./verdict.ts";
import { createPortalPerson } from "./visitors.ts";
import type { PortalPerson } from "./visitors.ts";
import { createWho } from "./who.ts";

export interface AuthDeps {
  readonly tokens: readonly ApiToken[];
  /** Who may use the portal: everybody, or who signs in. `token` when it is left out. */
  readonly portalAuth?: "none" | "token" | "oidc";
  /** Where people reach this server, without a slash at its end. */
  readonly publicUrl?: string | null;
  /** Other sites whose pages may ask. */
  readonly corsOrigins?: readonly string[];
  /** Without it nobody signs in. */
  readonly signIn?: SignInSettings;
  /** The page around the sign-in forms. */
  readonly page?: PageShell;
}

export interface SignInSettings {
  readonly store: SessionStore;
  /** 32 random bytes or more; another one signs everybody out. */
  readonly secret: Uint8Array;
  readonly ttlMs: number;
  readonly oidc: (OidcProvider & OidcRules) | null;
}

export interface AuthEdge {
  /** Whether the server listens on loopback only. */
  readonly isLoopback: () => boolean;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly randomBytes?: (count: number) => Uint8Array;
}

export interface Auth {
  readonly access: Access;
  /** Whoever sent the request, for pages: null where somebody has to sign in first, at `/sign-in?to=/path`. */
  identify(request: Request): Promise<Person | null>;
  readonly portalPerson: PortalPerson;
  /** `/sign-in`, `/sign-out`, `/auth/start` and `/auth/callback`. */
  readonly routes: Hono;
  readonly page: PageShell;
}

const secretBytes = 32;

/** A session ends when the settings that let the person in change. */
function proofOf({
  issuer,
  clientId,
  rolesClaim,
  operators,
  defaultRole,
}: OidcProvider & OidcRules) {
  const settings = JSON.stringify([issuer, clientId, rolesClaim, operators, defaultRole]);
  return `oidc:${createHash("sha256").update(settings).digest("hex")}`;
}

function presentPerson(book: TokenBook, oidcProof: string | null) {
  return (person: Person, proof: string): Person | null => {
    if (proof === oidcProof) return person;
    const [kind, hash = ""] = proof.split(":");
    const token = kind === "token" ? book.byHash(hash) : null;
    return token === null ? null : tokenPerson(token);
  };
}

export function createAuth(deps: AuthDeps, edge: AuthEdge): Auth {
  const { tokens, portalAuth = "token", publicUrl = null, corsOrigins = [], signIn } = deps;
  const { isLoopback, clock, logger, randomBytes = nodeRandomBytes } = edge;
  const page = deps.page ?? plainShell;
  const secure = publicUrl?.startsWith("https:") === true;
  // Without sessions nothing that is sealed has to outlive the process.
  const secret = signIn?.secret ?? randomBytes(secretBytes);
  const book = createTokenBook(tokens);
  const provider = publicUrl === null ? null : (signIn?.oidc ?? null);
  const oidc: OidcSignIn | null =
    provider === null
      ? null
      : {
          client: createOidcClient(provider, clock),
          redirectUri: `${publicUrl ?? ""}/auth/callback`,
          provider: new URL(provider.issuer).host,
          personOf: (claims) => oidcPerson(claims, provider),
          proof: proofOf(provider),
        };
  const sessions: Sessions | null =
    signIn === undefined
      ? null
      : createSessions({
          store: signIn.store,
          secret,
          secure,
          ttlMs: signIn.ttlMs,
          clock,
          randomBytes,
          logger,
          present: presentPerson(book, oidc?.proof ?? null),
        });
  const who = createWho({
    book,
    sessions,
    needsSignIn: portalAuth === "oidc",
    isLoopback,
    publicUrl,
  });
  const identify = async (request: Request): Promise<Person | null> => {
    const sender = await who(request);
    return sender.kind === "person" ? sender.person : null;
  };
  return {
    access: createAccess(who),
    identify,
    portalPerson: createPortalPerson({
      who,
      isOpenToAll: portalAuth === "none",
      secret,
      secure,
      publicUrl,
      corsOrigins,
      isLoopback,
      clock,
      randomBytes,
    }),
    routes: signInRoutes({
      identify,
      book,
      sessions,
      oidc,
      secret,
      secure,
      publicUrl,
      clock,
      logger,
      page,
    }),
    page,
  };
}
