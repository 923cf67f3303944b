// The environment as one plain object: a pure function of the variables and a file reader. All problems
// are found at once, each in one line that says what to do; a secret's value is in none of them.
import { validate as isCron } from "node-cron";
import { z } from "zod";
import {
  dokployUrl,
  dokployVersion,
  readDokployServers,
  traefikAddress,
} from "./config-dokploys.ts";
import type { DokployConfig, DokployServers } from "./config-dokploys.ts";
import { dnsConfig, dnsVariables, rawDns } from "./config-dns.ts";
import { createEnvironmentReader, unreadableFiles, withPrefix } from "./config-environment.ts";
import type { Environment, ReadFile } from "./config-environment.ts";
import type { DnsSettings } from "./config-dns.ts";
import { gitConfig, gitVariables } from "./config-git.ts";
import type { GitConfig } from "./config-git.ts";
import { forgeConfig, rawForge, webhookConfig, webhookVariables } from "./config-forge.ts";
import type { ForgeConfig, WebhookConfig } from "./config-forge.ts";
import { logsConfig, logVariables } from "./config-logs.ts";
import type { LogsConfig } from "./config-logs.ts";
import { policySettings, policyVariables } from "./config-policies.ts";
import type { PolicySettings } from "./config-policies.ts";
import { portalSettings, portalVariables } from "./config-portal.ts";
import type { PortalSettings } from "./engine/portal/deps.ts";
import { httpConfig, httpVariables, rawHttp } from "./config-http.ts";
import type { HttpConfig } from "./config-http.ts";
import { networkOf, networkVariables } from "./config-network.ts";
import type { NetworkSettings } from "./lib/network.ts";
import { notifyConfig, notifyVariables } from "./config-notify.ts";
import type { NotifyConfig } from "./config-notify.ts";
import {
  rawSecrets,
  readSecretVariables,
  secretSourcesConfig,
  secretVariableRows,
} from "./config-secrets.ts";
import type { SecretSourcesConfig } from "./config-secrets.ts";
import { storeSettings, storeVariables } from "./config-store.ts";
import type { StoreSettings } from "./config-store.ts";
import { telemetryConfig, telemetryVariables } from "./config-telemetry.ts";
import type { TelemetryConfig } from "./config-telemetry.ts";
import { between, checked, dnsLabel, httpUrl, interval, names, oneWord } from "./config-values.ts";
import { checkPath } from "./git/address.ts";
import { CapstanError } from "./lib/errors.ts";
import type { LogFormat } from "./lib/log-format.ts";
import type { LogLevel } from "./lib/logger.ts";
import { parseApiTokens } from "./model/api-token.ts";
import type { ApiToken } from "./model/api-token.ts";
import { forgeKinds } from "./model/forge.ts";

/** How commands reach a running controller. */
export interface ClientConfig {
  /** Without a slash at its end. */
  readonly url: string;
  readonly token: string | null;
  /** Whether CAPSTAN_URL names it; otherwise it is where one on this machine would be. */
  readonly named: boolean;
}

