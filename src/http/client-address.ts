// The address of whoever sent a request. What a header says of it counts only where a proxy of ours wrote it
// (TRUSTED_PROXIES): everybody else can write there what they like.
import { BlockList, isIP } from "node:net";

export type ClientAddress = (peer: string, forwardedFor: string | null) => string;

/** Chains of proxies are shorter; more is somebody's play. */
const mostHops = 20;

/** Without brackets and port, and an IPv4 address as such; null for what is no address. */
export function plainAddress(text: string): string | null {
  const [, bracketed] = /^\[([0-9A-Fa-f:.]+)\](?::\d+)?$/.exec(text) ?? [];
  const [, withPort] = /^(\d{1,3}(?:\.\d{1,3}){3}):\d+$/.exec(text) ?? [];
  const bare = (bracketed ?? withPort ?? text).replace(/^::ffff:(?=\d+\.)/i, "");
  return isIP(bare) === 0 ? null : bare.toLowerCase();
}

function listOf(ranges: readonly string[]): BlockList {
  const list = new BlockList();
  for (const range of ranges) {
    const [net = "", prefix] = range.split("/");
    const family = isIP(net) === 6 ? "ipv6" : "ipv4";
    if (prefix === undefined) list.addAddress(net, family);
    else list.addSubnet(net, Number(prefix), family);
  }
  return list;
}

/** `ranges`: addresses and networks such as `10.0.0.0/8`, each valid. */
export function createClientAddress(ranges: readonly string[]): ClientAddress {
  const trusted = listOf(ranges);
  const isTrusted = (address: string): boolean =>
    trusted.check(address, isIP(address) === 6 ? "ipv6" : "ipv4");

  return (peer, forwardedFor) => {
    let address = plainAddress(peer);
    if (address === null) return "unknown";
    if (forwardedFor === null) return address;
    // From the right: each proxy adds whom it heard, and only ours tell the truth.
    const hops = forwardedFor.split(",").slice(-mostHops).reverse();
    for (const hop of hops) {
      if (!isTrusted(address)) break;
      const next = plainAddress(hop.trim());
      if (next === null) break;
      address = next;
    }
    return address;
  };
}

/** What counts as one client: a household or a server has a whole network of IPv6 addresses. */
export function clientKey(address: string): string {
  if (isIP(address) !== 6) return address;
  const [head = "", tail] = address.replace(/%.*$/, "").split("::");
  const left = head === "" ? [] : head.split(":");
  const right = tail === undefined || tail === "" ? [] : tail.split(":");
  const gap = tail === undefined ? 0 : Math.max(0, 8 - left.length - right.length);
  const groups = [...left, ...Array.from({ length: gap }, () => "0"), ...right];
  const network = groups.slice(0, 4).map((group) => group.replace(/^0+(?=.)/, ""));
  return `${network.join(":")}::/64`;
}
