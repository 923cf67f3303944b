// The doctor of this environment: one check for everything that is set up, with the adapters that a controller
// would use.
import { resolve } from "node:path";
import type { Config } from "./config.ts";
import { proxyFor } from "./config-network.ts";
import { severalError } from "./app-dokploys.ts";
import type { DokployUnit } from "./app-dokploys.ts";
import { dnsSideOf } from "./app-dns.ts";
import { databaseOf } from "./app-store.ts";
import { collectorOf, lokiOf, targetsOf } from "./app-outlets.ts";
import type { Opened } from "./app-opened.ts";
import { hasNoRepository, openSource } from "./app-source.ts";
import { stateProbe, stateToLook } from "./app-state.ts";
import { forgeOf } from "./app-forge.ts";
import type { DoctorSession } from "./cli/context.ts";
import { findingOf, lookAtAll } from "./doctor/check.ts";
import type { Check, LookParts } from "./doctor/check.ts";
import { dnsChecks } from "./doctor/dns.ts";
import type { DnsSetting } from "./doctor/dns.ts";
import { dokployChecks } from "./doctor/dokploy.ts";
import { forgeChecks, gitCheck } from "./doctor/git.ts";
import type { ForgeSetting } from "./doctor/git.ts";
import { logsCheck, notificationsCheck, tracesCheck } from "./doctor/outlets.ts";
import {
  certificateChecks,
  oidcCheck,
  proxyCheck,
  secretsChecks,
  stateCheck,
  storeCheck,
} from "./doctor/surroundings.ts";
import type { Discovery, Site } from "./doctor/surroundings.ts";
import { trialCheck, trialTimeoutMs } from "./doctor/trial.ts";
import { readCertificate } from "./lib/certificate.ts";
import type { Clock } from "./lib/clock.ts";
import { CapstanError } from "./lib/errors.ts";
import { httpClient } from "./lib/http.ts";
import type { HttpClient } from "./lib/http.ts";
import type { Logger } from "./lib/logger.ts";
import type { Redactor } from "./lib/redact.ts";
import type { Connection } from "./model/connection.ts";
import type { PlatformDoctor } from "./ports-diagnosis.ts";
import type { Platform } from "./ports.ts";
import type { Secrets } from "./ports-secrets.ts";

/** One of the servers. */
export interface DoctoredDokploy {
  /** Its name; "": it has none. */
  readonly dokploy: string;
  readonly platform: PlatformDoctor;
}

/** Checks of a server that has a name say it. */
function checksOf({ dokploy, platform }: DoctoredDokploy): readonly Check[] {
  const checks = dokployChecks(platform);
  if (dokploy === "") return checks;
  return checks.map((check) => ({
    ...check,
    id: `${check.id}-${dokploy}`,
    title: `${check.title} (${dokploy})`,
  }));
}

export interface DoctorParts {
  readonly config: Config;
  readonly stateDir: string;
  readonly clock: Clock;
  readonly http: HttpClient;
  readonly dokploys: readonly DoctoredDokploy[];
  readonly git: Check;
  readonly secrets: Secrets;
  readonly dns: DnsSetting;
  /** Null without FORGE. */
  readonly forge: Omit<ForgeSetting, "branch" | "hookUrl" | "hasSecret" | "nowMs"> | null;
}

const timeoutMs = 20_000;
const maxBytes = 1024 * 1024;

function discoveryOf({ config, http }: DoctorParts): Discovery | null {
  const issuer = config.http.oidc?.issuer;
  if (issuer === undefined) return null;
  const url = `${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`;
  return {
    issuer,
    async read() {
      const headers = { accept: "application/json" };
      const answer = await http.send({ method: "GET", url, headers, timeoutMs, maxBytes });
      const problem = (what: string): CapstanError =>
        new CapstanError("unavailable", `${url} ${what}`, {
          hint: "OIDC_ISSUER is the provider's address without /.well-known/…",
        });
      if (answer.status !== 200) throw problem(`answers ${answer.status}`);
      try {
        return JSON.parse(answer.text) as Record<string, unknown>;
      } catch {
        throw problem("does not answer with JSON");
      }
    },
  };
}

function sitesOf(config: Config): readonly Site[] {
  const { dokploy, git, forge, publicUrl, http, logs, network } = config;
  const sites: readonly (readonly [string, string | null | undefined])[] = [
    ["DOKPLOY_URL", dokploy?.url],
    ["GIT_URL", git?.url],
    ["FORGE_URL", forge?.url],
    ["PUBLIC_URL", publicUrl],
    ["OIDC_ISSUER", http.oidc?.issuer],
    ["LOKI_URL", logs.loki?.url],
  ];
  return sites.flatMap(([variable, url]) =>
    url === null || url === undefined || !/^https?:/.test(url)
      ? []
      : [{ variable, url, proxy: proxyFor(network, url) }],
  );
}

