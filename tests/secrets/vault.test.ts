// HashiCorp Vault and OpenBao over real HTTP, against a stand-in.
import { afterEach, beforeEach, expect, it } from "vitest";
import { CapstanError } from "../../src/lib/errors.ts";
import { httpClient } from "../../src/lib/http.ts";
import type { SecretManager } from "../../src/secrets/managers/manager.ts";
import { createVault } from "../../src/secrets/managers/vault.ts";
import type { VaultLogin, VaultOptions } from "../../src/secrets/managers/vault.ts";
import { startFakeVault } from "../support/fake-vault.ts";
import type { FakeVault } from "../support/fake-vault.ts";

let vault: FakeVault;
let seen: string[];
let nowMs = 0;

function make(login?: VaultLogin, more: Partial<VaultOptions> = {}): SecretManager {
  return createVault({
    ...{ url: vault.url, namespace: null, http: httpClient, now: () => nowMs },
    login: login ?? { kind: "token", token: vault.token },
    seen: (token) => seen.push(token),
    ...more,
  });
}

beforeEach(async () => {
  seen = [];
  nowMs = 0;
  vault = await startFakeVault();
  vault.data.set("kv/shop", {
    password: "canary-password",
    port: 5432,
    on: true,
    deep: { a: [1] },
    none: null,
  });
  vault.data.set("kv/gone", null);
  vault.data.set("team/kv/deep/er path".replace(" ", "-"), { key: "canary-deep" });
  vault.data.set("old/shop", { password: "canary-old" });
});

afterEach(() => vault.close());

const read = async (manager: SecretManager, ...names: readonly string[]): Promise<unknown[]> => {
  const found = await manager.read(names);
  return names.map((name) => found.get(name));
};

async function failure(promise: Promise<unknown>): Promise<string> {
  const error: unknown = await promise.catch((thrown: unknown) => thrown);
  return error instanceof CapstanError ? `${error.code}: ${error.message}` : "no failure";
}

it("keys of both versions of KV are read, each path once, whatever its mount is called", async () => {
  const manager = make();
  expect(
    await read(
      manager,
      "kv/shop#password",
      "kv/shop#port",
      "kv/shop#on",
      "kv/shop#deep",
      "kv/shop#none",
      "kv/shop#absent",
    ),
  ).toEqual(["canary-password", "5432", "true", '{"a":[1]}', null, null]);
  expect(vault.requests).toEqual(["/v1/sys/internal/ui/mounts/kv/shop", "/v1/kv/data/shop"]);
  expect(await read(manager, "team/kv/deep/er-path#key", "old/shop#password")).toEqual([
    "canary-deep",
    "canary-old",
  ]);
  expect(await read(manager, "kv/gone#password", "kv/never#password")).toEqual([null, null]);
});

it("a token that may not ask for engines reads a KV of version 2", async () => {
  vault.tellsMounts = false;
  expect(await read(make(), "kv/shop#password")).toEqual(["canary-password"]);
});

it("a namespace is sent, and a name says where in Vault", async () => {
  vault.namespace = "admin/team";
  expect(await read(make(undefined, { namespace: "admin/team" }), "kv/shop#password")).toEqual([
    "canary-password",
  ]);
  const manager = make();
  const refuses = (name: string): ReturnType<SecretManager["refuses"]> => manager.refuses(name);
  expect(["kv/shop#password", "team/kv/a.b/c-d#k"].map(refuses)).toEqual([null, null]);
  for (const name of [
    "kv",
    "kv/shop",
    "#a",
    "kv/#a",
    "/kv/shop#a",
    "kv/../sys#a",
    "kv/shop?x#a",
    "kv//shop#a",
  ]) {
    expect(refuses(name)?.hint).toBe("write vault:<mount>/<path>#<key>");
  }
});

it("an AppRole logs in once, and anew when its lease or its session ended; every token is told to the redactor", async () => {
  const manager = make({ kind: "approle", ...vault.role });
  const logins = (): number => vault.requests.filter((path) => path.endsWith("/login")).length;
  await read(manager, "kv/shop#password", "old/shop#password");
  expect(logins()).toBe(1);
  nowMs = 590_000;
  await read(manager, "kv/shop#password");
  expect(logins()).toBe(2);
  vault.endSessions();
  const [refused] = await read(manager, "kv/shop#password");
  expect(refused).toMatchObject({ code: "forbidden" });
  expect(await read(manager, "kv/shop#password")).toEqual(["canary-password"]);
  expect(seen.every((token) => token.startsWith("hvs.session-"))).toBe(true);
  const wrong = make({ kind: "approle", roleId: "x", secretId: "canary-wrong" });
  expect(await failure(wrong.read(["kv/shop#password"]))).toBe(
    "unauthorised: Vault does not accept the token",
  );
});

it("a token file is read each time, and is an outage while it is away", async () => {
  const token: { text: string | null } = { text: `${vault.token}\n` };
  const login: VaultLogin = {
    kind: "file",
    path: "/run/token",
    read: async () => {
      if (token.text === null) throw Object.assign(new Error("gone"), { code: "ENOENT" });
      return token.text;
    },
  };
  const manager = make(login);
  expect(await read(manager, "kv/shop#password")).toEqual(["canary-password"]);
  token.text = null;
  expect(await failure(manager.read(["kv/shop#password"]))).toBe(
    "unavailable: VAULT_TOKEN_FILE cannot be read: ENOENT",
  );
});

it("P11 a sealed Vault, a quota, a path that may not be read and an engine that is not there are no absent secrets", async () => {
  const manager = make();
  vault.forbidden.add("kv/shop");
  const [forbidden, old] = await read(manager, "kv/shop#password", "old/shop#password");
  expect(forbidden).toMatchObject({ code: "forbidden", retryable: true });
  expect(old).toBe("canary-old");
  const [pki, none] = await read(manager, "pki/shop#a", "nowhere/shop#a");
  expect(pki).toMatchObject({
    code: "invalid",
    message: "pki/ is an engine of the kind pki in Vault",
  });
  expect(none).toMatchObject({ code: "invalid", message: "Vault has no KV engine at nowhere/" });
  vault.state = "sealed";
  expect(await failure(manager.read(["kv/shop#password"]))).toBe("unavailable: Vault answers 503");
  vault.state = "limited";
  const limited: unknown = await manager
    .read(["kv/shop#password"])
    .catch((error: unknown) => error);
  expect(limited).toMatchObject({ code: "rate-limited", retryAfterMs: 20_000 });
  vault.state = "up";
  expect(await manager.check()).toBeNull();
  expect(await failure(make({ kind: "token", token: "canary-bad" }).check())).toBe(
    "forbidden: Vault does not let this token read it",
  );
});
