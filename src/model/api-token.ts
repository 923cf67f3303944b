// Tokens of people and programs as API_TOKENS lists them: names, roles and hashes. The list lets nobody in,
// so a leaked environment does no harm.
import { roles } from "./person.ts";
import type { Role } from "./person.ts";

export interface ApiToken {
  /** Who it belongs to: stands in events, commits and reasons of deploys. */
  readonly name: string;
  readonly role: Role;
  /** SHA-256 of the token as lower-case hex. */
  readonly hash: string;
}

const mostTokens = 200;
export const tokenNamePattern = /^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$/;
const hashPattern = /^[0-9a-f]{64}$/;

export function tokenLine({ name, role, hash }: ApiToken): string {
  return `${name}:${role}:${hash}`;
}

export interface ParsedTokens {
  readonly tokens: readonly ApiToken[];
  /** One line each. Nothing of an entry is in it, as it may be a token by mistake. */
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
    const [name = "", roleText = "", hash = "", ...more] = entry.split(":");
    const role = roles.find((one) => one === roleText);
    if (
      more.length > 0 ||
      role === undefined ||
      !tokenNamePattern.test(name) ||
      !hashPattern.test(hash)
    ) {
      const example = "name:role:hash with the role viewer, deployer or operator";
      problems.push(`${place} must be ${example}; \`capstan token NAME\` prints one`);
    } else if (names.has(name)) {
      problems.push(`${place} has the name of an earlier one; give each its own`);
    } else if (hashes.has(hash)) {
      problems.push(`${place} is the token of an earlier one; make another one`);
    } else {
      names.add(name);
      hashes.add(hash);
      tokens.push({ name, role, hash });
    }
  }
  return { tokens, problems };
}
