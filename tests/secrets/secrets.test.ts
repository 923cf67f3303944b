// Secrets from a real folder and from variables: names, precedence, what is refused, and no value in errors.
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { isCapstanError } from "../../src/lib/errors.ts";
import { largestSecretBytes } from "../../src/secrets/secret-files.ts";
import { createSecrets } from "../../src/secrets/secrets.ts";

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

async function failure(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    if (isCapstanError(error)) return `${error.code}: ${error.message} (${error.hint ?? ""})`;
  }
  return "no failure";
}

it("a file's one trailing newline is dropped, and nothing else", async () => {
  await put("one", "value\n");
  await put("two", "a\nb\n\n");
  await put("crlf", "value\r\n");
  await put("spaces", "  value ");
  const secrets = createSecrets({ env: {}, dir });
  expect(await secrets.get("one")).toBe("value");
  expect(await secrets.get("two")).toBe("a\nb\n");
  expect(await secrets.get("crlf")).toBe("value");
  expect(await secrets.get("spaces")).toBe("  value ");
  expect(await secrets.get("three")).toBeNull();
});

it("SECRET_A_B, a-b, a_b and A_B are one name, and a file comes before a variable", async () => {
  await put("db-password", "from file");
  const env = {
    SECRET_DB_PASSWORD: "from env",
    SECRET_API_KEY: "key\n",
    SECRETS_DIR: "x",
    PATH: "y",
  };
  const secrets = createSecrets({ env, dir });
  expect(await secrets.names()).toEqual(["api-key", "db-password"]);
  for (const name of ["db-password", "db_password", "DB_PASSWORD", "db.password"]) {
    expect(await secrets.get(name)).toBe("from file");
  }
  expect(await secrets.get("api-key")).toBe("key\n");
  const alone = createSecrets({ env, dir: null });
  expect(await alone.get("db-password")).toBe("from env");
});

it("names that meet within one source are an error that shows no value", async () => {
  await put("a-b", "canary-one");
  await put("A_B", "canary-two");
  const env = { SECRET_X_Y: "canary-three", SECRET_x_y: "canary-four" };
  const secrets = createSecrets({ env, dir });
  const files = await failure(secrets.get("a-b"));
  expect(files).toMatch(/^invalid: the files in SECRETS_DIR A_B and a-b are one secret's name/);
  const variables = await failure(secrets.get("x-y"));
  expect(variables).toMatch(/^invalid: the variables SECRET_X_Y and SECRET_x_y are one/);
  expect(files + variables).not.toContain("canary");
  expect(await secrets.names()).toEqual(["a-b", "x-y"]);
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
  const secrets = createSecrets({ env: {}, dir });
  expect(await secrets.names()).toEqual(["token"]);
  expect(await secrets.get("token")).toBe("inside");
  for (const name of ["escape", "../outside", "..", "..data/token", "folder"]) {
    expect(await secrets.get(name)).toBeNull();
  }
});

it("a file that is too large or no text is refused", async () => {
  await put("large", "x".repeat(largestSecretBytes + 1));
  await put("binary", Uint8Array.from([0xff, 0xfe]));
  const secrets = createSecrets({ env: {}, dir });
  expect(await failure(secrets.get("large"))).toMatch(/^invalid: .*larger than 256 KiB/);
  expect(await failure(secrets.get("binary"))).toMatch(/^invalid: .*not UTF-8/);
});

it("a folder that is gone is unavailable, which is never read as having no secrets", async () => {
  const secrets = createSecrets({ env: {}, dir: join(base, "gone") });
  const calls = [() => secrets.names(), () => secrets.version(), () => secrets.get("x")];
  for (const call of calls) {
    expect(await failure(call())).toMatch(/^unavailable: SECRETS_DIR cannot be read: ENOENT/);
  }
});

it("the version changes with a file's content, a new file and a swapped link, and not by itself", async () => {
  await put("a", "1");
  const secrets = createSecrets({ env: { SECRET_X: "canary" }, dir });
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
  const other = createSecrets({ env: { SECRET_Y: "canary" }, dir });
  expect(await other.version()).not.toBe(fourth);
});
