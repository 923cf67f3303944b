// Makes tokens for the HTTP API and their hashes.
import { createHash } from "node:crypto";

/** Lets a person and a scanner recognise a token that leaked. */
const prefix = "capstan_";

/** 32 random bytes cannot be guessed, so that a plain hash of them is enough. */
export function tokenFrom(randomBytes: Uint8Array): string {
  return `${prefix}${Buffer.from(randomBytes).toString("base64url")}`;
}

/** SHA-256 as lower-case hex. */
export function hashToken(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}
