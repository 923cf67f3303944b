// Names of DNS in the forms that they have: full ones here, relative to their zone at providers. And the addresses
// that they get.
import { CapstanError } from "../lib/errors.ts";
import { canonicalAddress } from "../lib/ip-address.ts";

/** In lower case, without the dot that ends an absolute name. */
export function canonical(name: string): string {
  return name.toLowerCase().replace(/\.$/, "");
}

export function isBelow(name: string, zone: string): boolean {
  return name === zone || name.endsWith(`.${zone}`);
}

/** `@` for the zone itself; null for a name outside of it. */
export function relativeTo(name: string, zone: string): string | null {
  if (name === zone) return "@";
  return isBelow(name, zone) ? name.slice(0, -zone.length - 1) : null;
}

export function absoluteIn(relative: string, zone: string): string {
  return relative === "@" || relative === "" ? zone : `${canonical(relative)}.${zone}`;
}

/** A name and all that it lies below, the longest first: where its zone may begin. */
export function zoneCandidates(name: string): readonly string[] {
  const labels = canonical(name).split(".");
  return labels.map((_, index) => labels.slice(index).join("."));
}

/** Throws `invalid` for what is no IP address. */
export function neededAddress(address: string): string {
  const value = canonicalAddress(address);
  if (value !== null) return value;
  throw new CapstanError("invalid", `${JSON.stringify(address)} is not an IP address`);
}

export function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
