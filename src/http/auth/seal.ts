// Values that a browser keeps for us: encrypted and authenticated with a key of this server, so that nobody can
// read, change or make one. Each purpose has a key of its own: no cookie passes for another.
import { hkdfSync } from "node:crypto";
import { EncryptJWT, jwtDecrypt } from "jose";
import type { JWTPayload } from "jose";
import type { Clock } from "../../lib/clock.ts";

export interface Seal {
  seal(value: Readonly<Record<string, string>>, ttlMs: number): Promise<string>;
  /** Null for what we did not seal, what was changed and what has expired. Never throws. */
  open(sealed: string): Promise<Readonly<Record<string, string>> | null>;
}

const keyBytes = 32;
/** Browsers keep no longer ones; what is longer was not made here. */
const longestSealed = 4_096;

function stringsOf(payload: JWTPayload): Readonly<Record<string, string>> {
  const strings = Object.entries(payload).filter(
    (entry): entry is [string, string] => typeof entry[1] === "string",
  );
  return Object.fromEntries(strings);
}

/** Base64 has several spellings of the same bytes where bits are to spare at the end: only ours counts. */
function isCanonical(sealed: string): boolean {
  return sealed
    .split(".")
    .every((part) => Buffer.from(part, "base64url").toString("base64url") === part);
}

/** `secret` has 32 random bytes or more. */
export function createSeal(secret: Uint8Array, purpose: string, clock: Clock): Seal {
  const key = new Uint8Array(hkdfSync("sha256", secret, "", `capstan ${purpose}`, keyBytes));
  const seconds = (ms: number): number => Math.floor(ms / 1_000);
  return {
    seal: (value, ttlMs) =>
      new EncryptJWT({ ...value })
        .setProtectedHeader({ alg: "dir", enc: "A256GCM" })
        .setExpirationTime(seconds(clock.now() + ttlMs))
        .encrypt(key),
    async open(sealed) {
      if (sealed.length > longestSealed || !isCanonical(sealed)) return null;
      try {
        const { payload } = await jwtDecrypt(sealed, key, {
          keyManagementAlgorithms: ["dir"],
          contentEncryptionAlgorithms: ["A256GCM"],
          requiredClaims: ["exp"],
          currentDate: new Date(clock.now()),
        });
        return stringsOf(payload);
      } catch {
        return null;
      }
    },
  };
}
