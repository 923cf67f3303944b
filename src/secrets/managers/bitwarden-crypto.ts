// How Bitwarden encrypts for machines: an access token holds an id, a secret to sign in with, and a key that never
// leaves the machine; the organisation's key comes encrypted with it, and each text encrypted with that one.
import { createDecipheriv, createHmac, hkdfSync, timingSafeEqual } from "node:crypto";
import { CapstanError } from "../../lib/errors.ts";

export interface AccessToken {
  readonly id: string;
  readonly secret: string;
  readonly key: SymmetricKey;
}

export interface SymmetricKey {
  readonly encryption: Uint8Array;
  readonly mac: Uint8Array;
}

const keyBytes = 32;
const ivBytes = 16;
const seedBytes = 16;

export const uuid = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

/** Null for what is no key of this kind. */
export function symmetricKey(bytes: Uint8Array): SymmetricKey | null {
  if (bytes.byteLength !== 2 * keyBytes) return null;
  return { encryption: bytes.subarray(0, keyBytes), mac: bytes.subarray(keyBytes) };
}

function keyFromSeed(seed: Uint8Array): SymmetricKey {
  const salt = "bitwarden-accesstoken";
  const bytes = new Uint8Array(hkdfSync("sha256", seed, salt, "sm-access-token", 2 * keyBytes));
  return { encryption: bytes.subarray(0, keyBytes), mac: bytes.subarray(keyBytes) };
}

/** `0.<id>.<secret>:<key>`; null for anything else. */
export function parseAccessToken(text: string): AccessToken | null {
  const match = /^0\.([^.:]+)\.([^.:]+):([A-Za-z0-9+/]+={0,2})$/.exec(text.trim());
  const [, id = "", secret = "", key = ""] = match ?? [];
  const seed = Buffer.from(key, "base64");
  if (!uuid.test(id) || seed.byteLength !== seedBytes) return null;
  return { id, secret, key: keyFromSeed(seed) };
}

/** `2.<iv>|<data>|<mac>`. Throws `invalid` for another kind, another key or a changed text; shows none of it. */
export function decryptText(text: string, { encryption, mac }: SymmetricKey): Uint8Array {
  const broken = (what: string): CapstanError =>
    new CapstanError("invalid", `what Bitwarden sent ${what}`, {
      hint: "make a new access token, and check that BWS_SERVER_URL is its server",
    });
  const [, type = "", rest = ""] = /^(\d+)\.(.*)$/s.exec(text) ?? [];
  const parts = rest.split("|").map((part) => Buffer.from(part, "base64"));
  const [iv, data, sum] = parts;
  if (type !== "2" || iv?.byteLength !== ivBytes || data === undefined || sum === undefined) {
    throw broken("is encrypted in a way that Capstan does not know");
  }
  const expected = createHmac("sha256", mac).update(iv).update(data).digest();
  if (sum.byteLength !== expected.byteLength || !timingSafeEqual(sum, expected)) {
    throw broken("does not fit the key of BWS_ACCESS_TOKEN");
  }
  try {
    const decipher = createDecipheriv("aes-256-cbc", encryption, iv);
    return Buffer.concat([decipher.update(data), decipher.final()]);
  } catch {
    throw broken("cannot be decrypted");
  }
}
