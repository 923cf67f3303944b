// What of the environment commands need that ask no server: settings, and the files of a folder. Kept apart from
// `app.ts`, which loads all adapters.
import { readFileSync } from "node:fs";
import type { SettingsFactories } from "./cli/context.ts";
import { policyFileOf } from "./app-policies.ts";
import { requireConfig } from "./config.ts";
import type { Config } from "./config.ts";
import { createFolderSource } from "./git/folder-source.ts";
import type { Clock } from "./lib/clock.ts";
import { silentLogger } from "./lib/logger.ts";
import type { Redactor } from "./lib/redact.ts";

type Environment = Readonly<Record<string, string | undefined>>;

export interface SettingsDeps {
  readonly environment: Environment;
  readonly clock: Clock;
  readonly redactor: Redactor;
  /** Where relative paths begin. */
  readonly folder: string;
}

/** The configuration, with its secrets known to the redactor. Throws `invalid` with all that is wrong. */
export function configOf(environment: Environment, redactor: Redactor): Config {
  const config = requireConfig(environment, (path) => readFileSync(path, "utf8"));
  for (const value of Object.values(config.secretVariables)) redactor.register(value);
  for (const server of [config.dokploy, ...(config.dokploys?.servers ?? [])]) {
    if (server !== null) redactor.register(server.token);
  }
  for (const secret of config.database?.secrets ?? []) redactor.register(secret);
  const { ingest } = config.logs;
  const ingestToken = ingest.kind === "token" ? ingest.token : null;
  for (const token of [config.git?.token, config.client.token, ingestToken]) {
    if (token !== null && token !== undefined) redactor.register(token);
  }
  return config;
}

export function createSettingsFactories(deps: SettingsDeps): SettingsFactories {
  const { environment, clock, redactor } = deps;
  return {
    manifestSettings() {
      const config = configOf(environment, redactor);
      const { variables, reservedNames, stacksPath, policiesPath, dokploys } = config;
      const { policyFile = async () => null } = policyFileOf(config, deps.folder);
      return {
        variables,
        reservedNames,
        stacksPath,
        policiesPath,
        policyFile,
        dokploys: dokploys?.routes ?? null,
      };
    },
    remoteSettings: () => configOf(environment, redactor).client,
    async readFolder(folder, more = {}) {
      const source = createFolderSource({ dir: folder, clock, logger: silentLogger, ...more });
      try {
        return await source.read(await source.latest());
      } finally {
        await source.close();
      }
    },
  };
}