export function doctorChecks(parts: DoctorParts): readonly Check[] {
  const { config, stateDir, clock, git, forge } = parts;
  const nowMs = (): number => clock.now();
  const { publicUrl, webhookSecret } = config;
  const hookUrl =
    publicUrl === null || config.forge === null
      ? null
      : `${publicUrl}/webhooks/${config.forge.kind}`;
  return [
    ...parts.dokploys.flatMap(checksOf),
    git,
    ...forgeChecks(
      forge === null
        ? null
        : {
            ...forge,
            branch: config.branch,
            hookUrl,
            hasSecret: webhookSecret !== null,
            nowMs,
          },
    ),
    ...dnsChecks(parts.dns),
    oidcCheck(discoveryOf(parts)),
    logsCheck(lokiOf(config, parts.http)),
    tracesCheck(collectorOf(config, parts.http)),
    notificationsCheck(targetsOf(config)),
    ...secretsChecks(parts.secrets.checks),
    storeCheck(databaseOf(config.database)),
    stateCheck(stateProbe(stateDir)),
    proxyCheck(sitesOf(config), config.network.authorities !== null),
    ...certificateChecks({
      sites: sitesOf(config),
      read: (host, port) => readCertificate(host, { port }),
      nowMs,
    }),
  ];
}

export interface DoctorOpening {
  readonly config: Config;
  readonly folder: string;
  readonly clock: Clock;
  readonly random: () => number;
  readonly redact: (text: string) => string;
  readonly redactor: Redactor;
  readonly logger: Logger;
  readonly units: readonly DokployUnit[];
  readonly platformOf: (config: Config, logger: Logger) => Platform & PlatformDoctor;
  readonly secretsOf: (config: Config) => Secrets;
}

/** Stacks that cannot be read at all are a finding, not the end of the doctor. */
async function gitOf(
  { config: asked, folder, clock, logger }: DoctorOpening,
  opened: Pick<Opened, "add">,
): Promise<Check> {
  if (hasNoRepository(asked, folder)) return gitCheck(null);
  try {
    const config = stateToLook(asked, folder, opened);
    const options = { source: null, dryRun: true, logs: "quiet" as const };
    const opening = { config, options, logger, mayMake: false, folder, clock };
    const { source, stacksPath, ownRepository } = await openSource(opening);
    opened.add(() => source.close());
    return gitCheck({ source, branch: config.branch, stacksPath, isOwn: ownRepository !== null });
  } catch (error) {
    return { id: "git", title: "Git", look: async () => findingOf(error) };
  }
}

/** A doctor without a controller beside it. */
export async function openDoctor(
  opening: DoctorOpening,
  opened: { add(close: () => Promise<void> | void): void; close(): Promise<void> },
): Promise<DoctorSession> {
  const { config, folder, clock, redact, logger, random } = opening;
  const dokploys = opening.units.map((unit) => {
    const platform = opening.platformOf(unit.config, logger);
    opened.add(() => platform.close());
    return { dokploy: unit.dokploy, platform };
  });
  const git = await gitOf(opening, opened);
  const ending = new AbortController();
  opened.add(() => {
    ending.abort();
  });
  const forge = forgeOf(opening, ending.signal);
  const checks = (): readonly Check[] =>
    doctorChecks({
      config,
      stateDir: resolve(folder, config.stateDir),
      clock,
      http: httpClient,
      dokploys,
      git,
      secrets: opening.secretsOf(config),
      dns: dnsSideOf(opening, ending.signal),
      forge:
        forge === null ? null : { forge, title: forge.title, lastDeliveryMs: "not heard here" },
    });
  return {
    look: () => lookAtAll(checks(), { clock, redact }),
    async trial({ image, say, signal }) {
      const [only] = dokploys;
      if (only === undefined || dokploys.length > 1) throw severalError(opening.units);
      const { platform } = only;
      const suffix = Math.floor(random() * 2 ** 32)
        .toString(16)
        .padStart(8, "0");
      const check = trialCheck({ platform, clock, suffix, image, say, signal });
      const parts = { clock, redact, timeoutMs: trialTimeoutMs };
      const [found] = await lookAtAll([check], parts);
      if (found === undefined) throw new Error("one check has one finding");
      return found;
    },
    close: () => opened.close(),
  };
}

/** Looks at all; those who ask while somebody looks get the same answer. */
export function sharedDoctor(
  checks: () => readonly Check[],
  parts: LookParts,
): () => Promise<readonly Connection[]> {
  let looking: Promise<readonly Connection[]> | null = null;
  return () => {
    looking ??= lookAtAll(checks(), parts).finally(() => {
      looking = null;
    });
    return looking;
  };
}
