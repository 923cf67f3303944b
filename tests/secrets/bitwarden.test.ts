// Bitwarden Secrets Manager over real HTTP, against a stand-in that encrypts as the real one does.
import { afterEach, beforeEach, expect, it } from "vitest";
import { CapstanError } from "../../src/lib/errors.ts";
import { httpClient } from "../../src/lib/http.ts";
import { createBitwarden } from "../../src/secrets/managers/bitwarden.ts";
import { decryptText, parseAccessToken } from "../../src/secrets/managers/bitwarden-crypto.ts";
import type { SecretManager } from "../../src/secrets/managers/manager.ts";
import { startFakeBitwarden } from "../support/fake-bitwarden.ts";
import type { FakeBitwarden } from "../support/fake-bitwarden.ts";

let bitwarden: FakeBitwarden;
let manager: SecretManager;
let nowMs = 0;
let seen: string[] = [];

const first = "11111111-1111-4111-8111-111111111111";
const second = "22222222-2222-4222-8222-222222222222";

function make(accessToken = bitwarden.accessToken): SecretManager {
  return createBitwarden({
    ...{ accessToken, serverUrl: bitwarden.url, http: httpClient },
    seen: (text) => seen.push(text),
    now: () => nowMs,
  });
}

beforeEach(async () => {
  nowMs = 0;
  bitwarden = await startFakeBitwarden();
  bitwarden.secrets.set(first, { key: "db-password", value: "canary-Grüße 😀\n" });
  bitwarden.secrets.set(second, { key: "Token", value: "canary-token" });
  manager = make();
});

afterEach(() => bitwarden.close());

async function failure(promise: Promise<unknown>): Promise<string> {
  const error: unknown = await promise.catch((thrown: unknown) => thrown);
  if (error instanceof CapstanError) return `${error.code}: ${error.message}`;
  return `no failure: ${String(error)}`;
}

it("the key in an access token is the one that Bitwarden's own code derives from it", () => {
  const key = parseAccessToken(bitwarden.accessToken)?.key;
  const joined = Buffer.concat([key?.encryption ?? Buffer.of(), key?.mac ?? Buffer.of()]);
  // From bitwarden/sdk-internal, auth/access_token.rs.
  expect(joined.toString("base64")).toBe(
    "H9/oIRLtL9nGCQOVDjSMoEbJsjWXSOCb3qeyDt6ckzS3FhyboEDWyTP/CQfbIszNmAVg2ExFganG1FVFGXO/Jg==",
  );
  const unpadded = bitwarden.accessToken.replace(/=+$/, "");
  expect(parseAccessToken(unpadded)?.key).toEqual(key);
  const wrong = [
    "",
    "1" + bitwarden.accessToken.slice(1),
    bitwarden.accessToken.replace(":", "."),
    "0.a.b:c",
    `${bitwarden.accessToken}AAAA`,
  ];
  expect(wrong.map(parseAccessToken)).toEqual(wrong.map(() => null));
});

it("secrets are found by id and by key, as they are spelled, in one request for all of them", async () => {
  const found = await manager.read([
    first,
    second.toUpperCase(),
    "Token",
    "token",
    "absent",
    "33333333-3333-4333-8333-333333333333",
  ]);
  expect([...found.values()]).toEqual([
    "canary-Grüße 😀\n",
    "canary-token",
    "canary-token",
    null,
    null,
    null,
  ]);
  expect(bitwarden.requests).toHaveLength(2);
  expect(manager.names()).toEqual([
    { name: "db-password", alias: first },
    { name: "Token", alias: second },
  ]);
  await manager.read(["Token"]);
  expect(bitwarden.requests.filter((path) => path.includes("connect/token"))).toHaveLength(1);
});

it("two secrets with one key are an error that names their ids", async () => {
  bitwarden.secrets.set(second, { key: "db-password", value: "canary-other" });
  const found = (await manager.read(["db-password", first])).get("db-password");
  expect(found).toBeInstanceOf(CapstanError);
  expect(found).toMatchObject({ code: "invalid", hint: `write bws:${first} or bws:${second}` });
  expect(String(found)).not.toContain("canary");
});

it("a login is made anew when it has ended, and before it does", async () => {
  await manager.read(["Token"]);
  bitwarden.endSessions();
  expect((await manager.read(["Token"])).get("Token")).toBe("canary-token");
  const before = bitwarden.requests.length;
  nowMs = 3_590_000;
  await manager.read(["Token"]);
  expect(bitwarden.requests.slice(before).map((path) => path.split("/").at(-1))).toEqual([
    "token",
    "sync",
  ]);
});

it("P11 an outage, a pause, a revoked token and a proxy's page are errors, never absent secrets", async () => {
  bitwarden.state = "down";
  expect(await failure(manager.read(["Token"]))).toBe(
    "unavailable: Bitwarden Secrets Manager answers 502",
  );
  bitwarden.state = "limited";
  const limited: unknown = await manager.read(["Token"]).catch((error: unknown) => error);
  expect(limited).toMatchObject({ code: "rate-limited", retryAfterMs: 30_000, retryable: true });
  bitwarden.state = "revoked";
  expect(await failure(manager.read(["Token"]))).toBe(
    "unauthorised: Bitwarden Secrets Manager does not accept the token",
  );
  bitwarden.state = "up";
  expect(await manager.check()).toBe(2);
  await bitwarden.close();
  const gone = await failure(manager.read(["Token"]));
  expect(gone).toMatch(/^unavailable: Bitwarden Secrets Manager cannot be reached/);
  expect(gone).not.toContain("canary");
});

it("P5 the token, its parts and every login are told to the redactor", async () => {
  seen = [];
  await make().read([]);
  const [, secret = "", key = ""] = bitwarden.accessToken.split(/[.:]/).slice(1);
  expect(seen).toEqual([bitwarden.accessToken, secret, key, expect.stringMatching(/^e30\./)]);
});

it("P5 what was encrypted with another key or changed is an error that shows none of it", () => {
  const key = parseAccessToken(bitwarden.accessToken)?.key;
  if (key === undefined) throw new Error("it is a token");
  for (const text of [
    "canary",
    "2.canary",
    "0.AAAA|BBBB",
    "2.AAAAAAAAAAAAAAAAAAAAAA==|AAAAAAAAAAAAAAAAAAAAAA==|AAAA",
  ]) {
    expect(() => decryptText(text, key)).toThrow(/^what Bitwarden sent/);
    expect(() => decryptText(text, key)).not.toThrow(/canary|AAAA/);
  }
  expect(() => make("canary-no-token")).toThrow("BWS_ACCESS_TOKEN is no access token");
});
