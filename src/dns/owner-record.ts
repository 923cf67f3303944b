// Where a name server has no labels, a TXT record beside a record set says which instance of Capstan made it. It
// stands beside the name, never below it: a record below `alice` would make `alice` exist on its own, and a
// wildcard record would no longer answer for it once its address is gone.
import { createHash } from "node:crypto";

const prefix = "_capstan-";
const longestLabel = 63;

/** `_capstan-alice.ai.example.com` for `alice.ai.example.com`. */
export function ownerNameOf(name: string, zone: string): string {
  if (name === zone) return `${prefix}_apex.${zone}`;
  const [first = "", ...rest] = name.split(".");
  const label = `${prefix}${first === "*" ? "_wildcard" : first}`;
  const short =
    label.length <= longestLabel
      ? label
      : `${prefix}_${createHash("sha256").update(first).digest("hex").slice(0, 40)}`;
  return [short, ...rest].join(".");
}

export function isOwnerName(name: string): boolean {
  return name.startsWith(prefix);
}

export function ownerText(instance: string, type: string): string {
  return `capstan owner=${instance} type=${type}`;
}

/** The instance that made the records of this type; null: none of the texts says so. */
export function ownerIn(texts: readonly string[], type: string): string | null {
  for (const text of texts) {
    const [, instance, of] =
      /^capstan owner=([a-z0-9-]{1,63}) type=([A-Z0-9]{1,10})$/.exec(text) ?? [];
    if (instance !== undefined && of === type) return instance;
  }
  return null;
}
