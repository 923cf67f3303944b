// Files that the real SOPS and age encrypted, for a key of these tests alone. How they were made stands in their README.
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { isCapstanError } from "../../src/lib/errors.ts";
import { isSopsFile, parseSops } from "../../src/lib/sops/document.ts";
import { goFloat, goJsonText, goYamlText } from "../../src/lib/sops/scalars.ts";
import { decryptSops } from "../../src/secrets/sops/decrypt.ts";
import { fixture, fixturePath } from "./sops-fixtures.ts";

const keyIn = (name: string): string =>
  readFileSync(fixturePath(name), "utf8")
    .split("\n")
    .filter((line) => line.startsWith("AGE-SECRET-KEY-"))
    .join("");
const own = keyIn("age-key.txt");
const other = keyIn("other-age-key.txt");

async function decrypted(
  path: string,
  text: string = fixture(path),
  keys: readonly string[] = [own],
): Promise<Readonly<Record<string, string>>> {
  const document = parseSops(path, Buffer.from(text));
  return Object.fromEntries((await decryptSops(path, document, keys)).values);
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

const inYaml = {
  "db.user": "shop-user",
  "db.password": "canary-db-password",
  "db.port": "5432",
  "db.ratio": "0.25",
  "db.enabled": "true",
  "db.disabled": "false",
  "db.empty": "",
  "list.0": "canary-first",
  "list.1.name": "canary-second",
  "list.1.more.0": "1",
  "list.1.more.1": "2",
  "list.1.more.2": "canary-third",
  certificate: "-----BEGIN CERTIFICATE-----\ncanary-line-one\n-----END CERTIFICATE-----\n",
  "key with: colon": "canary-colon",
  unicode: "canary-Grüße-😀",
};

describe("what SOPS encrypted", () => {
  it("in YAML, with comments, lists and every kind of value, is decrypted and its MAC fits", async () => {
    expect(await decrypted("whole.sops.yaml")).toEqual(inYaml);
  });

  it("and something laid out anew, is the same to it", async () => {
    expect(await decrypted("reformatted.sops.yaml")).toEqual(inYaml);
  });

  it("with a MAC of the encrypted values alone is decrypted", async () => {
    expect(await decrypted("mac-only-encrypted.sops.yaml")).toEqual(inYaml);
  });

  it("in part, by a pattern, gives the encrypted values alone: what stands in clear is no secret", async () => {
    expect(await decrypted("by-regex.sops.yaml")).toEqual({
      "db.password": "canary-db-password",
      "db.empty": "",
      "list.1.more.0": "1",
      "list.1.more.1": "2",
      "list.1.more.2": "canary-third",
    });
  });

  it("in JSON keeps its order, numbers as keys included", async () => {
    expect(await decrypted("whole.sops.json")).toEqual({
      "db.password": "canary-json-password",
      "db.port": "5432",
      "db.ratio": "15000000000",
      "db.on": "true",
      "db.10": "canary-ten",
      "db.2": "canary-two",
      "list.0": "canary-a",
      "list.1.b": "canary-b",
      "list.2": "3",
      escaped: 'canary-"q"\n\\x',
    });
  });

  it("as dotenv is decrypted, also where somebody else has a key too", async () => {
    const values = {
      DB_PASSWORD: "canary-env-password",
      MULTI: "canary-one\ncanary-two",
      QUOTED: '"canary quoted"',
      EMPTY: "",
    };
    expect(await decrypted("whole.sops.env")).toEqual(values);
    expect(await decrypted("two-recipients.sops.env")).toEqual(values);
    const text = fixture("two-recipients.sops.env");
    expect(await decrypted("two-recipients.sops.env", text, [other])).toEqual(values);
    expect(await decrypted("two-recipients.sops.env", text, [other, own])).toEqual(values);
  });
});

describe("what was changed, or is for somebody else, is one clear error without a value", () => {
  const yaml = fixture("whole.sops.yaml");
  const swapped = (text: string, from: RegExp, to: string): string => {
    expect(text).toMatch(from);
    return text.replace(from, to);
  };

  it("a wrong key", async () => {
    const said = await failure(decrypted("for-another.sops.env"));
    expect(said).toMatch(
      /^invalid: for-another\.sops\.env cannot be opened by a key of SOPS_AGE_KEY_FILE \(it is encrypted for age1\w+:/,
    );
  });

  it("a changed byte of a value", async () => {
    const text = yaml.replace(
      /(password: ENC\[AES256_GCM,data:)(.)/,
      (_, before: string, first: string) => `${before}${first === "A" ? "B" : "A"}`,
    );
    expect(text).not.toBe(yaml);
    expect(await failure(decrypted("whole.sops.yaml", text))).toMatch(
      /^invalid: whole\.sops\.yaml: db\.password was changed after it was encrypted/,
    );
  });

  it("a value moved to another key", async () => {
    const text = swapped(yaml, /\n {4}user: /, "\n    admin: ");
    expect(await failure(decrypted("whole.sops.yaml", text))).toMatch(/db\.admin was changed/);
  });

  it("a changed value in clear, a value taken away, and two in another order", async () => {
    const mac =
      /^invalid: whole\.sops\.yaml was changed after it was encrypted: its MAC does not fit/;
    const clear = swapped(yaml, /plainly readable/, "plainly changed");
    expect(await failure(decrypted("whole.sops.yaml", clear))).toMatch(mac);
    const less = swapped(yaml, / {4}port: .*\n/, "");
    expect(await failure(decrypted("whole.sops.yaml", less))).toMatch(mac);
    const turned = swapped(yaml, /( {4}port: .*\n)( {4}ratio: .*\n)/, "$2$1");
    expect(await failure(decrypted("whole.sops.yaml", turned))).toMatch(mac);
    const inClear = swapped(yaml, /password: ENC\[[^\]]*\]/, "password: mine");
    expect(await failure(decrypted("whole.sops.yaml", inClear))).toMatch(mac);
  });

  it("a changed time, to which the MAC is bound", async () => {
    const text = swapped(yaml, /lastmodified: "2026/, 'lastmodified: "2027');
    expect(await failure(decrypted("whole.sops.yaml", text))).toMatch(/its MAC does not fit/);
  });

  it("a missing MAC, in each format", async () => {
    const without: Readonly<Record<string, RegExp>> = {
      "whole.sops.yaml": / {4}mac: .*\n/,
      "whole.sops.json": /\t\t"mac": .*\n/,
      "whole.sops.env": /sops_mac=.*\n/,
    };
    for (const [path, line] of Object.entries(without)) {
      const text = swapped(fixture(path), line, "");
      expect(await failure(decrypted(path, text))).toMatch(
        /^invalid: whole\.sops\.\w+ has no MAC, so nobody can tell whether it was changed/,
      );
    }
  });

  it("no encryption at all, no age, several keys at once, and texts that are no such file", async () => {
    const told = async (path: string, text: string): Promise<string> =>
      await failure(decrypted(path, text));
    expect(await told("a.sops.yaml", "token: plain\n")).toMatch(/is not encrypted/);
    expect(await told("a.sops.env", "TOKEN=plain\n")).toMatch(/is not encrypted/);
    expect(await told("a.sops.yaml", "- a\n")).toMatch(/holds no keys/);
    expect(await told("a.sops.json", "{,}")).toMatch(/is not valid JSON/);
    expect(await told("a.sops.yaml", "a: b\n<<<<<<< HEAD\n")).toMatch(/is not valid YAML/);
    expect(await told("a.sops.yaml", "a: 1\na: 2\nsops: {}\n")).toMatch(/has the key a twice/);
    expect(await told("key-groups.sops.yaml", fixture("key-groups.sops.yaml"))).toMatch(
      /needs several keys at once/,
    );
    const forOthers = swapped(
      yaml,
      / {4}age:\n[\s\S]*? {4}lastmodified/,
      "    pgp:\n        - fp: A\n    lastmodified",
    );
    expect(await told("a.sops.yaml", forOthers)).toMatch(/is encrypted for pgp and not for age/);
  });

  it("shows no value in any of them", async () => {
    const texts = [...yaml.matchAll(/data:([^,]+),/g)].map(([, data = ""]) => data);
    const clear = swapped(yaml, /plainly readable/, "canary-clear");
    for (const text of [clear, clear.replace(/mac: .*/, "mac: x"), `${clear}\n  - broken`]) {
      const said = await failure(decrypted("whole.sops.yaml", text));
      expect(said).not.toBe("no failure");
      for (const secret of [...texts, "canary"]) expect(said).not.toContain(secret);
    }
  });
});

it("P4 what would take long is refused: size, depth, number of values, and brackets without end", () => {
  const refused = (text: string): string => {
    try {
      parseSops("a.sops.yaml", Buffer.from(text));
    } catch (error) {
      if (isCapstanError(error, "invalid")) return error.message;
      throw error;
    }
    return "";
  };
  const before = performance.now();
  expect(refused(`a: ${"x".repeat(300_000)}`)).toMatch(/larger than 256 KiB/);
  expect(refused("[".repeat(250_000))).toMatch(/is not valid YAML/);
  expect(refused("{a: ".repeat(30) + "1" + "}".repeat(30))).toMatch(/nested deeper/);
  const many = Array.from({ length: 2_500 }, (_, index) => `k${index}: x`).join("\n");
  expect(refused(`${many}\nsops: {}`)).toMatch(/more than 2000 values/);
  expect(refused("a: &a [1]\nb: *a\nsops: {}")).toMatch(/has an alias/);
  expect(performance.now() - before).toBeLessThan(10_000);
});

it("which files are encrypted secrets, their names say", () => {
  expect(["a.sops.yaml", "x/b.sops.yml", "c.sops.json", "d.sops.env"].every(isSopsFile)).toBe(true);
  expect([".sops.yaml", "x/.sops.yaml", "a.yaml", "sops.yaml", "a.sops.ini"].some(isSopsFile)).toBe(
    false,
  );
});

it("values in clear are counted into the MAC as Go writes them", () => {
  expect([1.5, 1e21, 1e-7, 0, -0, -2.5e-3, 123456789.125].map(goFloat)).toEqual([
    "1.5",
    "1000000000000000000000",
    "0.0000001",
    "0",
    "-0",
    "-0.0025",
    "123456789.125",
  ]);
  expect(
    [
      "0x10",
      "0o17",
      "017",
      "1_000",
      "+5",
      "-7",
      "1e3",
      ".5",
      "true",
      "False",
      "~",
      "",
      "yes",
      "0b101",
      "18446744073709551616",
    ].map(goYamlText),
  ).toEqual([
    "16",
    "15",
    "15",
    "1000",
    "5",
    "-7",
    "1000",
    "0.5",
    "True",
    "False",
    null,
    null,
    "yes",
    "5",
    "18446744073709552000",
  ]);
  expect(["12", "1.0", "1e3", "-0", "null", "true"].map(goJsonText)).toEqual([
    "12",
    "1",
    "1000",
    "0",
    null,
    "True",
  ]);
});
