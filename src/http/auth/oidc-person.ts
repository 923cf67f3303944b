// What a provider says of somebody, as a person with a role. Pure: the claims have been verified already.
import { roles } from "../../model/person.ts";
import type { Person, Role } from "../../model/person.ts";

export interface OidcRules {
  /** The claim that names roles, by its whole name or as a path such as `realm_access.roles`. */
  readonly rolesClaim: string | null;
  /** E-mail addresses and subjects of operators. */
  readonly operators: readonly string[];
  /** Of people for whom no role is named; null: they may not sign in. */
  readonly defaultRole: Role | null;
}

export type Claims = Readonly<Record<string, unknown>>;

const longestName = 100;
const longestSubject = 255;
/** Line ends, direction marks and the like: names stand in logs, commits and pages. */
const unprintable = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

function text(value: unknown): string | null {
  if (typeof value !== "string") return null;
  const clean = value
    .replace(unprintable, " ")
    // `Name <address>` is how commits write their authors.
    .replace(/[<>]/g, "")
    .replace(/\s+/g, " ")
    .trim();
  return clean === "" ? null : Array.from(clean).slice(0, longestName).join("").trim();
}

/** Only what belongs to the person: an address that the provider calls unverified may be somebody else's. */
function verifiedEmail(claims: Claims): string | null {
  const { email, email_verified: verified } = claims;
  if (typeof email !== "string" || verified === false || verified === "false") return null;
  return /^[^\s<>@,;"\\\p{C}]{1,64}@[^\s<>@,;"\\\p{C}]{1,190}$/u.test(email) ? email : null;
}

function own(value: unknown, name: string): unknown {
  const isHolder = typeof value === "object" && value !== null && Object.hasOwn(value, name);
  return isHolder ? (value as Record<string, unknown>)[name] : undefined;
}

function claimAt(claims: Claims, path: string): unknown {
  const whole = own(claims, path);
  return whole ?? path.split(".").reduce<unknown>(own, claims);
}

/** The highest role among the claim's values. Only whole values count: groups may have any name. */
function claimedRole(claims: Claims, path: string): Role | null {
  const value = claimAt(claims, path);
  const values: readonly unknown[] =
    typeof value === "string" ? value.split(/[\s,]+/) : Array.isArray(value) ? value : [];
  return roles.findLast((role) => values.includes(role)) ?? null;
}

function isOperator(rules: OidcRules, subject: string, email: string | null): boolean {
  return rules.operators.some(
    (one) => one === subject || (email !== null && one.toLowerCase() === email.toLowerCase()),
  );
}

export type OidcVerdict =
  | { readonly kind: "person"; readonly person: Person }
  | { readonly kind: "refused"; readonly reason: "no subject" | "no role" };

export function oidcPerson(claims: Claims, rules: OidcRules): OidcVerdict {
  const { sub } = claims;
  if (typeof sub !== "string" || sub === "" || sub.length > longestSubject || /\p{C}/u.test(sub)) {
    return { kind: "refused", reason: "no subject" };
  }
  const email = verifiedEmail(claims);
  const claimed = rules.rolesClaim === null ? null : claimedRole(claims, rules.rolesClaim);
  const role = isOperator(rules, sub, email) ? "operator" : (claimed ?? rules.defaultRole);
  if (role === null) return { kind: "refused", reason: "no role" };
  const name =
    text(claims.name) ?? text(claims.preferred_username) ?? email ?? text(sub) ?? "somebody";
  return { kind: "person", person: { id: `oidc:${sub}`, name, email, role } };
}
