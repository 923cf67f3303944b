// How the engine works, from the configuration and what a command wants.
import { hostSettingsOf, recordSettingsOf } from "./app-dns.ts";
import type { OpenOptions } from "./cli/context.ts";
import { registryHostOf } from "./config-forge.ts";
import type { Config } from "./config.ts";
import { policyFileOf } from "./app-policies.ts";
import type { EngineOptions } from "./engine/engine.ts";

/** Between two looks at rollouts in flight. */
const rolloutTickMs = 1_000;
const fastRolloutTickMs = 250;
/** Law W3: late writes happen, so that much lies between two looks for what may have been made. */
const lookAgainMs = 10_000;

/** Often enough that what is due after SECRETS_REFRESH is read in time. */
function secretsLookMs(refreshMs: number): number {
  return Math.min(10_000, Math.max(100, Math.floor(refreshMs / 6)));
}

export function engineOptionsOf(
  config: Config,
  options: Pick<OpenOptions, "dryRun" | "fast">,
  stacksPath: string,
  folder: string,
): EngineOptions {
  const hosts = hostSettingsOf(config) ?? null;
  return {
    instance: config.instance,
    stacksPath,
    policiesPath: config.policiesPath,
    ...policyFileOf(config, folder),
    variables: config.variables,
    reservedNames: config.reservedNames,
    dryRun: options.dryRun,
    workers: config.workers,
    pollSchedule: config.pollSchedule,
    resyncIntervalMs: config.resyncIntervalMs,
    deepCheckIntervalMs: config.deepCheckIntervalMs,
    followIntervalMs: config.followIntervalMs,
    secretsLookMs: secretsLookMs(config.secretSources.refreshMs),
    rolloutTickMs: options.fast === true ? fastRolloutTickMs : rolloutTickMs,
    lookAgainMs,
    traefikAddress: config.traefikAddress,
    records: recordSettingsOf(config),
    ...(hosts === null ? {} : { hosts }),
    registryHost: config.forge === null ? null : registryHostOf(config.forge),
  };
}
