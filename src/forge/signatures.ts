// Who sent a delivery, proven by a secret that only the host and Capstan know. Everything is compared as
// digests of equal length in constant time; nothing here looks into a body.
import { createHash, createHmac, timingSafeEqual } from "node:crypto";

export function hmac(key: string | Uint8Array, ...parts: readonly (string | Uint8Array)[]): Buffer {
  const sum = createHmac("sha256", key);
  for (const part of parts) sum.update(part);
  return sum.digest();
}

function same(expected: Buffer, given: Buffer): boolean {
  return given.byteLength === expected.byteLength && timingSafeEqual(given, expected);
}

/** 64 hexadecimal digits as bytes; null for anything else, the empty signature included. */
export function hexDigest(text: string | undefined): Buffer | null {
  return text !== undefined && /^[0-9a-f]{64}$/i.test(text) ? Buffer.from(text, "hex") : null;
}

/** Whether one of these is the HMAC-SHA256 of the bytes. */
export function isSigned(
  secret: string,
  signed: Uint8Array,
  signatures: readonly (Buffer | null)[],
): boolean {
  if (secret === "") return false;
  const expected = hmac(secret, signed);
  return signatures.some((given) => given !== null && same(expected, given));
}

/** GitLab's plain token, compared by its hash, so that not even its length shows. */
export function isToken(secret: string, given: string | undefined): boolean {
  if (secret === "" || given === undefined || given === "") return false;
  const hash = (text: string): Buffer => createHash("sha256").update(text).digest();
  return same(hash(secret), hash(given));
}

export const signingPrefix = "whsec_";
const toleranceMs = 5 * 60_000;
const mostSignatures = 10;

export type Stamp = "good" | "wrong" | "too-old";

/** The Standard Webhooks signature of newer GitLab: over id, time and body, with a key written as `whsec_…`. */
export function checkStamped(
  secret: string,
  headers: {
    readonly id: string | undefined;
    readonly timestamp: string | undefined;
    readonly signature: string | undefined;
  },
  body: Uint8Array,
  nowMs: number,
): Stamp {
  const { id, timestamp, signature } = headers;
  const key = Buffer.from(secret.slice(signingPrefix.length), "base64");
  if (key.byteLength === 0 || id === undefined || id === "" || signature === undefined) {
    return "wrong";
  }
  if (timestamp === undefined || !/^\d{1,12}$/.test(timestamp)) return "wrong";
  const expected = hmac(key, `${id}.${timestamp}.`, body);
  const good = signature
    .split(" ", mostSignatures)
    .map((each) => /^v1,([A-Za-z0-9+/]{43}=)$/.exec(each)?.[1])
    .some((text) => text !== undefined && same(expected, Buffer.from(text, "base64")));
  if (!good) return "wrong";
  return Math.abs(nowMs - Number(timestamp) * 1_000) <= toleranceMs ? "good" : "too-old";
}