export interface Config extends PolicySettings, WebhookConfig, DnsSettings, StoreSettings {
  /** Null without DOKPLOY_URL. */
  readonly dokploy: DokployConfig | null;
  /** Null without DOKPLOY_SERVERS_FILE. */
  readonly dokploys: DokployServers | null;
  /** The only one of them that this process works with; null: all. */
  readonly dokployName: string | null;
  /** Requests to Dokploy at a time; null: as usual. */
  readonly dokployRequests: number | null;
  /** Null without GIT_URL. */
  readonly git: GitConfig | null;
  /** Null without FORGE. */
  readonly forge: ForgeConfig | null;
  readonly branch: string;
  readonly stacksPath: string;
  readonly pollSchedule: string;
  readonly resyncIntervalMs: number;
  /** How often the branches and tags that services follow are asked for new commits and images. */
  readonly followIntervalMs: number;
  readonly deepCheckIntervalMs: number;
  readonly workers: number;
  readonly previewLimit: number;
  readonly leaseTtlMs: number;
  readonly port: number;
  readonly host: string;
  /** Who may use the API; none: only programs of this machine. */
  readonly apiTokens: readonly ApiToken[];
  readonly http: HttpConfig;
  readonly logs: LogsConfig;
  readonly client: ClientConfig;
  /** Where people reach this server, without a slash at its end; null: no links to it are given. */
  readonly publicUrl: string | null;
  /** `STACK_…` and LOG_INGEST_URL, for `$(env.…)`. */
  readonly variables: Readonly<Record<string, string>>;
  readonly portal: PortalSettings;
  readonly reservedNames: readonly string[];
  readonly instance: string;
  readonly stateDir: string;
  readonly logLevel: LogLevel;
  /** `auto`: for people on a terminal, JSON elsewhere. */
  readonly logFormat: "auto" | LogFormat;
  readonly secretsDir: string | null;
  /** `SECRET_…` as they are, for `$(secrets.…)`. */
  readonly secretVariables: Readonly<Record<string, string>>;
  readonly secretSources: SecretSourcesConfig;
  readonly traefikAddress: string | null;
  readonly telemetry: TelemetryConfig;
  readonly notify: NotifyConfig;
  readonly network: NetworkSettings;
}

export type ConfigResult =
  | { readonly ok: true; readonly config: Config }
  | { readonly ok: false; readonly problems: readonly string[] };

const capstanUrl = httpUrl(
  "https://capstan.example.com",
  "the token belongs in CAPSTAN_TOKEN",
).transform((url) => url.replace(/\/api(?:\/v1)?$/, ""));

const apiTokens = z.string().transform((value, context) => {
  const { tokens, problems } = parseApiTokens(value);
  for (const message of problems) context.addIssue({ code: "custom", message });
  return tokens;
});

/** One row a variable; what is absent is undefined or has its default. */
const schema = z.object({
  DOKPLOY_URL: dokployUrl.optional(),
  DOKPLOY_API_TOKEN: oneWord.optional(),
  DOKPLOY_ACCEPT_VERSION: dokployVersion.optional(),
  DOKPLOY_SERVERS_FILE: z.string().optional(),
  DOKPLOY_NAME: dnsLabel.optional(),
  ...gitVariables,
  STACKS_PATH: checked(checkPath).default("stacks"),
  ...policyVariables,
  FORGE: z.enum(forgeKinds, { error: "must be gitea, forgejo, github or gitlab" }).optional(),
  FORGE_URL: httpUrl("https://git.example.com", "the token belongs in FORGE_TOKEN").optional(),
  FORGE_TOKEN: oneWord.optional(),
  FORGE_REPOSITORY: z
    .string()
    .regex(/^(?!.*(?:^|\/)\.{1,2}(?:\/|$))[\w.-]+(?:\/[\w.-]+)+$/, {
      error: "must be owner/name, as in the address of the repository's page",
    })
    .optional(),
  ...webhookVariables,
  POLL_SCHEDULE: z
    .string()
    .refine((value) => isCron(value), { error: 'must be a cron expression such as "* * * * *"' })
    .default("* * * * *"),
  RESYNC_INTERVAL: interval(1_000, "1s").default(600_000),
  DEEP_CHECK_INTERVAL: interval(1_000, "1s").default(3_600_000),
  FOLLOW_INTERVAL: interval(1_000, "1s").default(60_000),
  WORKERS: between(1, 64).default(20),
  PREVIEW_LIMIT: between(0, 100).default(10),
  LEASE_TTL: interval(5_000, "5s").default(120_000),
  PORT: between(0, 65_535).default(3000),
  HOST: z
    .string()
    .regex(/^[\w.:-]+$/, { error: "must be an address to listen on, such as 0.0.0.0" })
    .default("0.0.0.0"),
  PUBLIC_URL: httpUrl("https://capstan.example.com", "it must not hold a secret").optional(),
  API_TOKENS: apiTokens.optional(),
  ...httpVariables,
  CAPSTAN_URL: capstanUrl.optional(),
  CAPSTAN_TOKEN: oneWord.optional(),
  ...portalVariables,
  ...logVariables,
  RESERVED_NAMES: names.default([]),
  CAPSTAN_INSTANCE: dnsLabel.default("default"),
  STATE_DIR: z.string().default("data"),
  ...storeVariables,
  LOG_LEVEL: z
    .enum(["debug", "info", "warn", "error", "silent"], {
      error: "must be debug, info, warn, error or silent",
    })
    .default("info"),
  LOG_FORMAT: z
    .enum(["auto", "pretty", "json"], { error: "must be auto, pretty or json" })
    .default("auto"),
  ...telemetryVariables,
  ...notifyVariables,
  SECRETS_DIR: z.string().optional(),
  ...secretVariableRows,
  TRAEFIK_IP: traefikAddress.optional(),
  ...dnsVariables,
  ...networkVariables,
});

