// Secrets from encrypted files, Bitwarden and Vault, with a real repository and a server: made, rotated, out of reach
// (P11), and after a restart.
import { writeFile } from "node:fs/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Condition } from "../../src/model/status.ts";
import { renderTerminal } from "../../src/plan/render/terminal.ts";
import { fixture } from "../secrets/sops-fixtures.ts";
import type { FakeBitwarden } from "../support/fake-bitwarden.ts";
import type { FakeVault } from "../support/fake-vault.ts";
import { createFastScenario } from "../support/fast-scenario.ts";
import { simpleStack } from "../support/scenario.ts";
import type { Scenario } from "../support/scenario.ts";
import { firstId, startSecretSources } from "../support/secret-sources.ts";
import type { SecretSources } from "../support/secret-sources.ts";
import { until } from "../support/until.ts";

let sources: SecretSources;
let bitwarden: FakeBitwarden;
let vault: FakeVault;
let scenario: Scenario;
let keyFile: string;
const id = firstId;

beforeEach(async () => {
  sources = await startSecretSources();
  ({ bitwarden, vault, keyFile } = sources);
  scenario = await createFastScenario({ openSecrets: sources.open });
});

afterEach(async () => {
  await scenario.close();
  await sources.close();
});

const stack = (name: string, secret: string, image = "ghcr.io/acme/web:1"): string =>
  simpleStack(name, { image, env: { TOKEN: `$(secrets.${secret})` } });

const condition = (name: string, type: Condition["type"]): Condition | undefined =>
  scenario
    .engine()
    .stacks()
    .find((one) => one.name === name)
    ?.conditions.find((one) => one.type === type);

const ready = (...names: readonly string[]): Promise<boolean> =>
  until(`${names.join(" and ")} are ready`, () =>
    names.every((name) => condition(name, "Ready")?.status === "True"),
  );

const env = (name: string): string | null | undefined =>
  [...scenario.simulator.state.applications.values()].find(({ appName }) =>
    appName.startsWith(`${name}-`),
  )?.env;

const deploys = (name: string): readonly string[] =>
  scenario
    .store()
    .runs(name, 100)
    .flatMap(({ actions }) => actions)
    .filter(({ title, status }) => title.startsWith("deploy ") && status === "done")
    .map(({ reason }) => reason);

test("a secret of an encrypted file reaches its service, and a new one in Git is rolled out as such", async () => {
  await scenario.push({
    "shop/stack.yaml": stack("shop", "token"),
    "shop/secrets.sops.yaml": fixture("token-1.sops.yaml"),
    "other.yaml": stack("other", "token"),
    "plain.yaml": simpleStack("plain"),
  });
  await scenario.restart();
  scenario.engine().start();
  await ready("shop", "plain");
  expect(env("shop")).toContain("canary-rotated-1-value");
  expect(scenario.engine().state().problems).toMatchObject([
    {
      stack: "other",
      message:
        "the secret `token` cannot be read: it is in stacks/shop/secrets.sops.yaml, which serves the stacks in stacks/shop/ only",
    },
  ]);
  await scenario.push({ "shop/secrets.sops.yaml": fixture("token-2.sops.yaml") });
  await until("the new secret is deployed", () => deploys("shop").length === 2);
  await ready("shop");
  expect(env("shop")).toContain("canary-rotated-2-value");
  expect(deploys("shop")[0]).toMatch(/^the secret token changed \(env\.TOKEN\)/);
  expect(deploys("plain")).toHaveLength(1);
  expect(JSON.stringify(scenario.engine().events())).not.toContain("canary");
});

test("the plan of a rotation says (secret changed), and never a value", async () => {
  await scenario.push({
    "shop.yaml": stack("shop", "token"),
    "secrets.sops.yaml": fixture("token-1.sops.yaml"),
  });
  await scenario.apply();
  await scenario.push({ "secrets.sops.yaml": fixture("token-2.sops.yaml") });
  await scenario.restart();
  await scenario.engine().inventory();
  const told = renderTerminal(await scenario.engine().plan(), { colour: false, width: 120 });
  expect(told).toContain("(secret changed)");
  expect(told).not.toContain("canary");
});

