// The full name that a person means: `alice` lies below STACK_DOMAIN_SUFFIX, `@` is the zone, `*` all that lies
// below the suffix.
import { domainToASCII } from "node:url";
import { CapstanError } from "../../lib/errors.ts";

const label = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/;
const longest = 253;

export function isWithin(name: string, zone: string): boolean {
  return name === zone || name.endsWith(`.${zone}`);
}

/**
 * In lower case, without a dot at its end. A name that ends with the zone's, or with a dot, is full already.
 * Throws `invalid` for what is no name, or lies outside the zone.
 */
export function fullName(typed: string, zone: string, suffix: string | null): string {
  const fail = (): never => {
    throw new CapstanError("invalid", `${JSON.stringify(typed)} is not a name in ${zone}`, {
      hint: `write a name such as alice, or a full one that ends with ${zone}`,
    });
  };
  const lower = typed.trim().toLowerCase();
  const ascii = /^[\u0021-\u007e]*$/.test(lower) ? lower : domainToASCII(lower);
  const absolute = ascii.replace(/\.$/, "");
  if (ascii === "@") return zone;
  const isFull = ascii.endsWith(".") || isWithin(absolute, zone);
  const below = suffix !== null && isWithin(suffix, zone) ? suffix : zone;
  const name = isFull ? absolute : `${absolute}.${below}`;
  const [first = "", ...rest] = name.split(".");
  const isName = [first === "*" ? "x" : first, ...rest].every((part) => label.test(part));
  return isName && name.length <= longest && isWithin(name, zone) ? name : fail();
}
