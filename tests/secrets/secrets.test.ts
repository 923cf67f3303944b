// Secrets from encrypted files, a real folder and variables: names, what serves whom, what is refused, and no value in
// errors.
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { isCapstanError } from "../../src/lib/errors.ts";
import { largestSecretBytes } from "../../src/secrets/secret-files.ts";
import type { SecretsOptions } from "../../src/secrets/secrets.ts";
import { createSecrets } from "../../src/secrets/secrets.ts";
import type { SourceFile } from "../../src/ports.ts";
import type { Secrets } from "../../src/ports-secrets.ts";
import { createVirtualClock } from "../support/virtual-clock.ts";
import { fixture, fixturePath } from "./sops-fixtures.ts";

let base: string;
let dir: string;

beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), "capstan-secrets-"));
  dir = join(base, "secrets");
  await mkdir(dir);
});

afterEach(async () => {
  await rm(base, { recursive: true, force: true });
});

const put = (name: string, text: string | Uint8Array): Promise<void> =>
  writeFile(join(dir, name), text);

function make(options: Partial<SecretsOptions>): Secrets {
  return createSecrets({
    env: {},
    dir: null,
    clock: createVirtualClock(),
    seen: () => undefined,
    ...options,
  });
}

const asker = (file: string) => ({ stack: "shop", file });

async function get(
  secrets: Secrets,
  name: string,
  files: readonly SourceFile[] = [],
  from = "stacks/shop.yaml",
): Promise<string | null> {
  return (await secrets.at({ files }, [])).get(name, asker(from));
}

async function names(secrets: Secrets): Promise<readonly string[]> {
  return (await secrets.at({ files: [] }, [])).known.map(({ name }) => name);
}

async function failure(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    if (isCapstanError(error)) return `${error.code}: ${error.message} (${error.hint ?? ""})`;
    throw error;
  }
  return "no failure";
}

const file = (path: string, text: string): SourceFile => ({ path, content: Buffer.from(text) });
const encrypted = (path: string, name: string): SourceFile => file(path, fixture(name));
const key = fixturePath("age-key.txt");

it("a file's one trailing newline is dropped, and nothing else", async () => {
  await put("one", "value\n");
  await put("two", "a\nb\n\n");
  await put("crlf", "value\r\n");
  await put("spaces", "  value ");
  const secrets = make({ dir });
  expect(await get(secrets, "one")).toBe("value");
  expect(await get(secrets, "two")).toBe("a\nb\n");
  expect(await get(secrets, "crlf")).toBe("value");
  expect(await get(secrets, "spaces")).toBe("  value ");
  expect(await get(secrets, "three")).toBeNull();
});

it("SECRET_A_B, a-b, a_b and A_B are one name", async () => {
  await put("db-password", "from file");
  const env = { SECRET_API_KEY: "key\n", SECRETS_DIR: "x", PATH: "y" };
  const secrets = make({ env, dir });
  expect(await names(secrets)).toEqual(["api-key", "db-password"]);
  for (const name of ["db-password", "db_password", "DB_PASSWORD", "db.password"]) {
    expect(await get(secrets, name)).toBe("from file");
  }
  expect(await get(secrets, "api-key")).toBe("key\n");
});

