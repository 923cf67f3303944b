// Where log lines go: Loki's address and login, and who may send events to `log-ingest`.
import { z } from "zod";
import { httpUrl, oneWord } from "./config-values.ts";

export interface LokiConfig {
  /** Without a slash at its end, and without the path of its API. */
  readonly url: string;
  /** A password alone is a bearer token. */
  readonly login: { readonly username: string | null; readonly password: string } | null;
  readonly tenant: string | null;
}

export interface LogsConfig {
  /** Null without LOKI_URL: lines go to standard error only. */
  readonly loki: LokiConfig | null;
  readonly ingest: IngestAccess;
}

/** Who may send events: `local` without LOG_INGEST_TOKEN, when programs of this machine may. */
export type IngestAccess =
  | { readonly kind: "token"; readonly token: string }
  | { readonly kind: "everybody" }
  | { readonly kind: "local" };

const shortestToken = 16;

/** Rows of the table of variables. */
export const logVariables = {
  LOKI_URL: httpUrl("http://loki:3100", "the login belongs in LOKI_USERNAME and LOKI_PASSWORD")
    .transform((url) => url.replace(/\/loki(?:\/api\/v1(?:\/push)?)?$/, ""))
    .optional(),
  LOKI_USERNAME: z
    .string()
    .regex(/^[^:\u0000-\u001f\u007f]+$/, { error: "must be a name without a colon" })
    .optional(),
  LOKI_PASSWORD: oneWord.optional(),
  LOKI_TENANT: z
    .string()
    .regex(/^[A-Za-z0-9!\-_.*'()]{1,150}$/, {
      error: "must be a tenant's id: letters, digits and !-_.*'()",
    })
    .optional(),
  LOG_INGEST_TOKEN: oneWord
    .refine((token) => token === "none" || token.length >= shortestToken, {
      error: `must have ${shortestToken} characters or more, or be none for everybody who can reach it`,
    })
    .optional(),
};

type LogVariables = z.output<z.ZodObject<typeof logVariables>>;

function accessOf(token: string | undefined): IngestAccess {
  if (token === undefined) return { kind: "local" };
  return token === "none" ? { kind: "everybody" } : { kind: "token", token };
}

/** The configuration, or one line for each thing that is missing. */
export function logsConfig(
  value: LogVariables,
): { readonly logs: LogsConfig } | { readonly problems: readonly string[] } {
  const { LOKI_URL: url, LOKI_USERNAME: username, LOKI_PASSWORD: password } = value;
  const ingest = accessOf(value.LOG_INGEST_TOKEN);
  const extras = ["LOKI_USERNAME", "LOKI_PASSWORD", "LOKI_TENANT"] as const;
  if (url === undefined) {
    const set = extras.find((name) => value[name] !== undefined);
    if (set === undefined) return { logs: { loki: null, ingest } };
    return { problems: [`LOKI_URL is missing; ${set} is set, so set Loki's address too`] };
  }
  if (username !== undefined && password === undefined) {
    return { problems: ["LOKI_PASSWORD is missing; LOKI_USERNAME is set, so set it too"] };
  }
  const login = password === undefined ? null : { username: username ?? null, password };
  return { logs: { loki: { url, login, tenant: value.LOKI_TENANT ?? null }, ingest } };
}
