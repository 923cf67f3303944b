// Whether the DNS provider can be used, and whether every name below STACK_DOMAIN_SUFFIX leads to Traefik.
import { checkLabel, checkWildcard } from "../engine/dns/check.ts";
import type { Zone } from "../model/dns.ts";
import type { Dns, NameServers } from "../ports-dns.ts";
import { pass, skip, warn } from "./check.ts";
import type { Check, Finding } from "./check.ts";

export interface DnsSetting {
  /** Null without a provider. */
  readonly dns: Pick<Dns, "title" | "zone"> | null;
  readonly nameServers: NameServers;
  /** STACK_DOMAIN_SUFFIX. */
  readonly suffix: string | null;
  /** TRAEFIK_IP without its port. */
  readonly target: string | null;
  /** A number in [0, 1). */
  readonly random: () => number;
}

export function dnsChecks(setting: DnsSetting): readonly Check[] {
  return [
    { id: "dns.provider", title: "DNS provider", look: () => lookAtProvider(setting) },
    { id: "dns.wildcard", title: "DNS of stacks", look: () => lookAtWildcard(setting) },
  ];
}

async function lookAtProvider({ dns }: DnsSetting): Promise<Finding> {
  if (dns === null) return skip("no DNS provider is configured");
  const zone = await dns.zone();
  return pass(`${dns.title} has the zone ${zone.name}`);
}

async function lookAtWildcard(setting: DnsSetting): Promise<Finding> {
  const { nameServers, suffix, target, random } = setting;
  if (suffix === null) return skip("STACK_DOMAIN_SUFFIX is not set");
  if (target === null) return skip("TRAEFIK_IP is not set, so there is nothing to compare with");
  const zone = await zoneOf(setting, suffix);
  if (zone === null) {
    return warn(
      `public DNS has no zone for ${suffix}`,
      "create the zone at a DNS provider, or ignore this if only your own network resolves it",
    );
  }
  const label = checkLabel(random());
  const { status, what, next } = await checkWildcard({ zone, target, nameServers, suffix, label });
  return { status, message: what, next };
}

/** The provider's own zone, and public DNS where it has none for the suffix or does not answer. */
async function zoneOf({ dns, nameServers }: DnsSetting, suffix: string): Promise<Zone | null> {
  const zone = (await dns?.zone().catch(() => null)) ?? null;
  const isOurs = zone !== null && (suffix === zone.name || suffix.endsWith(`.${zone.name}`));
  return isOurs ? zone : nameServers.zoneOf(suffix);
}
