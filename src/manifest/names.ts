// The rule for stacks' names, the same in manifests, the portal, the API and the CLI (P8).
import { kindOf } from "../model/kinds/table.ts";
import { dnsLabelPattern, longestName } from "../model/manifest-words.ts";
import type { ManagedKind } from "../model/specs.ts";

export interface NameRule {
  readonly minLength: number;
  readonly maxLength: number;
  readonly reserved: readonly string[];
}

/** Every stack's name: a DNS label of 1 to 40 characters. */
export const anyName: NameRule = { minLength: 1, maxLength: longestName, reserved: [] };

/** A template's rule together with what is reserved everywhere. */
export function withReserved(rule: NameRule, reservedNames: readonly string[]): NameRule {
  return { ...rule, reserved: [...new Set([...rule.reserved, ...reservedNames])].sort() };
}

/** What is wrong with a name, as a clause that follows it; null when it may be used. */
export function checkName(rule: NameRule, name: string): string | null {
  if (name.length < rule.minLength || name.length > rule.maxLength) {
    return `must have ${rule.minLength} to ${rule.maxLength} characters`;
  }
  if (!/^[a-z0-9-]*$/.test(name)) return "may hold only a-z, 0-9 and -";
  if (!dnsLabelPattern.test(name)) return "must begin and end with a letter or digit";
  if (rule.reserved.some((reserved) => reserved.toLowerCase() === name)) return "is reserved";
  return null;
}

const longestAppName = 56;

/**
 * What Dokploy is asked to call a service: lower case, at most 56 characters (Dokploy appends seven),
 * never beginning with `dokploy`, as such services are invisible in the swarm's list.
 */
export function appName(project: string, environment: string, service: string): string {
  const clean = (text: string): string =>
    text
      .toLowerCase()
      .replaceAll(/[^a-z0-9]+/g, "-")
      .replaceAll(/^-+|-+$/g, "");
  const head = clean(environment === "production" ? project : `${project}-${environment}`);
  const tail = clean(service);
  const safeHead = head.startsWith("dokploy") ? `x-${head}` : head;
  const room = Math.max(0, longestAppName - tail.length - 1);
  const shortHead = safeHead.slice(0, room).replace(/-+$/, "");
  return shortHead === "" ? `x-${tail}`.slice(0, longestAppName) : `${shortHead}-${tail}`;
}

export function aliasOf(stack: string, environment: string, service: string): string {
  return environment === "production"
    ? `${stack}-${service}`
    : `${stack}-${environment}-${service}`;
}

/** Volumes are global on the server, so each environment has its own: data is never shared by chance. */
export function volumeOf(stack: string, environment: string, source: string): string {
  return aliasOf(stack, environment, source);
}

/** `app/web` in production, `db/main@staging` elsewhere. */
export function serviceKey(kind: ManagedKind, environment: string, service: string): string {
  const name = `${kindOf(kind).prefix}/${service}`;
  return environment === "production" ? name : `${name}@${environment}`;
}
