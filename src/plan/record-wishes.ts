// What the domains of stacks say of DNS records: what each asks for, and who keeps what several ask for. Pure.
import { domainsOf } from "../model/children.ts";
import type { DesiredStack, DomainDns } from "../model/desired.ts";
import { usualTtl } from "../model/manifest-application.ts";

/** How records are kept where a manifest does not say. */
export interface RecordSettings {
  /** DNS_MANAGED: each host in the zone has its record kept, unless its manifest says none. */
  readonly managed: boolean;
  /** TRAEFIK_IP, when that is an IP address in its usual form. */
  readonly target: string | null;
}

/** A record that a stack asks for. */
export interface RecordWish {
  readonly host: string;
  /** Null: nothing says where it points to. */
  readonly address: string | null;
  readonly ttl: number;
  /** Its manifest names it; otherwise DNS_MANAGED does, and a host outside the zone is nobody's matter. */
  readonly isExplicit: boolean;
}

/** Why a record is not as it was asked for, and nothing of it is written. */
export interface RecordTrouble {
  readonly host: string;
  /** `conflict`: somebody else's; `setting`: a person must say more; `unavailable`: it is tried again. */
  readonly kind: "conflict" | "setting" | "unavailable";
  readonly message: string;
}

/** What the domains of a stack ask for, each host once, and where they contradict each other. */
export function recordWishes(
  stack: DesiredStack,
  settings: RecordSettings,
): { readonly wishes: readonly RecordWish[]; readonly disputes: readonly RecordTrouble[] } {
  const said = new Map<string, DomainDns>();
  const disputed = new Set<string>();
  const byDefault = new Set<string>();
  for (const service of stack.services) {
    for (const wish of service.dns ?? []) {
      const before = said.get(wish.host);
      if (before === undefined) said.set(wish.host, wish);
      else if (!isSameWish(before, wish)) disputed.add(wish.host);
    }
    // TRAEFIK_IP is the address of Dokploy's own host.
    if (!settings.managed || service.server !== undefined) continue;
    for (const { host } of domainsOf(service)) byDefault.add(host);
  }
  const elsewhere = new Set(
    stack.services.flatMap((service) =>
      service.server === undefined ? [] : domainsOf(service).map(({ host }) => host),
    ),
  );
  const wishes: RecordWish[] = [];
  for (const host of [...new Set([...said.keys(), ...byDefault])].sort()) {
    const wish = said.get(host);
    if (disputed.has(host) || wish?.managed === false) continue;
    const usual = elsewhere.has(host) ? null : settings.target;
    wishes.push({
      host,
      address: wish?.target ?? usual,
      ttl: wish?.ttl ?? usualTtl,
      isExplicit: wish !== undefined,
    });
  }
  const disputes = [...disputed].sort().map((host): RecordTrouble => ({
    host,
    kind: "setting",
    message: `two services say different things of the DNS record of ${host}: say it once, or the same`,
  }));
  return { wishes, disputes };
}

function isSameWish(one: DomainDns, other: DomainDns): boolean {
  return one.managed === other.managed && one.target === other.target && one.ttl === other.ttl;
}

/** Of each host the one stack that keeps its record: the first by name, those first whose manifests ask for it. */
export function recordKeepers(
  stacks: readonly { readonly name: string; readonly wishes: readonly RecordWish[] }[],
): ReadonlyMap<string, string> {
  const keepers = new Map<string, { readonly name: string; readonly isExplicit: boolean }>();
  for (const { name, wishes } of [...stacks].sort((a, b) => (a.name < b.name ? -1 : 1))) {
    for (const { host, isExplicit } of wishes) {
      const before = keepers.get(host);
      if (before === undefined || (isExplicit && !before.isExplicit)) {
        keepers.set(host, { name, isExplicit });
      }
    }
  }
  return new Map([...keepers].map(([host, { name }]) => [host, name]));
}
