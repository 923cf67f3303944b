// All sources of secrets at once: encrypted files with a key, and stand-ins for Bitwarden and Vault over real HTTP.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../../src/lib/clock.ts";
import { httpClient } from "../../src/lib/http.ts";
import type { Redactor } from "../../src/lib/redact.ts";
import type { Secrets } from "../../src/ports-secrets.ts";
import { createBitwarden } from "../../src/secrets/managers/bitwarden.ts";
import { createKeptManager } from "../../src/secrets/managers/kept.ts";
import { createVault } from "../../src/secrets/managers/vault.ts";
import { createSecrets } from "../../src/secrets/secrets.ts";
import { fixture } from "../secrets/sops-fixtures.ts";
import { startFakeBitwarden } from "./fake-bitwarden.ts";
import type { FakeBitwarden } from "./fake-bitwarden.ts";
import { startFakeVault } from "./fake-vault.ts";
import type { FakeVault } from "./fake-vault.ts";

export interface SecretSources {
  readonly bitwarden: FakeBitwarden;
  readonly vault: FakeVault;
  /** SOPS_AGE_KEY_FILE, with the key of the fixtures. */
  readonly keyFile: string;
  /** As a process does when it starts: nothing is known yet. */
  readonly open: (redactor: Redactor) => Secrets;
  close(): Promise<void>;
}

export const firstId = "11111111-1111-4111-8111-111111111111";

export async function startSecretSources(): Promise<SecretSources> {
  const folder = await mkdtemp(join(tmpdir(), "capstan-age-"));
  const keyFile = join(folder, "age.txt");
  await writeFile(keyFile, fixture("age-key.txt"));
  const bitwarden = await startFakeBitwarden();
  const vault = await startFakeVault();
  bitwarden.secrets.set(firstId, { key: "token", value: "canary-bitwarden-one" });
  vault.data.set("kv/shop", { token: "canary-vault-one" });
  return {
    ...{ bitwarden, vault, keyFile },
    open(redactor) {
      const common = { http: httpClient, now: () => Date.now() };
      const seen = (text: string): void => {
        redactor.register(text);
      };
      const kept = {
        ...{ clock: systemClock, random: () => 0.5, refreshMs: 300 },
        backoff: { firstMs: 100, maxMs: 300, jitter: 0 },
      };
      const { accessToken, url: serverUrl } = bitwarden;
      const managers = [
        createBitwarden({ accessToken, serverUrl, seen, ...common }),
        createVault({
          ...{ url: vault.url, namespace: null, seen, ...common },
          login: { kind: "token", token: vault.token },
        }),
      ];
      return createSecrets({
        ...{ env: {}, dir: null, ageKeyFile: keyFile, clock: systemClock, seen },
        managers: managers.map((manager) => createKeptManager(manager, kept)),
      });
    },
    async close() {
      await bitwarden.close();
      await vault.close();
      await rm(folder, { recursive: true });
    },
  };
}
