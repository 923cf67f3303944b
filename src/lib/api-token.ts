// Tokens of people and programs for the HTTP API: the list as it stands in API_TOKENS holds only hashes,
// so that who reads it can do nothing with it.
import { createHash } from "node:crypto";

export type Role = "viewer" | "operator";

export interface ApiToken {
  /** Who it belongs to: stands in events and in reasons of deploys. */
  readonly name: string;
  readonly role: Role;
  /** SHA-256 of the token as lower-case hex. */
  readonly hash: string;
}

/** Lets a person and a scanner recognise a token that leaked. */
const prefix = "capstan_";
const mostTokens = 200;
export const tokenNamePattern = /^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$/;
const rolePattern = /^(?:viewer|operator)$/;
const hashPattern = /^[0-9a-f]{64}$/;

/** 32 random bytes cannot be guessed, so that a plain hash of them is enough. */
export function tokenFrom(randomBytes: Uint8Array): string {
  return `${prefix}${Buffer.from(randomBytes).toString("base64url")}`;
}

export function hashToken(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}

export function tokenLine({ name, role, hash }: ApiToken): string {
  return `${name}:${role}:${hash}`;
}

export interface ParsedTokens {
  readonly tokens: readonly ApiToken[];
  /** One line each; nothing of an entry is in it, as it may be a token by mistake. */
  readonly problems: readonly string[];
}

/** Reads `name:role:sha256-hex`, separated by commas, spaces or lines; `#` begins a comment. */
export function parseApiTokens(text: string): ParsedTokens {
  const entries = text
    .split("\n")
    .map((line) => line.replace(/#.*$/, ""))
    .join("\n")
    .split(/[\s,]+/)
    .filter((entry) => entry !== "");
  if (entries.length > mostTokens) {
    return { tokens: [], problems: [`has ${entries.length} entries; ${mostTokens} are the most`] };
  }
  const tokens: ApiToken[] = [];
  const problems: string[] = [];
  const names = new Set<string>();
  const hashes = new Set<string>();
  for (const [index, entry] of entries.entries()) {
    const place = `entry ${index + 1}`;
    const [name = "", role = "", hash = "", ...more] = entry.split(":");
    if (
      more.length > 0 ||
      !tokenNamePattern.test(name) ||
      !rolePattern.test(role) ||
      !hashPattern.test(hash)
    ) {
      problems.push(
        `${place} must be name:viewer:hash or name:operator:hash; \`capstan token NAME\` prints one`,
      );
    } else if (names.has(name)) {
      problems.push(`${place} has the name of an earlier one; give each its own`);
    } else if (hashes.has(hash)) {
      problems.push(`${place} is the token of an earlier one; make another one`);
    } else {
      names.add(name);
      hashes.add(hash);
      tokens.push({ name, role: role as Role, hash });
    }
  }
  return { tokens, problems };
}
