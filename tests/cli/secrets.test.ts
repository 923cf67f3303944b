// `capstan secrets`: what there is, who uses it, what is missing and what nobody uses; never a value.
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openSecrets } from "../../src/app-secrets.ts";
import { runProgram } from "../../src/cli/program.ts";
import { readConfig } from "../../src/config.ts";
import { systemClock } from "../../src/lib/clock.ts";
import { createRedactor } from "../../src/lib/redact.ts";
import { fixture, fixturePath } from "../secrets/sops-fixtures.ts";
import { startFakeBitwarden } from "../support/fake-bitwarden.ts";
import type { FakeBitwarden } from "../support/fake-bitwarden.ts";
import { simpleStack } from "../support/scenario.ts";
import { createStage } from "./support.ts";

let folder: string;
let bitwarden: FakeBitwarden;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "capstan-cli-secrets-"));
  bitwarden = await startFakeBitwarden();
  bitwarden.secrets.set("11111111-1111-4111-8111-111111111111", {
    key: "token",
    value: "canary-one",
  });
  bitwarden.secrets.set("22222222-2222-4222-8222-222222222222", {
    key: "idle",
    value: "canary-two",
  });
});

afterEach(async () => {
  await bitwarden.close();
  await rm(folder, { recursive: true });
});

async function write(files: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, "stacks", path)), { recursive: true });
    await writeFile(join(folder, "stacks", path), text);
  }
}

const uses = (name: string, env: Readonly<Record<string, string>>): string =>
  simpleStack(name, { env });

async function run(...args: readonly string[]): Promise<{ code: number; out: string }> {
  const env = {
    SECRET_SPARE: "canary-spare",
    SECRET_SHARED: "canary-shared",
    SOPS_AGE_KEY_FILE: fixturePath("age-key.txt"),
    BWS_ACCESS_TOKEN: bitwarden.accessToken,
    BWS_SERVER_URL: bitwarden.url,
  };
  const read = readConfig(env, () => "");
  if (!read.ok) throw new Error(read.problems.join());
  const closes: (() => Promise<void> | void)[] = [];
  const opened = {
    add: (close: () => Promise<void> | void) => void closes.push(close),
    close: async () => {
      for (const close of closes.splice(0)) await close();
    },
  };
  const parts = { clock: systemClock, random: () => 0.5, redactor: createRedactor(), folder };
  const stage = createStage({
    folder,
    factories: {
      openSecrets: ({ source }) => openSecrets({ ...parts, config: read.config, source }, opened),
    },
  });
  const code = await runProgram(stage.context, ["secrets", ...args]);
  await opened.close();
  return { code, out: stage.terminal.out() };
}

test("names, sources and users are listed without values, with what is missing and what is unused", async () => {
  await write({
    "team/shop.yaml": uses("shop", {
      DB: "postgres://$(secrets.token)@db",
      KEY: "$(secrets.shared)",
    }),
    "team/own.sops.yaml": fixture("token-1.sops.yaml"),
    "other.yaml": uses("other", { A: "$(secrets.token)" }),
    "third.yaml": uses("third", {
      A: "$(secrets.bws:token)",
      C: "$(secrets.bws:11111111-1111-4111-8111-111111111111)",
      B: "$(secrets.bws:22222222-2222-4222-8222-222222222222)",
    }),
    "fourth.yaml": uses("fourth", { A: "$(secrets.nowhere)", B: "$(secrets.vault:kv/a#b)" }),
  });
  const { code, out } = await run("--source", "stacks");
  expect(out.replaceAll(/ +/g, " ")).toBe(
    [
      "NAME STATE SOURCE USED BY",
      "bws:idle used Bitwarden Secrets Manager third (app/web env.B)",
      "bws:token used Bitwarden Secrets Manager third (app/web env.A, app/web env.C)",
      "nowhere missing - fourth",
      "shared used SECRET_SHARED shop (app/web env.KEY)",
      "spare unused SECRET_SPARE -",
      "token refused - other: it is in team/own.sops.yaml, which serves the stacks in team/ only",
      "token used team/own.sops.yaml shop (app/web env.DB)",
      "unused unused team/own.sops.yaml -",
      "vault:kv/a#b refused - fourth: Vault is not set up",
      "",
      "9 secrets, 1 missing, 2 refused, 2 unused",
      "",
    ].join("\n"),
  );
  expect(code).toBe(1);
});

test("all well is 0, and JSON has the same", async () => {
  await write({ "third.yaml": uses("third", { A: "$(secrets.bws:token)" }) });
  const { code, out } = await run("--source", "stacks", "-o", "json");
  expect(code).toBe(0);
  const { secrets } = JSON.parse(out) as { secrets: { name: string; state: string }[] };
  expect(secrets.map(({ name, state }) => `${name} ${state}`)).toEqual([
    "bws:idle unused",
    "bws:token used",
    "shared unused",
    "spare unused",
  ]);
  expect(out).not.toContain("canary");
});

test("P11 what cannot be read now is told as that, and not as missing", async () => {
  bitwarden.state = "down";
  await write({ "third.yaml": uses("third", { A: "$(secrets.bws:token)" }) });
  const { code, out } = await run("--source", "stacks");
  expect(code).toBe(1);
  expect(out.replaceAll(/ +/g, " ")).toContain("bws:token unreadable - third\n");
  expect(out).toMatch(
    /! Bitwarden Secrets Manager has not been readable since \d\d:\d\d.*answers 502/,
  );
});

test("with CAPSTAN_URL a controller is asked", async () => {
  const stage = createStage({
    factories: { remoteSettings: () => ({ url: "http://127.0.0.1:9", token: null, named: true }) },
  });
  expect(await runProgram(stage.context, ["secrets"])).toBe(1);
  expect(stage.terminal.err()).toContain("127.0.0.1:9");
});
