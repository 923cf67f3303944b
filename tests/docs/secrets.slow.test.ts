// how-to/secrets.md: a reader with secrets in a file of SOPS, in a folder and in Bitwarden.
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { generateX25519Identity, identityToRecipient } from "age-encryption";
import { expect, onTestFinished, test } from "vitest";
import { startFakeBitwarden } from "../support/fake-bitwarden.ts";
import { openForgeBench } from "../support/forge-bench.ts";
import { until } from "../support/until.ts";
import { environmentOf, stackOf } from "./reader-world.ts";
import { sopsYaml } from "./sops-yaml.ts";
import { walkOf } from "./walk.ts";

const withEnv = (name: string, env: string): string =>
  stackOf(name, "nginx:1.28", `, env: { ${env} }`);

test("how-to/secrets.md: names, places and users are shown, and never a value", async () => {
  const folder = await mkdtemp(join(tmpdir(), "capstan-secrets-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const identity = await generateX25519Identity();
  await mkdir(join(folder, "secrets"));
  await writeFile(join(folder, "age.txt"), `${identity}\n`);
  await writeFile(join(folder, "secrets", "old-key"), "a-key-that-nobody-uses\n");
  const bitwarden = await startFakeBitwarden();
  onTestFinished(() => bitwarden.close());
  const id = "11111111-1111-4111-8111-111111111111";
  bitwarden.secrets.set(id, { key: "token", value: "canary-of-bitwarden" });
  const sources = {
    SOPS_AGE_KEY_FILE: join(folder, "age.txt"),
    SECRETS_DIR: join(folder, "secrets"),
    BWS_ACCESS_TOKEN: bitwarden.accessToken,
    BWS_SERVER_URL: bitwarden.url,
  };
  const db = await sopsYaml(
    { db_password: "canary-of-sops-0123" },
    await identityToRecipient(identity),
  );
  const url = "postgres://shop:$(secrets.db-password)@db.example.com/shop";
  const bench = await openForgeBench({
    files: {
      "stacks/shop/shop.yaml": withEnv("shop", `DATABASE_URL: ${url}, TOKEN: $(secrets.bws:token)`),
      "stacks/shop/db.sops.yaml": db,
      "stacks/mail.yaml": withEnv("mail", "PASSWORD: $(secrets.smtp)"),
    },
    environment: sources,
  });
  onTestFinished(() => bench.close());
  await bench.ready("shop");
  const environment = { ...environmentOf(bench), ...sources };
  const walk = await walkOf("how-to/secrets.md", { environment });
  onTestFinished(() => walk.close());

  // Of the controller, and of what this environment reads itself.
  const shown = await walk.run("capstan secrets");
  await walk.prepare("unset CAPSTAN_URL");
  expect(await walk.run("capstan secrets")).toBe(shown);
  expect(shown).not.toContain("canary");

  await walk.prepare(`git clone -q ${bench.repository.url} checkout && cd checkout`);
  await walk.prepare("unset SOPS_AGE_KEY_FILE");
  expect(await walk.run("capstan validate", { then: "stacks" })).toContain("2 stacks");
  // A value that somebody changed by hand is seen only with the key; a file without a MAC at once.
  await walk.prepare("sed -i.bak '/mac:/d' stacks/shop/db.sops.yaml");
  expect(await walk.run("capstan validate", { then: "stacks", code: 1 })).toContain("MAC");

  const deploys = (): number => bench.simulator.state.deployments.size;
  const before = deploys();
  await walk.prepare(`export CAPSTAN_URL=${bench.controller().address}`);
  await walk.run("capstan redeploy NAME", { own: { NAME: "shop" } });
  await until("Dokploy deploys it, and reads its own secrets", () => deploys() === before + 1);
  walk.end();
});
