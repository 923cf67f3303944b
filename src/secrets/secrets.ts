// Resolves `$(secrets.name)`: from the encrypted files of a revision, the files of SECRETS_DIR and SECRET_… variables,
// and `bws:…` and `vault:…` from a secret manager. No value is shown in any error.
import { createHash } from "node:crypto";
import type { Clock } from "../lib/clock.ts";
import { managedName, secretName } from "../model/secret-name.ts";
import type { Secrets } from "../ports-secrets.ts";
import { createFolder, folderTitle } from "./folder.ts";
import type { KeptManager } from "./managers/kept.ts";
import { createSopsStore } from "./sops/store.ts";
import { createTable } from "./table.ts";
import type { TableManager } from "./table.ts";

export interface SecretsOptions {
  /** The environment, or only its SECRET_… variables. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** SECRETS_DIR; null without one. */
  readonly dir: string | null;
  /** SOPS_AGE_KEY_FILE; null without one. */
  readonly ageKeyFile?: string | null;
  readonly managers?: readonly KeptManager[];
  readonly clock: Clock;
  /** Told every key that decrypts, for the redactor. */
  readonly seen: (key: string) => void;
}

const prefix = "SECRET_";

export function createSecrets(options: SecretsOptions): Secrets {
  const { env, dir, clock, ageKeyFile = null, managers = [], seen } = options;
  const variables = Object.entries(env)
    .filter(([name]) => name.startsWith(prefix) && name.length > prefix.length)
    .flatMap(([variable, value]) =>
      value === undefined
        ? []
        : [{ variable, name: secretName(variable.slice(prefix.length)), value }],
    )
    .sort((a, b) => (a.variable < b.variable ? -1 : 1));
  const folder = dir === null ? null : createFolder(dir, clock);
  const sops = createSopsStore(ageKeyFile, seen);

  return {
    async at({ files }, asked) {
      for (const manager of managers) {
        const own = asked.flatMap((name) => {
          const managed = managedName(name);
          const isOwn = managed !== null && managed.prefix === manager.prefix;
          return isOwn && manager.refuses(managed.rest) === null ? [managed.rest] : [];
        });
        await manager.ensure(own);
      }
      const inFolder = folder === null ? [] : await folder.read();
      return createTable({
        sops: await sops.open(files),
        folder: inFolder,
        folderFailing: folder?.failing() ?? null,
        variables,
        managers,
      });
    },
    async namesAt({ files }, standIn) {
      const names = folder === null ? [] : await folder.names();
      return createTable({
        sops: sops.names(files, standIn),
        folder: names?.map((name) => ({ spelled: name, name, value: standIn })) ?? null,
        folderFailing: folder?.failing() ?? null,
        variables: variables.map((variable) => ({ ...variable, value: standIn })),
        managers: managers.map(({ prefix: own, title, refuses }): TableManager => ({
          ...{ prefix: own, title, refuses },
          look: () => ({ value: standIn }),
          names: () => null,
          values: () => [],
        })),
      });
    },
    async refresh() {
      await Promise.all(managers.map((manager) => manager.refresh()));
    },
    async version() {
      const parts = [
        folder === null ? "" : await folder.version(),
        await sops.version(),
        ...variables.map(({ variable }) => variable),
        ...managers.map((manager) => `${manager.prefix} ${manager.version()}`),
      ];
      return createHash("sha256").update(JSON.stringify(parts)).digest("hex").slice(0, 32);
    },
    outages: () =>
      [folder, ...managers].flatMap((source) => {
        const outage = source?.outage() ?? null;
        return outage === null ? [] : [outage];
      }),
    checks: [
      ...(ageKeyFile === null ? [] : [{ source: "SOPS_AGE_KEY_FILE", look: () => sops.check() }]),
      ...(folder === null ? [] : [{ source: folderTitle, look: () => folder.check() }]),
      ...(variables.length === 0
        ? []
        : [{ source: "SECRET_… variables", look: async () => variables.length }]),
      ...managers.map((manager) => ({ source: manager.title, look: () => manager.check() })),
    ],
  };
}
