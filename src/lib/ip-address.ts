// IP addresses in their one usual form, so that two ways of writing the same one are equal.
import { isIP } from "node:net";

/** `2001:DB8:0:0::1` as `2001:db8::1`; null for what is not an IP address. */
export function canonicalAddress(text: string): string | null {
  const family = isIP(text);
  if (family === 4) return text;
  // Zone ids (fe80::1%eth0) mean something on one machine only.
  if (family !== 6 || text.includes("%")) return null;
  return new URL(`http://[${text}]`).hostname.slice(1, -1);
}

export function addressFamily(address: string): 4 | 6 {
  return isIP(address) === 6 ? 6 : 4;
}
