// Who may use the HTTP server and how people sign in, as the environment says.
import { isIP } from "node:net";
import { z } from "zod";
import { interval, oneWord } from "./config-values.ts";
import { roles } from "./model/person.ts";
import type { Role } from "./model/person.ts";

export interface OidcConfig {
  readonly issuer: string;
  readonly clientId: string;
  /** Null for a public client. */
  readonly clientSecret: string | null;
  readonly scopes: string;
  /** The claim that names roles; null: roles come from `operators` and `defaultRole` alone. */
  readonly rolesClaim: string | null;
  /** E-mail addresses and subjects. */
  readonly operators: readonly string[];
  /** Null: people without a role of their own may not sign in. */
  readonly defaultRole: Role | null;
}

export interface HttpConfig {
  /** Who may use the portal: everybody, or who signs in with a token or at a provider. */
  readonly portalAuth: "none" | "token" | "oidc";
  /** Null without a provider. */
  readonly oidc: OidcConfig | null;
  /** Null: made from the key in STATE_DIR. */
  readonly sessionSecret: string | null;
  readonly sessionTtlMs: number;
  /** Addresses and networks whose X-Forwarded-For is believed. */
  readonly trustedProxies: readonly string[];
  /** Origins of other sites whose pages may ask the API. */
  readonly corsOrigins: readonly string[];
}

function words(text: string): readonly string[] {
  return text.split(/[\s,]+/).filter((word) => word !== "");
}

function isNetwork(text: string): boolean {
  const [net = "", prefix, ...more] = text.split("/");
  const family = isIP(net);
  if (family === 0 || more.length > 0) return false;
  if (prefix === undefined) return true;
  return /^\d{1,3}$/.test(prefix) && Number(prefix) <= (family === 4 ? 32 : 128);
}

function isOrigin(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && ["http:", "https:"].includes(url.protocol) && url.origin === text;
}

function list(isRight: (word: string) => boolean, message: string) {
  return z
    .string()
    .transform(words)
    .refine((all) => all.every(isRight), { error: message });
}

const localHost = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

const issuer = z.string().refine(
  (text) => {
    const url = URL.parse(text);
    if (url === null) return false;
    const { username, password, search, hash } = url;
    if (`${username}${password}${search}${hash}` !== "") return false;
    return url.protocol === "https:" || (url.protocol === "http:" && localHost.test(url.hostname));
  },
  { error: "must be an https address such as https://git.example.com; http only on this machine" },
);

const secret = z
  .string()
  .min(32, { error: "must be 32 characters or more; `openssl rand -base64 32` makes one" });

/** Rows of the table of variables. */
export const httpVariables = {
  PORTAL_AUTH: z
    .enum(["none", "token", "oidc"], { error: "must be none, token or oidc" })
    .default("token"),
  OIDC_ISSUER: issuer.optional(),
  OIDC_CLIENT_ID: oneWord.optional(),
  OIDC_CLIENT_SECRET: oneWord.optional(),
  OIDC_SCOPES: z
    .string()
    .transform((text) => words(text).join(" "))
    .refine((text) => text.split(" ").includes("openid"), { error: "must contain openid" })
    .default("openid profile email"),
  OIDC_ROLES_CLAIM: oneWord.optional(),
  OIDC_OPERATORS: z.string().transform(words).default([]),
  OIDC_DEFAULT_ROLE: z
    .enum([...roles, "none"], { error: "must be viewer, deployer, operator or none" })
    .default("deployer"),
  SESSION_SECRET: secret.optional(),
  SESSION_TTL: interval(60_000, "1m")
    .refine((ms) => ms <= 30 * 24 * 3_600_000, { error: "must be 30d at most" })
    .default(12 * 3_600_000),
  TRUSTED_PROXIES: list(
    isNetwork,
    "must be addresses or networks such as 10.0.0.0/8, separated by commas",
  ).default([]),
  CORS_ORIGINS: list(
    isOrigin,
    "must be origins such as https://app.example.com, without a path, separated by commas",
  ).default([]),
};

/** As they stand in the environment, each valid by itself. */
export type HttpVariables = z.output<z.ZodObject<typeof httpVariables>> & {
  readonly PUBLIC_URL?: string | undefined;
};

/** What stands there when some of it is wrong: enough to name what is missing. */
export function rawHttp(raw: Readonly<Record<string, string>>): HttpVariables {
  const defaults = z.object(httpVariables).parse({});
  const portalAuth = httpVariables.PORTAL_AUTH.safeParse(raw.PORTAL_AUTH);
  return {
    ...defaults,
    PORTAL_AUTH: portalAuth.success ? portalAuth.data : "token",
    OIDC_ISSUER: raw.OIDC_ISSUER,
    OIDC_CLIENT_ID: raw.OIDC_CLIENT_ID,
    PUBLIC_URL: raw.PUBLIC_URL,
  };
}

/** Null without a provider, or one line for each thing that is missing. */
function oidcConfig(
  value: HttpVariables,
): { readonly oidc: OidcConfig | null } | { readonly problems: readonly string[] } {
  const { OIDC_ISSUER: issuerUrl, OIDC_CLIENT_ID: clientId, PORTAL_AUTH: portalAuth } = value;
  const isWanted = portalAuth === "oidc" || issuerUrl !== undefined || clientId !== undefined;
  if (!isWanted) return { oidc: null };
  const problems: string[] = [];
  if (portalAuth === "token") {
    const set = issuerUrl === undefined ? "OIDC_CLIENT_ID" : "OIDC_ISSUER";
    problems.push(`PORTAL_AUTH is missing beside ${set}; set it to oidc`);
  }
  if (issuerUrl === undefined) {
    problems.push("OIDC_ISSUER is missing; set it to the identity provider's address");
  }
  if (clientId === undefined) {
    problems.push("OIDC_CLIENT_ID is missing; register Capstan at the identity provider");
  }
  if (value.PUBLIC_URL === undefined) {
    problems.push("PUBLIC_URL is missing; the identity provider sends people back to it");
  }
  if (issuerUrl === undefined || clientId === undefined || problems.length > 0) return { problems };
  return {
    oidc: {
      issuer: issuerUrl,
      clientId,
      clientSecret: value.OIDC_CLIENT_SECRET ?? null,
      scopes: value.OIDC_SCOPES,
      rolesClaim: value.OIDC_ROLES_CLAIM ?? null,
      operators: value.OIDC_OPERATORS,
      defaultRole: value.OIDC_DEFAULT_ROLE === "none" ? null : value.OIDC_DEFAULT_ROLE,
    },
  };
}

export function httpConfig(
  value: HttpVariables,
): { readonly http: HttpConfig } | { readonly problems: readonly string[] } {
  const read = oidcConfig(value);
  if ("problems" in read) return read;
  return {
    http: {
      portalAuth: value.PORTAL_AUTH,
      oidc: read.oidc,
      sessionSecret: value.SESSION_SECRET ?? null,
      sessionTtlMs: value.SESSION_TTL,
      trustedProxies: value.TRUSTED_PROXIES,
      corsOrigins: value.CORS_ORIGINS,
    },
  };
}
