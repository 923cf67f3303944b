// Where secrets come from, beside SECRETS_DIR and SECRET_… variables: the key of encrypted files in the repository, and
// secret managers.
import { z } from "zod";
import { withPrefix } from "./config-environment.ts";
import type { Environment, EnvironmentReader } from "./config-environment.ts";
import { httpUrl, interval, oneWord } from "./config-values.ts";

export interface BitwardenConfig {
  readonly accessToken: string;
  /** Without a slash at its end; null: Bitwarden's own cloud. */
  readonly serverUrl: string | null;
}

export interface VaultConfig {
  /** Without a slash at its end. */
  readonly url: string;
  readonly namespace: string | null;
  readonly login:
    | { readonly kind: "token"; readonly token: string }
    | { readonly kind: "file"; readonly path: string }
    | { readonly kind: "approle"; readonly roleId: string; readonly secretId: string };
}

export interface SecretSourcesConfig {
  /** How soon a change in a source of secrets is seen. */
  readonly refreshMs: number;
  readonly ageKeyFile: string | null;
  /** Null without BWS_ACCESS_TOKEN. */
  readonly bitwarden: BitwardenConfig | null;
  /** Null without VAULT_ADDR. */
  readonly vault: VaultConfig | null;
}

/** Rows of the table of variables. */
export const secretVariableRows = {
  SECRETS_REFRESH: interval(1_000, "1s").default(300_000),
  SOPS_AGE_KEY_FILE: z.string().optional(),
  BWS_ACCESS_TOKEN: oneWord
    .regex(/^0\.[^.:\s]+\.[^.:\s]+:[A-Za-z0-9+/]+={0,2}$/, {
      error: "must be an access token of a machine account: it begins with 0. and has a colon",
    })
    .optional(),
  BWS_SERVER_URL: httpUrl(
    "https://vault.example.com",
    "the token belongs in BWS_ACCESS_TOKEN",
  ).optional(),
  VAULT_ADDR: httpUrl(
    "https://vault.example.com:8200",
    "the token belongs in VAULT_TOKEN",
  ).optional(),
  VAULT_NAMESPACE: z
    .string()
    .regex(/^[\w.-]+(?:\/[\w.-]+)*\/?$/, { error: "must be a namespace such as admin/team" })
    .optional(),
  VAULT_TOKEN: oneWord.optional(),
  VAULT_TOKEN_FILE: z.string().optional(),
  VAULT_ROLE_ID: oneWord.optional(),
  VAULT_SECRET_ID: oneWord.optional(),
};

export type SecretVariableValues = Partial<z.output<z.ZodObject<typeof secretVariableRows>>>;

/** `SECRET_…` as they are: a space may belong to a password. */
export function readSecretVariables(
  env: Environment,
  reader: EnvironmentReader,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(withPrefix(env, "SECRET_", reader)).map(([name, value]) => {
      const direct = env[name] ?? "";
      return [name, direct.trim() === "" ? value.replace(/\r?\n$/, "") : direct];
    }),
  );
}

/** What stands there when some of it is wrong: enough to name what is missing beside it. */
export function rawSecrets(raw: Readonly<Record<string, string>>): SecretVariableValues {
  const texts = Object.keys(secretVariableRows).filter((name) => name !== "SECRETS_REFRESH");
  return Object.fromEntries(Object.entries(raw).filter(([name]) => texts.includes(name)));
}

/** The configuration, or one line for each thing that is missing or too much. */
export function secretSourcesConfig(
  values: SecretVariableValues,
): { readonly sources: SecretSourcesConfig } | { readonly problems: readonly string[] } {
  const { VAULT_ADDR: url, VAULT_TOKEN: token, VAULT_TOKEN_FILE: path } = values;
  const {
    VAULT_ROLE_ID: roleId,
    VAULT_SECRET_ID: secretId,
    BWS_ACCESS_TOKEN: accessToken,
  } = values;
  const problems: string[] = [];
  if (accessToken === undefined && values.BWS_SERVER_URL !== undefined) {
    problems.push(
      "BWS_ACCESS_TOKEN is missing beside BWS_SERVER_URL; make one in Bitwarden and set it",
    );
  }
  if ((roleId === undefined) !== (secretId === undefined)) {
    const [there, missing] =
      roleId === undefined
        ? ["VAULT_SECRET_ID", "VAULT_ROLE_ID"]
        : ["VAULT_ROLE_ID", "VAULT_SECRET_ID"];
    problems.push(`${missing} is missing beside ${there}; an AppRole has both`);
  }
  const logins: VaultConfig["login"][] = [
    ...(token === undefined ? [] : [{ kind: "token" as const, token }]),
    ...(path === undefined ? [] : [{ kind: "file" as const, path }]),
    ...(roleId === undefined || secretId === undefined
      ? []
      : [{ kind: "approle" as const, roleId, secretId }]),
  ];
  const [login] = logins;
  const names = "VAULT_TOKEN, VAULT_TOKEN_FILE, and VAULT_ROLE_ID with VAULT_SECRET_ID";
  if (logins.length > 1) problems.push(`VAULT_TOKEN and others are set; set one of ${names}`);
  if (url === undefined && (login !== undefined || values.VAULT_NAMESPACE !== undefined)) {
    problems.push("VAULT_ADDR is missing beside the rest of VAULT_…; set it to Vault's address");
  }
  if (url !== undefined && login === undefined && problems.length === 0) {
    problems.push(`VAULT_TOKEN is missing beside VAULT_ADDR; set one of ${names}`);
  }
  if (problems.length > 0) return { problems };
  return {
    sources: {
      refreshMs: values.SECRETS_REFRESH ?? 300_000,
      ageKeyFile: values.SOPS_AGE_KEY_FILE ?? null,
      bitwarden:
        accessToken === undefined
          ? null
          : { accessToken, serverUrl: values.BWS_SERVER_URL ?? null },
      vault:
        url === undefined || login === undefined
          ? null
          : { url, namespace: values.VAULT_NAMESPACE ?? null, login },
    },
  };
}