/** All variables of this table, for `.env.example` and its test. */
export const variableNames: readonly string[] = Object.keys(schema.shape);

const fileNames = ["GIT_SSH_KEY_FILE", "GIT_KNOWN_HOSTS_FILE", "CA_FILE", "POLICY_FILE"] as const;

export { networkSecrets } from "./config-network.ts";

/** How the whole process reaches others. What is wrong with it is among the problems of `readConfig`. */
export function readNetwork(env: Environment, readFile: ReadFile): NetworkSettings {
  return networkOf(createEnvironmentReader(env, readFile).value, readFile);
}

/** Those of DOKPLOY_SERVERS_FILE, where it is set. */
function dokployServers(
  raw: Readonly<Record<string, string>>,
  readFile: ReadFile,
): Pick<Config, "dokploys"> | { readonly problems: readonly string[] } {
  const { DOKPLOY_SERVERS_FILE: path, DOKPLOY_URL: url, CAPSTAN_INSTANCE: instance } = raw;
  if (path === undefined) return { dokploys: null };
  return readDokployServers(path, {
    hasUnnamed: url !== undefined,
    url: dokployUrl.safeParse(url).data ?? null,
    instance: instance ?? "default",
    readFile,
  });
}

/** The configuration, or every problem of the environment. */
export function readConfig(env: Environment, readFile: ReadFile): ConfigResult {
  const reader = createEnvironmentReader(env, readFile);
  const { problems } = reader;
  const raw: Record<string, string> = {};
  // Vault's agent renews the token in this file: it is read when it is needed.
  const withoutTokenFile = createEnvironmentReader({ ...env, VAULT_TOKEN_FILE: "" }, readFile);
  for (const name of variableNames) {
    const from = name === "VAULT_TOKEN" ? withoutTokenFile : reader;
    const value = from.value(name)?.trim();
    if (value !== undefined) raw[name] = value;
  }
  problems.push(...unreadableFiles(fileNames, raw, readFile));
  const stackVariables = withPrefix(env, "STACK_", reader);
  for (const [name, text] of Object.entries(stackVariables)) stackVariables[name] = text.trim();
  const logIngestUrl = reader.value("LOG_INGEST_URL")?.trim();
  if (logIngestUrl !== undefined) stackVariables.LOG_INGEST_URL = logIngestUrl;
  const secretVariables = readSecretVariables(env, reader);
  const parsed = schema.safeParse(raw);
  if (!parsed.success) {
    for (const issue of parsed.error.issues) {
      const goesOn = issue.message.startsWith(":") ? "" : " ";
      problems.push(`${String(issue.path[0])}${goesOn}${issue.message}`);
    }
  }
  if (raw.DOKPLOY_URL !== undefined && !("DOKPLOY_API_TOKEN" in raw)) {
    const named = problems.some((problem) => problem.startsWith("DOKPLOY_API_TOKEN"));
    if (!named) {
      problems.push(
        "DOKPLOY_API_TOKEN is missing; make a key in Dokploy (Settings, Profile, API keys) and set it",
      );
    }
  }
  const read = forgeConfig(parsed.success ? parsed.data : rawForge(raw));
  const http = httpConfig(parsed.success ? parsed.data : rawHttp(raw));
  const dns = dnsConfig(parsed.success ? parsed.data : rawDns(raw), raw.TRAEFIK_IP);
  const logs = logsConfig(parsed.success ? parsed.data : raw);
  const secrets = secretSourcesConfig(parsed.success ? parsed.data : rawSecrets(raw));
  const dokploys = dokployServers(raw, readFile);
  if ("problems" in dokploys) problems.push(...dokploys.problems);
  for (const part of [read, http, dns, logs, secrets]) {
    // A variable that is wrong is not missing as well.
    for (const problem of "problems" in part ? part.problems : []) {
      const [name = ""] = problem.split(" ", 1);
      if (!problems.some((told) => told.startsWith(`${name} `))) problems.push(problem);
    }
  }
  // The problems of parts are among those above.
  if (!parsed.success || problems.length > 0) return { ok: false, problems };
  if ("problems" in read || "problems" in http) return { ok: false, problems };
  if ("problems" in dns || "problems" in logs || "problems" in secrets) {
    return { ok: false, problems };
  }
  if ("problems" in dokploys) return { ok: false, problems };

  const value = parsed.data;
  const { DOKPLOY_URL: url, DOKPLOY_API_TOKEN: token } = value;
  return {
    ok: true,
    config: {
      dokploy:
        url === undefined || token === undefined
          ? null
          : { url, token, acceptVersion: value.DOKPLOY_ACCEPT_VERSION ?? null },
      ...dokploys,
      dokployName: value.DOKPLOY_NAME ?? null,
      dokployRequests: null,
      git: gitConfig(value),
      forge: read.forge,
      ...webhookConfig(value),
      branch: value.GIT_BRANCH,
      stacksPath: checkPath(value.STACKS_PATH),
      ...policySettings(value),
      pollSchedule: value.POLL_SCHEDULE,
      resyncIntervalMs: value.RESYNC_INTERVAL,
      followIntervalMs: value.FOLLOW_INTERVAL,
      deepCheckIntervalMs: value.DEEP_CHECK_INTERVAL,
      workers: value.WORKERS,
      previewLimit: value.PREVIEW_LIMIT,
      leaseTtlMs: value.LEASE_TTL,
      port: value.PORT,
      host: value.HOST,
      apiTokens: value.API_TOKENS ?? [],
      http: http.http,
      logs: logs.logs,
      publicUrl: value.PUBLIC_URL ?? null,
      client: {
        url: value.CAPSTAN_URL ?? `http://127.0.0.1:${value.PORT}`,
        token: value.CAPSTAN_TOKEN ?? null,
        named: value.CAPSTAN_URL !== undefined,
      },
      variables: stackVariables,
      portal: portalSettings(value),
      reservedNames: value.RESERVED_NAMES,
      instance: value.CAPSTAN_INSTANCE,
      stateDir: value.STATE_DIR,
      ...storeSettings(value),
      logLevel: value.LOG_LEVEL,
      logFormat: value.LOG_FORMAT,
      secretsDir: value.SECRETS_DIR ?? null,
      secretVariables,
      secretSources: secrets.sources,
      traefikAddress: value.TRAEFIK_IP ?? null,
      ...dns,
      telemetry: telemetryConfig(value),
      notify: notifyConfig(value),
      network: networkOf(reader.value, readFile),
    },
  };
}

/** Throws `invalid` with all problems, one a line. */
export function requireConfig(env: Environment, readFile: ReadFile): Config {
  const result = readConfig(env, readFile);
  if (result.ok) return result.config;
  const count = result.problems.length === 1 ? "a problem" : `${result.problems.length} problems`;
  const lines = result.problems.map((problem) => `  ${problem}`).join("\n");
  throw new CapstanError("invalid", `the environment has ${count}:\n${lines}`, {
    hint: ".env.example lists every variable",
  });
}

/** Throws `invalid` when there is no server to talk to. */
export function requireDokploy(config: Config): DokployConfig {
  if (config.dokploy !== null) return config.dokploy;
  throw new CapstanError("invalid", "DOKPLOY_URL is not set, so there is no server to talk to", {
    hint: "set DOKPLOY_URL and DOKPLOY_API_TOKEN, or try `capstan demo`, which needs neither",
  });
}
