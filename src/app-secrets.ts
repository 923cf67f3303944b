// Where secrets come from, as it is set up: encrypted files, secret managers, a folder and variables behind one port.
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { Config } from "./config.ts";
import { policyFileOf } from "./app-policies.ts";
import { openSource } from "./app-source.ts";
import { stateToLook } from "./app-state.ts";
import type { SecretsSession } from "./cli/context.ts";
import { mergedSecrets } from "./engine/fleet/merged.ts";
import { namedSecrets } from "./engine/fleet/named.ts";
import { onlyDokploy } from "./model/dokploys.ts";
import type { DokployView } from "./model/dokploys.ts";
import type { SecretReport } from "./model/secret-report.ts";
import { reportSecrets } from "./engine/reader/secret-report.ts";
import { loadWithSecrets, policiesNow } from "./engine/state/load-tree.ts";
import type { Clock } from "./lib/clock.ts";
import { createHasher } from "./lib/digest.ts";
import { silentLogger } from "./lib/logger.ts";
import { httpClient } from "./lib/http.ts";
import type { Redactor } from "./lib/redact.ts";
import type { ManagerPrefix } from "./model/secret-name.ts";
import type { Secrets } from "./ports-secrets.ts";
import { tellNobody } from "./ports-telemetry.ts";
import type { Tell } from "./ports-telemetry.ts";
import { createBitwarden } from "./secrets/managers/bitwarden.ts";
import { createKeptManager } from "./secrets/managers/kept.ts";
import type { KeptManager } from "./secrets/managers/kept.ts";
import type { SecretManager } from "./secrets/managers/manager.ts";
import { createVault } from "./secrets/managers/vault.ts";
import { createSecrets } from "./secrets/secrets.ts";

export interface SecretsParts {
  readonly config: Config;
  /** Where relative paths begin. */
  readonly folder: string;
  readonly clock: Clock;
  /** A number in [0, 1). */
  readonly random: () => number;
  readonly redactor: Redactor;
  readonly tell?: Tell;
}

function managersOf({ config, folder, clock, redactor }: SecretsParts): readonly SecretManager[] {
  const { bitwarden, vault } = config.secretSources;
  const common = { http: httpClient, now: () => clock.now() };
  const seen = (token: string): void => {
    redactor.register(token);
  };
  const managers: SecretManager[] = [];
  if (bitwarden !== null) {
    managers.push(createBitwarden({ ...bitwarden, seen, ...common }));
  }
  if (vault !== null) {
    const { login } = vault;
    if (login.kind === "approle") seen(login.secretId);
    managers.push(
      createVault({
        ...{ url: vault.url, namespace: vault.namespace, seen },
        ...common,
        login:
          login.kind === "file"
            ? {
                kind: "file",
                path: resolve(folder, login.path),
                read: (path) => readFile(path, "utf8"),
              }
            : login,
      }),
    );
  }
  return managers;
}

const telemetryNames = {
  bws: "bitwarden",
  vault: "vault",
} as const satisfies Readonly<Record<ManagerPrefix, string>>;

/** Contacts nobody yet. */
export function secretsOf(parts: SecretsParts): Secrets {
  const { config, folder, clock, random, redactor, tell = tellNobody } = parts;
  const { secretsDir, secretVariables: env, secretSources } = config;
  const { refreshMs, ageKeyFile } = secretSources;
  const managers = managersOf(parts).map((manager): KeptManager => {
    const source = telemetryNames[manager.prefix];
    return createKeptManager(manager, {
      ...{ clock, random, refreshMs },
      asked(error) {
        tell({ kind: "secrets-read", source, outcome: error === null ? "ok" : error.code });
      },
    });
  });
  return createSecrets({
    ...{ env, managers, clock },
    dir: secretsDir === null ? null : resolve(folder, secretsDir),
    ageKeyFile: ageKeyFile === null ? null : resolve(folder, ageKeyFile),
    seen: (key) => {
      redactor.register(key);
    },
  });
}

/** What each Dokploy sees of the stacks. */
function viewsOf({ dokploys }: Config): readonly DokployView[] {
  if (dokploys === null) return [onlyDokploy];
  const { routes } = dokploys;
  return routes.names.map((own) => ({ ...routes, own }));
}

/** Git and the sources of secrets for whoever only wants to know what is used. */
export async function openSecrets(
  parts: SecretsParts & { readonly source: string | null },
  opened: { add(close: () => Promise<void> | void): void; close(): Promise<void> },
): Promise<SecretsSession> {
  const { folder, clock, redactor } = parts;
  const config = stateToLook(parts.config, folder, opened);
  const options = { source: parts.source, dryRun: true, logs: "quiet" as const };
  const opening = { config, options, logger: silentLogger, mayMake: false, folder, clock };
  const { source, stacksPath } = await openSource(opening);
  opened.add(() => source.close());
  const secrets = secretsOf(parts);
  const { variables, reservedNames, policiesPath } = config;
  const how = {
    ...{ secrets, redactor, stacksPath, policiesPath, variables, reservedNames },
    ...policyFileOf(config, folder),
    hasher: createHasher(new Uint8Array(32)),
  };
  return {
    async report() {
      const tree = await source.read(await source.latest());
      const policies = await policiesNow(how);
      const reports: SecretReport[] = [];
      for (const dokploys of viewsOf(config)) {
        const options = { ...how, dokploys };
        const manifests = await loadWithSecrets(tree, policies, { options });
        const { known } = await secrets.at(tree, []);
        const report = reportSecrets(manifests, known, secrets.outages());
        reports.push(namedSecrets({ dokploy: dokploys.own }, report));
      }
      return mergedSecrets(reports);
    },
    close: () => opened.close(),
  };
}
