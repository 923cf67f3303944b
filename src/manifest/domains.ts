// Domains of applications and of compose services: their rules, and what becomes of them.
import { domainKey } from "../model/children.ts";
import type { ApplicationManifest } from "../model/manifest-application.ts";
import { canonicalAddress } from "../lib/ip-address.ts";
import type { DesiredService, DomainDns } from "../model/desired.ts";
import { usualTtl } from "../model/manifest-application.ts";
import type { Tell } from "./tell.ts";
import type { Path } from "./tree.ts";
import { repeated } from "./workload-rules.ts";

type DomainManifest = ApplicationManifest["domains"][number];

/** By what two domains are the same one: host and path as Traefik compares them, without a slash at the end. */
export function domainClaim(domain: { readonly host: string; readonly path: string }): string {
  return `${domain.host.toLowerCase()}${domain.path.replace(/\/+$/, "")}`;
}

/** As Dokploy has it; its DNS record is not Dokploy's. */
export function domainOf<D extends DomainManifest>(
  domain: D,
): Omit<D, "entrypoint" | "dns"> & { readonly entrypoint: string | null } {
  const stored: Omit<D, "entrypoint" | "dns"> & { dns?: unknown } = { ...domain };
  delete stored.dns;
  return { ...stored, host: domain.host.toLowerCase(), entrypoint: domain.entrypoint ?? null };
}

/** What the manifest says of the DNS records of its hosts, each host once; nothing where it says nothing. */
export function dnsOf(domains: readonly DomainManifest[]): Pick<DesiredService, "dns"> {
  const byHost = new Map<string, DomainDns>();
  for (const { host: written, dns } of domains) {
    const host = written.toLowerCase();
    if (dns !== undefined) byHost.set(host, wishOf(host, dns));
  }
  return byHost.size === 0 ? {} : { dns: [...byHost.values()] };
}

function wishOf(host: string, dns: NonNullable<DomainManifest["dns"]>): DomainDns {
  if (typeof dns === "string") {
    return { host, managed: dns === "managed", target: null, ttl: usualTtl };
  }
  const { managed, target, ttl } = dns;
  return { host, managed, target: target === undefined ? null : canonicalAddress(target), ttl };
}

/** Two domains of one host share its record. */
function checkDns(domains: readonly DomainManifest[], tell: Tell): void {
  const first = new Map<string, { readonly index: number; readonly wish: DomainDns }>();
  for (const [index, { host: written, dns }] of domains.entries()) {
    if (dns === undefined) continue;
    const host = written.toLowerCase();
    const wish = wishOf(host, dns);
    const before = first.get(host);
    if (before === undefined) first.set(host, { index, wish });
    else if (JSON.stringify(before.wish) !== JSON.stringify(wish)) {
      const message = `says something else of ${host} than domains[${before.index}].dns`;
      tell(["domains", index, "dns"], message, "a host has one record: say it once");
    }
  }
}

/** The field that a secret in a domain makes secret; null where the value is shown in the open. */
export function domainSecretField(
  domains: readonly DomainManifest[] | null,
  [, index, field]: Path,
): string | null {
  if (field !== "internalPath" && field !== "middlewares") return null;
  const domain = domains?.[Number(index)];
  if (domain === undefined) return "domains.";
  return `domains.${domainKey({ host: domain.host.toLowerCase(), path: domain.path })}`;
}

/** `rollout.http` sends its request to the first of them. */
export function checkDomains(
  {
    domains,
    rollout,
  }: {
    readonly domains: readonly DomainManifest[];
    readonly rollout: { readonly http?: unknown };
  },
  tell: Tell,
): void {
  const seen = new Map<string, number>();
  for (const [index, domain] of domains.entries()) {
    const key = domainClaim(domain);
    repeated(seen, key, index, "domains", "host", `the domain ${key}`, tell);
    if (domain.stripPath && domain.path === "/") {
      tell(["domains", index, "stripPath"], "needs a path other than /");
    }
    if (!domain.https && domain.certificate !== "none") {
      tell(["domains", index, "certificate"], "needs https: true");
    }
  }
  checkDns(domains, tell);
  if (rollout.http !== undefined && domains.length === 0) {
    tell(
      ["rollout", "http"],
      "needs a domain to send its request to",
      "add one under domains",
      "key",
    );
  }
}
