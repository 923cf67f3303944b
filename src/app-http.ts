// Who may use the HTTP server, from the configuration and what the state folder keeps.
import type { Config } from "./config.ts";
import type { AuthDeps } from "./http/auth/auth.ts";
import type { GuardSettings } from "./http/guard.ts";
import type { Redactor } from "./lib/redact.ts";
import type { SessionStore } from "./ports-sessions.ts";

export interface HttpParts {
  readonly config: Config;
  readonly store: SessionStore;
  /** Of the state folder: sessions are sealed with it where SESSION_SECRET is not set. */
  readonly key: Uint8Array;
  readonly redactor: Redactor;
}

export function authOf({ config, store, key, redactor }: HttpParts): AuthDeps {
  const { portalAuth, oidc, sessionSecret, sessionTtlMs, corsOrigins } = config.http;
  for (const secret of [sessionSecret, oidc?.clientSecret ?? null]) {
    if (secret !== null) redactor.register(secret);
  }
  const secret = sessionSecret === null ? key : new TextEncoder().encode(sessionSecret);
  return {
    tokens: config.apiTokens,
    portalAuth,
    publicUrl: config.publicUrl,
    corsOrigins,
    signIn: { store, secret, ttlMs: sessionTtlMs, oidc },
  };
}

export function guardOf({ publicUrl, http }: Config): GuardSettings {
  const { corsOrigins, trustedProxies } = http;
  return { publicUrl, corsOrigins, trustedProxies };
}
