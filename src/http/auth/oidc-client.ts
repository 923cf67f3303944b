// Signs people in at an OpenID Connect provider: the authorization code flow with PKCE, state and nonce. The
// provider is asked for its addresses when somebody first signs in, so that Capstan starts without it.
import * as oidc from "openid-client";
import type { Clock } from "../../lib/clock.ts";
import { CapstanError, isCapstanError } from "../../lib/errors.ts";
import { boundedFetch } from "../../lib/http.ts";
import { isLoopbackHost } from "./local-request.ts";
import type { Claims } from "./oidc-person.ts";

export interface OidcProvider {
  readonly issuer: string;
  readonly clientId: string;
  /** Null for a public client. */
  readonly clientSecret: string | null;
  readonly scopes: string;
}

/** What the browser carries from the start of a sign-in to its end. */
export interface Attempt {
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
}

export type SignInFailure =
  /** The provider cannot be reached or is broken; later may do. */
  | "provider down"
  /** The person said no, or the provider did. */
  | "denied"
  /** The answer is old, used already, or of another attempt. */
  | "stale"
  /** What the provider says cannot be believed; its settings or ours are wrong. */
  | "not believed";

export type SignInEnd =
  | { readonly kind: "claims"; readonly claims: Claims }
  | { readonly kind: "failed"; readonly failure: SignInFailure; readonly detail: string };

export interface OidcClient {
  /** The provider's page. Throws `unavailable` when the provider cannot be reached. */
  start(redirectUri: string): Promise<{ readonly url: string; readonly attempt: Attempt }>;
  /** `callback`: the address that the browser came back to. Never throws. `detail` is for the log. */
  finish(callback: URL, attempt: Attempt): Promise<SignInEnd>;
}

const limits = { timeoutMs: 10_000, maxBytes: 512 * 1024 };
/** The provider's addresses are read again by then. */
const freshMs = 3_600_000;
/** A provider that is down is not asked more often than this. */
const pauseMs = 5_000;
/** Two clocks are never quite the same. */
const toleranceS = 60;

/** The library marks it so that it stands out. Only a provider on this machine is asked without TLS. */
// eslint-disable-next-line @typescript-eslint/no-deprecated
const withoutTls: (config: oidc.Configuration) => void = oidc.allowInsecureRequests;

/** What happened and where, without tokens: messages of the library hold names of claims and codes only. */
function describe(error: unknown): string {
  const parts: string[] = [];
  let current: unknown = error;
  for (let depth = 0; depth < 4 && current instanceof Error; depth++) {
    if (!parts.includes(current.message)) parts.push(current.message);
    current = current.cause;
  }
  if (error instanceof oidc.ResponseBodyError || error instanceof oidc.AuthorizationResponseError) {
    parts.push(error.error, error.error_description ?? "");
  }
  if (error instanceof oidc.WWWAuthenticateChallengeError) {
    for (const { parameters } of error.cause) parts.push(parameters.error ?? "");
    parts.push("are OIDC_CLIENT_ID and OIDC_CLIENT_SECRET right?");
  }
  return parts
    .filter((part) => part !== "")
    .join(": ")
    .slice(0, 500);
}

function isOutage(error: unknown): boolean {
  let current: unknown = error;
  for (let depth = 0; depth < 4 && current !== undefined; depth++) {
    if (isCapstanError(current)) return current.code === "unavailable";
    if (current instanceof Response) return current.status >= 500 || current.status === 429;
    if (current instanceof oidc.ClientError && current.code === "OAUTH_TIMEOUT") return true;
    current = current instanceof Error ? current.cause : undefined;
  }
  return error instanceof oidc.ResponseBodyError && error.status >= 500;
}

function failureOf(error: unknown): SignInFailure {
  if (isOutage(error)) return "provider down";
  if (error instanceof oidc.AuthorizationResponseError) return "denied";
  if (error instanceof oidc.ResponseBodyError && error.error === "invalid_grant") return "stale";
  return "not believed";
}