it("names that meet are an error that names every place and shows no value", async () => {
  await put("a-b", "canary-one");
  await put("A_B", "canary-two");
  await put("token", "canary-five");
  const env = {
    SECRET_X_Y: "canary-three",
    SECRET_x_y: "canary-four",
    SECRET_TOKEN: "canary-six",
  };
  const secrets = make({ env, dir, ageKeyFile: key });
  const files = [
    encrypted("stacks/all.sops.yaml", "token-1.sops.yaml"),
    encrypted("stacks/team/own.sops.yaml", "token-2.sops.yaml"),
  ];
  const told = [
    await failure(get(secrets, "a-b")),
    await failure(get(secrets, "x-y")),
    await failure(get(secrets, "token")),
    await failure(get(secrets, "token", files)),
    await failure(get(make({ ageKeyFile: key }), "token", files, "stacks/team/shop.yaml")),
  ];
  expect(told.map((line) => line.replace(/ \(.*/, ""))).toEqual([
    "invalid: it stands in the file A_B of SECRETS_DIR and the file a-b of SECRETS_DIR",
    "invalid: it stands in the variable SECRET_X_Y and the variable SECRET_x_y",
    "invalid: it stands in the file token of SECRETS_DIR and the variable SECRET_TOKEN",
    "invalid: it stands in token of stacks/all.sops.yaml and the file token of SECRETS_DIR and the variable SECRET_TOKEN",
    "invalid: it stands in token of stacks/all.sops.yaml and token of stacks/team/own.sops.yaml",
  ]);
  expect(told.join("")).not.toContain("canary");
});

it("links are followed inside the folder, as Kubernetes makes them, and never out of it", async () => {
  await mkdir(join(dir, "..2026_01"));
  await put("..2026_01/token", "inside");
  await symlink("..2026_01", join(dir, "..data"));
  await symlink("..data/token", join(dir, "token"));
  await writeFile(join(base, "outside"), "canary");
  await symlink("../outside", join(dir, "escape"));
  await symlink("missing", join(dir, "dangling"));
  await symlink("loop", join(dir, "loop"));
  await mkdir(join(dir, "folder"));
  await put(".hidden", "x");
  const secrets = make({ dir });
  expect(await names(secrets)).toEqual(["token"]);
  expect(await get(secrets, "token")).toBe("inside");
  for (const name of ["escape", "../outside", "..", "..data/token", "folder"]) {
    expect(await get(secrets, name)).toBeNull();
  }
});

it("a file that is too large or no text is refused", async () => {
  await put("large", "x".repeat(largestSecretBytes + 1));
  await put("binary", Uint8Array.from([0xff, 0xfe]));
  const secrets = make({ dir });
  expect(await failure(get(secrets, "large"))).toMatch(/^invalid: .*larger than 256 KiB/);
  expect(await failure(get(secrets, "binary"))).toMatch(/^invalid: .*not UTF-8/);
});

it("P11 a folder that was never readable is unavailable, which is never read as having no secrets", async () => {
  const secrets = make({ dir: join(base, "gone"), env: { SECRET_Y: "here" } });
  expect(await failure(get(secrets, "x"))).toMatch(
    /^unavailable: SECRETS_DIR cannot be read: ENOENT/,
  );
  expect(await get(secrets, "y")).toBe("here");
  expect(secrets.outages().map(({ source }) => source)).toEqual(["SECRETS_DIR"]);
  expect(secrets.outages()[0]?.concerns("x")).toBe(true);
});

it("P11 a folder that goes away keeps its last values, says so, and says when it is back", async () => {
  await put("token", "canary-token");
  const secrets = make({ dir });
  expect(await get(secrets, "token")).toBe("canary-token");
  expect(secrets.outages()).toEqual([]);
  await rm(dir, { recursive: true });
  const version = await secrets.version();
  expect(await get(secrets, "token")).toBe("canary-token");
  const [outage] = secrets.outages();
  expect(outage?.message).toMatch(/SECRETS_DIR cannot be read: ENOENT/);
  expect([outage?.concerns("TOKEN"), outage?.concerns("bws:token")]).toEqual([true, false]);
  expect(await secrets.version()).toBe(version);
  await mkdir(dir);
  await put("token", "canary-other");
  expect(await secrets.version()).not.toBe(version);
  expect(await get(secrets, "token")).toBe("canary-other");
  expect(secrets.outages()).toEqual([]);
});

it("the version changes with a file's content, a new file and a swapped link, and not by itself", async () => {
  await put("a", "1");
  const secrets = make({ env: { SECRET_X: "canary" }, dir });
  const first = await secrets.version();
  expect(await secrets.version()).toBe(first);
  expect(first).not.toContain("canary");
  await put("a", "22");
  const second = await secrets.version();
  await put("b", "1");
  const third = await secrets.version();
  await mkdir(join(dir, "..new"));
  await put("..new/a", "22");
  await rm(join(dir, "a"));
  await symlink("..new/a", join(dir, "a"));
  const fourth = await secrets.version();
  expect(new Set([first, second, third, fourth]).size).toBe(4);
  const other = make({ env: { SECRET_Y: "canary" }, dir });
  expect(await other.version()).not.toBe(fourth);
});

it("an encrypted file serves the stacks in its folder and below, and refuses others by its name", async () => {
  const secrets = make({ ageKeyFile: key });
  const files = [
    encrypted("stacks/team/secrets.sops.yaml", "token-1.sops.yaml"),
    encrypted("stacks/teams/secrets.sops.yaml", "token-2.sops.yaml"),
  ];
  const from = (path: string): Promise<string | null> => get(secrets, "TOKEN", files, path);
  expect(await from("stacks/team/shop.yaml")).toBe("canary-rotated-1-value");
  expect(await from("stacks/team/deep/er/shop.yaml")).toBe("canary-rotated-1-value");
  expect(await from("stacks/teams/shop.yaml")).toBe("canary-rotated-2-value");
  expect(await failure(from("stacks/shop.yaml"))).toBe(
    "invalid: it is in stacks/team/secrets.sops.yaml, which serves the stacks in stacks/team/ only " +
      "(move stacks/shop.yaml there, or encrypt the secret in a file in its folder or above)",
  );
  expect(await failure(from("other/shop.yaml"))).toMatch(/^invalid: it is in/);
  expect(await get(secrets, "absent", files, "stacks/team/shop.yaml")).toBeNull();
});

it("a copy of an encrypted file in another folder opens for nobody, until one has a key of its own", async () => {
  const secrets = make({ ageKeyFile: key });
  const own = encrypted("stacks/team/secrets.sops.yaml", "token-1.sops.yaml");
  const beside = encrypted("stacks/team/again.sops.yaml", "token-1.sops.yaml");
  const from = (path: string, files: readonly SourceFile[]): Promise<string | null> =>
    get(secrets, "token", files, path);
  for (const folder of ["stacks/thief/", "stacks/team/deep/", "stacks/", ""]) {
    const copied = [own, encrypted(`${folder}x.sops.yaml`, "token-1.sops.yaml")];
    expect(await failure(from(`${folder}shop.yaml`, copied)), folder).toMatch(
      /^invalid: (it stands in|.*x\.sops\.yaml has the key of stacks\/team\/secrets\.sops\.yaml, so one is a copy)/,
    );
  }
  const thief = encrypted("stacks/thief/x.sops.yaml", "token-1.sops.yaml");
  expect(await failure(from("stacks/team/shop.yaml", [own, thief]))).toMatch(
    /^invalid: stacks\/team\/secrets\.sops\.yaml has the key of stacks\/thief\/x\.sops\.yaml.* \(remove the copy, or/,
  );
  const rotated = encrypted("stacks/thief/x.sops.yaml", "token-2.sops.yaml");
  expect(await from("stacks/team/shop.yaml", [own, rotated])).toBe("canary-rotated-1-value");
  // In one folder nobody gets anything new by it.
  expect(await failure(from("stacks/team/shop.yaml", [own, beside]))).toMatch(
    /^invalid: it stands in/,
  );
});

it("what stands in an encrypted file in clear is no secret", async () => {
  const files = [encrypted("stacks/a.sops.yaml", "whole.sops.yaml")];
  const secrets = make({ ageKeyFile: key });
  expect(await get(secrets, "db-password", files)).toBe("canary-db-password");
  expect(await failure(get(secrets, "db.note_unencrypted", files))).toMatch(
    /^invalid: it stands in stacks\/a\.sops\.yaml in clear, so it is no secret/,
  );
});

it("a file that cannot be decrypted fails what is asked of it, and nothing else", async () => {
  const files = [
    encrypted("stacks/a.sops.env", "for-another.sops.env"),
    encrypted("stacks/b.sops.yaml", "token-1.sops.yaml"),
  ];
  const secrets = make({ ageKeyFile: key });
  expect(await get(secrets, "token", files)).toBe("canary-rotated-1-value");
  expect(await failure(get(secrets, "db-password", files))).toMatch(/^invalid: .*cannot be opened/);
  expect(await failure(get(make({}), "token", files))).toMatch(
    /there is no key to decrypt it with/,
  );
  // Which names a file has cannot be told: what is not found elsewhere may be in it.
  const broken = [...files, file("stacks/c.sops.yaml", "token: [")];
  expect(await failure(get(secrets, "absent", broken))).toMatch(/c\.sops\.yaml is not valid YAML/);
  expect(await get(secrets, "token", broken)).toBe("canary-rotated-1-value");
});

it("P11 a key file that cannot be read is an outage; a better one is seen, and what was opened stays open", async () => {
  const path = join(base, "age.txt");
  const first = [encrypted("stacks/b.sops.yaml", "token-1.sops.yaml")];
  const second = [encrypted("stacks/b.sops.yaml", "token-2.sops.yaml")];
  const secrets = make({ ageKeyFile: path });
  expect(await failure(get(secrets, "token", first))).toMatch(
    /^unavailable: SOPS_AGE_KEY_FILE cannot be read: ENOENT/,
  );
  const before = await secrets.version();
  await writeFile(path, fixture("other-age-key.txt"));
  expect(await secrets.version()).not.toBe(before);
  expect(await failure(get(secrets, "token", first))).toMatch(/^invalid: .*cannot be opened/);
  await writeFile(path, fixture("age-key.txt"));
  expect(await get(secrets, "token", first)).toBe("canary-rotated-1-value");
  await rm(path);
  expect(await get(secrets, "token", first)).toBe("canary-rotated-1-value");
  expect(await failure(get(secrets, "token", second))).toMatch(/^unavailable: /);
  for (const [text, words] of [
    ["not a key canary", /holds no age key in line 1/],
    ["# nothing", /holds no key/],
    ["AGE-SECRET-KEY-1QQQQ", /holds a key that is damaged/],
  ] as const) {
    await writeFile(path, text);
    const said = await failure(get(secrets, "token", second));
    expect(said).toMatch(words);
    expect(said).not.toContain("canary");
  }
});

it("P2 names alone: nothing is decrypted, and no key is read", async () => {
  await put("folder-token", "canary");
  const seen: string[] = [];
  const secrets = make({ dir, ageKeyFile: key, seen: (text) => seen.push(text) });
  const files = [encrypted("stacks/a.sops.yaml", "token-1.sops.yaml")];
  const table = await secrets.namesAt({ files }, "stands-in");
  expect(table.get("token", asker("stacks/x.yaml"))).toBe("stands-in");
  expect(table.get("folder-token", asker("stacks/x.yaml"))).toBe("stands-in");
  expect(table.get("absent", asker("stacks/x.yaml"))).toBeNull();
  expect(() => table.get("bws:x", asker("stacks/x.yaml"))).toThrow(
    "Bitwarden Secrets Manager is not set up",
  );
  expect(JSON.stringify(table)).not.toContain("canary");
  expect(seen).toEqual([]);
});

it("P5 every value and every key is told to the redactor", async () => {
  await put("folder-token", "canary-folder");
  const seen: string[] = [];
  const secrets = make({
    dir,
    env: { SECRET_V: "canary-variable" },
    ageKeyFile: key,
    seen: (text) => seen.push(text),
  });
  const { values } = await secrets.at(
    { files: [encrypted("stacks/a.sops.yaml", "token-1.sops.yaml")] },
    [],
  );
  expect([...values].sort()).toEqual([
    "canary-folder",
    "canary-rotated-1-value",
    "canary-unused-value",
    "canary-variable",
  ]);
  expect(seen).toEqual([expect.stringMatching(/^AGE-SECRET-KEY-1/)]);
});