test("a rotation in Bitwarden and in Vault is seen without a commit, and rolled out as such", async () => {
  await scenario.push({
    "a.yaml": stack("a", "bws:token"),
    "b.yaml": stack("b", "vault:kv/shop#token"),
  });
  await scenario.restart();
  scenario.engine().start();
  await ready("a", "b");
  expect([env("a"), env("b")].join()).toMatch(/canary-bitwarden-one.*canary-vault-one/s);
  bitwarden.secrets.set(id, { key: "token", value: "canary-bitwarden-two" });
  await until("a is deployed anew", () => deploys("a").length === 2);
  expect(deploys("a")[0]).toMatch(/^the secret bws:token changed \(env\.TOKEN\)/);
  expect(deploys("b")).toHaveLength(1);
  vault.data.set("kv/shop", { token: "canary-vault-two" });
  await until("b is deployed anew", () => deploys("b").length === 2);
  await ready("a", "b");
  expect([env("a"), env("b")].join()).toMatch(/canary-bitwarden-two.*canary-vault-two/s);
});

test("P11 through an outage nothing is removed or deployed, it is said, and other stacks go on", async () => {
  await scenario.push({ "a.yaml": stack("a", "bws:token"), "b.yaml": simpleStack("b") });
  await scenario.restart();
  const engine = scenario.engine();
  engine.start();
  await ready("a", "b");
  scenario.writes();
  bitwarden.state = "down";
  const synced = (): string => condition("a", "Synced")?.message ?? "";
  await until("a says so", () => synced().includes("its secrets are those that were read last"));
  expect(synced()).toMatch(/Bitwarden Secrets Manager has not been readable since \d\d:\d\d/);
  expect(condition("a", "Ready")?.status).toBe("True");
  expect(condition("b", "Synced")?.message).toBe("in sync");
  expect(engine.state().secretErrors).toEqual([expect.stringContaining("answers 502")]);
  expect(scenario.writes()).toEqual([]);
  // A commit for the stack goes on with what was read last, and so does another one.
  await scenario.push({
    "a.yaml": stack("a", "bws:token", "ghcr.io/acme/web:2"),
    "c.yaml": simpleStack("c"),
  });
  await until("a is deployed anew", () => deploys("a").length === 2);
  await ready("a", "b", "c");
  expect(env("a")).toContain("canary-bitwarden-one");
  // A secret that was never read is unknown, and not absent: the stack stays as it is.
  await scenario.push({ "a.yaml": stack("a", "bws:new-one", "ghcr.io/acme/web:3") });
  await until("a waits", () => condition("a", "Synced")?.reason === "WaitingSecrets");
  expect(condition("a", "Synced")?.message).toMatch(
    /bws:new-one.*it stays as it is until that can be read/,
  );
  expect(engine.state().problems).toEqual([]);
  await ready("b", "c");
  expect(scenario.writes().filter((procedure) => /delete|remove/.test(procedure))).toEqual([]);
  bitwarden.secrets.set("22222222-2222-4222-8222-222222222222", {
    key: "new-one",
    value: "canary-new",
  });
  bitwarden.state = "up";
  await until("a is deployed anew", () => deploys("a").length === 3);
  await ready("a", "b", "c");
  expect(condition("a", "Synced")?.message).toBe("in sync");
  expect(engine.state().secretErrors).toEqual([]);
  const told = engine.events().filter(({ kind, stack: of }) => kind === "note" && of === null);
  expect(told.map(({ level, message }) => [level, message])).toEqual([
    [
      "error",
      expect.stringMatching(
        /^Bitwarden Secrets Manager cannot be read: .*secrets stay as they were read last$/,
      ),
    ],
    ["info", "Bitwarden Secrets Manager can be read again"],
  ]);
});

