// The two hashes of markers: plain for what may be seen, keyed for secrets.
import { createHmac, hash } from "node:crypto";

/** Names a content: equal names mean equal bytes. */
export function contentId(bytes: Uint8Array): string {
  return hash("sha256", bytes);
}

export interface Hasher {
  /** SHA-256 as lower-case hex. */
  sha256(text: string): string;
  /** HMAC-SHA-256 with this installation's key as lower-case hex: a secret cannot be guessed from it. */
  mac(text: string): string;
}

export function createHasher(key: Uint8Array): Hasher {
  return {
    sha256: (text) => hash("sha256", text),
    mac: (text) => createHmac("sha256", key).update(text).digest("hex"),
  };
}
