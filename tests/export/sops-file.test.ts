// The encrypted file of secrets is one of SOPS: only the recipient opens it, and every change of it shows.
import { createDecipheriv, createHash, randomBytes } from "node:crypto";
import { Decrypter, armor, generateX25519Identity, identityToRecipient } from "age-encryption";
import { expect, test } from "vitest";
import { sopsText } from "../../src/export/sops-file.ts";

const secrets = new Map([
  ["shop-db-password", "hunter2-hunter2"],
  ["shop-key", "-----BEGIN KEY-----\nsecond 'line' $HOME \"quoted\"\n"],
]);
const nowMs = Date.UTC(2026, 10, 29, 9, 31, 21, 500);

async function written(...identities: readonly string[]): Promise<string> {
  const recipients = await Promise.all(identities.map((one) => identityToRecipient(one)));
  return sopsText(secrets, { recipients, random: randomBytes, nowMs });
}

function linesOf(text: string): ReadonlyMap<string, string> {
  const entries = text.split("\n").filter((line) => line !== "");
  return new Map(
    entries.map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]),
  );
}

async function keyOf(lines: ReadonlyMap<string, string>, identity: string): Promise<Uint8Array> {
  const decrypter = new Decrypter();
  decrypter.addIdentity(identity);
  for (const [name, value] of lines) {
    if (!/^sops_age__list_\d+__map_enc$/.test(name)) continue;
    try {
      return await decrypter.decrypt(armor.decode(value.replaceAll("\\n", "\n")));
    } catch {
      // For somebody else.
    }
  }
  throw new Error("not for this key");
}

function opened(text: string, key: Uint8Array, boundTo: string): string {
  const [, data = "", iv = "", tag = ""] =
    /^ENC\[AES256_GCM,data:(.*),iv:(.*),tag:(.*),type:str\]$/.exec(text) ?? [];
  const bytes = (one: string): Buffer => Buffer.from(one, "base64");
  const decipher = createDecipheriv("aes-256-gcm", key, bytes(iv));
  decipher.setAAD(Buffer.from(boundTo)).setAuthTag(bytes(tag));
  return Buffer.concat([decipher.update(bytes(data)), decipher.final()]).toString();
}

test("each recipient opens every value, bound to its name, and the MAC holds all of them", async () => {
  const identities = [await generateX25519Identity(), await generateX25519Identity()];
  const text = await written(...identities);
  for (const value of secrets.values()) expect(text).not.toContain(value);
  const lines = linesOf(text);
  for (const identity of identities) {
    const key = await keyOf(lines, identity);
    const hash = createHash("sha512");
    for (const [name, value] of secrets) {
      const variable = name.replaceAll("-", "_");
      expect(opened(lines.get(variable)!, key, `${variable}:`)).toBe(value);
      expect(() => opened(lines.get(variable)!, key, "other:")).toThrow();
      hash.update(value);
    }
    expect(lines.get("sops_lastmodified")).toBe("2026-11-29T09:31:21Z");
    const mac = opened(lines.get("sops_mac")!, key, "2026-11-29T09:31:21Z");
    expect(mac).toBe(hash.digest("hex").toUpperCase());
  }
  await expect(keyOf(lines, await generateX25519Identity())).rejects.toThrow("not for this key");
});

test("what is no recipient is refused before anything is written", async () => {
  const given = { recipients: ["age1nope"], random: randomBytes, nowMs };
  await expect(sopsText(secrets, given)).rejects.toThrow("age1nope is not an age recipient");
});