test("P11 a restart during the outage leaves the stack as it is, and takes it up without a deploy", async () => {
  await scenario.push({ "a.yaml": stack("a", "vault:kv/shop#token"), "b.yaml": simpleStack("b") });
  await scenario.restart();
  scenario.engine().start();
  await ready("a", "b");
  vault.state = "sealed";
  await scenario.restart();
  scenario.writes();
  scenario.engine().start();
  await until("a waits", () => condition("a", "Ready")?.reason === "WaitingSecrets");
  await ready("b");
  await scenario.push({ "b.yaml": simpleStack("b", { image: "ghcr.io/acme/web:2" }) });
  await until("b goes on", () => deploys("b").length === 2);
  await ready("b");
  expect(scenario.writes().filter((procedure) => /delete|remove/.test(procedure))).toEqual([]);
  expect(env("a")).toContain("canary-vault-one");
  vault.state = "up";
  await ready("a");
  expect(deploys("a")).toHaveLength(1);
});

test("P11 what waits or is broken at the start says so, also when it was read before the first run", async () => {
  await scenario.push({
    "a.yaml": stack("a", "vault:kv/shop#token"),
    "broken.yaml": simpleStack("broken").replace("image:", "picture:"),
  });
  vault.state = "sealed";
  await scenario.restart();
  await scenario.engine().lead();
  await scenario.engine().plan();
  scenario.engine().start();
  await until("a waits", () => condition("a", "Ready")?.reason === "WaitingSecrets");
  await until("broken is told", () => condition("broken", "Ready")?.reason === "Terminal");
  expect(scenario.writes()).toEqual([]);
});

test("a wrong key at the start is a clear problem of the stacks that need it, and ends with the right one", async () => {
  await scenario.push({
    "shop.yaml": stack("shop", "token"),
    "secrets.sops.yaml": fixture("token-1.sops.yaml"),
    "plain.yaml": simpleStack("plain"),
  });
  await scenario.restart();
  scenario.engine().start();
  await ready("shop", "plain");
  await writeFile(keyFile, fixture("other-age-key.txt"));
  await scenario.restart();
  scenario.writes();
  scenario.engine().start();
  await until("shop is told", () => condition("shop", "Ready")?.reason === "Terminal");
  expect(condition("shop", "Ready")?.message).toMatch(
    /^stacks\/shop\.yaml:\d+:\d+ the secret `token` cannot be read: stacks\/secrets\.sops\.yaml cannot be opened by a key of SOPS_AGE_KEY_FILE/,
  );
  await ready("plain");
  expect(scenario.writes()).toEqual([]);
  await writeFile(keyFile, fixture("age-key.txt"));
  await ready("shop");
  expect(deploys("shop")).toHaveLength(1);
});

test("P2 the plan of a fork decrypts nothing, asks no manager, and knows names by its own files", async () => {
  await scenario.push({ "plain.yaml": simpleStack("plain") });
  await scenario.restart();
  const engine = scenario.engine();
  engine.start();
  await ready("plain");
  const { length } = bitwarden.requests;
  const file = (path: string, text: string) => ({
    path: `stacks/${path}`,
    content: Buffer.from(text),
  });
  const tree = {
    revision: { id: "f".repeat(40), title: "of a fork" },
    files: [
      file("a.yaml", stack("a", "bws:token")),
      file("b.yaml", stack("b", "token")),
      file("c.yaml", stack("c", "absent")),
      file("s.sops.yaml", fixture("token-1.sops.yaml")),
    ],
    unreadable: [],
  };
  const proposal = await engine.proposal(tree, { withSecrets: false });
  expect(proposal.newProblems.map(({ stack: of, message }) => [of, message])).toEqual([
    ["c", "there is no secret `absent`"],
  ]);
  expect(proposal.touched).toEqual(["a", "b", "c", "plain"]);
  expect(bitwarden.requests).toHaveLength(length);
  expect(JSON.stringify(proposal)).not.toContain("canary");
});
