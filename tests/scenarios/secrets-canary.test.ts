// Law P5, for the sources of secrets: neither their values nor the keys to them appear in anything that leaves Capstan
// but what it writes to Dokploy.
import { afterEach, expect, test } from "vitest";
import { fixture } from "../secrets/sops-fixtures.ts";
import { canary, canaryBench, expectNoCanary, outputs } from "../support/canary-bench.ts";
import { firstId, startSecretSources } from "../support/secret-sources.ts";

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
});

const ofSources = (image: string): string =>
  [
    "apiVersion: capstan/v1",
    "kind: Stack",
    "metadata: { name: shop }",
    "spec:",
    "  applications:",
    "    web:",
    `      image: ${image}`,
    "      args: [$(secrets.vault:kv/shop#token)]",
    "      rollout: { stableFor: 0s, timeout: 6s }",
    "      env: { A: $(secrets.token), B: $(secrets.bws:token), C: $(secrets.vault:kv/shop#token) }",
    "",
  ].join("\n");

test("P5 no value of encrypted files, Bitwarden and Vault, and no key to them, is in any output, rotated, out of reach and damaged", async () => {
  const sources = await startSecretSources();
  open.push(sources);
  const bench = await canaryBench(open, { openSecrets: sources.open });
  const { scenario } = bench;
  const { bitwarden, vault } = sources;
  const keys = [
    fixture("age-key.txt").split("\n")[1] ?? "",
    bitwarden.accessToken.split(":")[1] ?? "",
    vault.token,
  ];
  const look = async (when: string): Promise<void> => {
    await expectNoCanary(bench, when);
    const texts = Object.values(await outputs(bench)).join("\n");
    for (const key of keys) expect(texts.includes(key), when).toBe(false);
    expect(JSON.stringify(await scenario.engine().secrets()), when).not.toMatch(canary);
  };
  await scenario.push({
    "shop.yaml": ofSources("ghcr.io/acme/web:1"),
    "shop.sops.yaml": fixture("token-1.sops.yaml"),
  });
  expect((await scenario.apply()).ok).toBe(true);
  const [row] = [...scenario.simulator.state.applications.values()];
  expect(row?.env).toMatch(
    /canary-rotated-1-value[\s\S]*canary-bitwarden-one[\s\S]*canary-vault-one/,
  );
  await look("after the creation");

  bitwarden.secrets.set(firstId, { key: "token", value: "canary-bitwarden-two" });
  vault.data.set("kv/shop", { token: "canary-vault-two" });
  await scenario.push({ "shop.sops.yaml": fixture("token-2.sops.yaml") });
  expect((await scenario.apply()).ok).toBe(true);
  await look("after the rotation");

  bench.instead = ({ procedures: [procedure] }) =>
    procedure === "application.update"
      ? {
          status: 500,
          body: `canary-bitwarden-two canary-vault-two canary-rotated-2-value ${keys.join(" ")}`,
        }
      : null;
  await scenario.push({ "shop.yaml": ofSources("ghcr.io/acme/web:2") });
  await scenario.apply();
  await look("Dokploy repeated all of it");
  bench.instead = () => null;

  bitwarden.state = "down";
  vault.state = "sealed";
  await scenario.apply();
  await look("both managers are out of reach");
  const damaged = fixture("token-2.sops.yaml").replace(/\n {4}mac: .*/, "");
  await scenario.push({ "shop.sops.yaml": damaged });
  await scenario.apply();
  await look("an encrypted file lost its MAC");
});
