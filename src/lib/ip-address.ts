// IP addresses in their one usual form, so that two ways of writing the same one are equal.
import { BlockList, isIP } from "node:net";

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

/** What no visitor from elsewhere can reach: private, loopback, link-local, shared, reserved and multicast ranges. */
const special = new BlockList();
for (const [net, prefix] of [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["224.0.0.0", 3],
] as const) {
  special.addSubnet(net, prefix, "ipv4");
}
/** Of IPv6 all that is handed out to the public lies here. */
const publicIpv6 = new BlockList();
publicIpv6.addSubnet("2000::", 3, "ipv6");
/** Ways to write, or to reach, an IPv4 address as an IPv6 one: 6to4 and Teredo. */
const translated = new BlockList();
translated.addSubnet("2002::", 16, "ipv6");
translated.addSubnet("2001::", 32, "ipv6");

/** Whether an address is one that anybody on the internet may have. */
export function isPublicAddress(address: string): boolean {
  if (isIP(address) === 4) return !special.check(address, "ipv4");
  const plain = canonicalAddress(address);
  if (plain === null) return false;
  return publicIpv6.check(plain, "ipv6") && !translated.check(plain, "ipv6");
}
