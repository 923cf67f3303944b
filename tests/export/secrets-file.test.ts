// The file of secrets says the same to a shell, to Docker's parser and to Capstan.
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { readSecretsText, secretsNamed, secretsText } from "../../src/export/secrets-file.ts";
import { isWritableEnvValue } from "../../src/model/env-text.ts";

test("whatever a value is, it is read back", () => {
  const value = fc.oneof(fc.string(), fc.string({ unit: "binary" })).filter(isWritableEnvValue);
  fc.assert(
    fc.property(fc.array(value, { maxLength: 4 }), (values) => {
      const secrets = new Map(values.map((one, index) => [`shop-key-${index}`, one]));
      expect(readSecretsText(secretsText(secrets))).toEqual(
        Object.fromEntries(values.map((one, index) => [`SECRET_SHOP_KEY_${index}`, one])),
      );
    }),
  );
});

test("a shell reads what stands in single quotes as it is", () => {
  const folder = mkdtempSync(join(tmpdir(), "capstan-secrets-"));
  try {
    const value = 'a b$HOME`id`\\n"quoted" & ; # no comment';
    const file = join(folder, "secrets.env");
    writeFileSync(file, secretsText(new Map([["shop-key", value]])));
    const script = `set -a; . "${file}"; printf %s "$SECRET_SHOP_KEY"`;
    expect(execFileSync("/bin/sh", ["-c", script], { encoding: "utf8" })).toBe(value);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("the names are those that manifests refer to, and no literal text", () => {
  const texts = ["a: $(secrets.b-c) and $(secrets.a)", "literal: $$(secrets.none)"];
  expect(secretsNamed(texts)).toEqual(["a", "b-c"]);
});