/** The one way that OpenID Connect makes the default, where the provider does not rule it out. */
function clientAuth(server: oidc.ServerMetadata, secret: string | null): oidc.ClientAuth {
  if (secret === null) return oidc.None();
  const supported = server.token_endpoint_auth_methods_supported ?? ["client_secret_basic"];
  const isBasic = supported.includes("client_secret_basic");
  return isBasic ? oidc.ClientSecretBasic(secret) : oidc.ClientSecretPost(secret);
}

export function createOidcClient(provider: OidcProvider, clock: Clock): OidcClient {
  const issuer = new URL(provider.issuer);
  // The configuration allows a provider without TLS on this machine only.
  const isInsecure = issuer.protocol === "http:" && isLoopbackHost(issuer.host);
  let found: { readonly config: oidc.Configuration; readonly atMs: number } | null = null;
  let failed: { readonly error: unknown; readonly atMs: number } | null = null;
  let asking: Promise<oidc.Configuration> | null = null;

  async function ask(): Promise<oidc.Configuration> {
    const { clientId, clientSecret } = provider;
    const metadata = { [oidc.clockTolerance]: toleranceS };
    const insecure = isInsecure ? [withoutTls] : [];
    const first = await oidc.discovery(issuer, clientId, metadata, undefined, {
      [oidc.customFetch]: boundedFetch(limits),
      execute: insecure,
    });
    const server = first.serverMetadata();
    const auth = clientAuth(server, clientSecret);
    const config = new oidc.Configuration(server, clientId, metadata, auth);
    config[oidc.customFetch] = boundedFetch(limits);
    for (const allow of insecure) allow(config);
    oidc.enableNonRepudiationChecks(config);
    return config;
  }

  async function configuration(): Promise<oidc.Configuration> {
    const nowMs = clock.now();
    if (found !== null && nowMs - found.atMs < freshMs) return found.config;
    if (failed !== null && nowMs - failed.atMs < pauseMs) {
      if (found !== null) return found.config;
      throw failed.error;
    }
    asking ??= ask().finally(() => {
      asking = null;
    });
    try {
      const config = await asking;
      found = { config, atMs: clock.now() };
      failed = null;
      return config;
    } catch (error) {
      failed = { error, atMs: clock.now() };
      if (found !== null) return found.config;
      throw error;
    }
  }

  async function claimsOf(callback: URL, attempt: Attempt): Promise<Claims> {
    const config = await configuration();
    const tokens = await oidc.authorizationCodeGrant(config, callback, {
      pkceCodeVerifier: attempt.verifier,
      expectedState: attempt.state,
      expectedNonce: attempt.nonce,
      idTokenExpected: true,
    });
    const claims: Claims = { ...tokens.claims() };
    const { sub } = claims;
    // Many providers tell names and groups there only.
    if (config.serverMetadata().userinfo_endpoint === undefined || typeof sub !== "string") {
      return claims;
    }
    const more = await oidc.fetchUserInfo(config, tokens.access_token, sub);
    return { ...more, ...claims };
  }

  return {
    async start(redirectUri) {
      let config: oidc.Configuration;
      try {
        config = await configuration();
      } catch (error) {
        throw new CapstanError(
          "unavailable",
          `no sign-in at ${issuer.origin}: ${describe(error)}`,
          {
            cause: error,
          },
        );
      }
      const attempt = {
        state: oidc.randomState(),
        nonce: oidc.randomNonce(),
        verifier: oidc.randomPKCECodeVerifier(),
      };
      const url = oidc.buildAuthorizationUrl(config, {
        redirect_uri: redirectUri,
        scope: provider.scopes,
        state: attempt.state,
        nonce: attempt.nonce,
        code_challenge: await oidc.calculatePKCECodeChallenge(attempt.verifier),
        code_challenge_method: "S256",
      });
      return { url: url.href, attempt };
    },
    async finish(callback, attempt) {
      try {
        return { kind: "claims", claims: await claimsOf(callback, attempt) };
      } catch (error) {
        return { kind: "failed", failure: failureOf(error), detail: describe(error) };
      }
    },
  };
}
