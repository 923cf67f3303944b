// Domains of applications and of compose services: their rules, and what becomes of them.
import { domainKey } from "../model/children.ts";
import type { ApplicationManifest } from "../model/manifest-application.ts";
import type { Tell } from "./tell.ts";
import type { Path } from "./tree.ts";
import { repeated } from "./workload-rules.ts";

type DomainManifest = ApplicationManifest["domains"][number];

/** By what two domains are the same one: host and path as Traefik compares them, without a slash at the end. */
export function domainClaim(domain: { readonly host: string; readonly path: string }): string {
  return `${domain.host.toLowerCase()}${domain.path.replace(/\/+$/, "")}`;
}

/** As Dokploy has it. */
export function domainOf<D extends DomainManifest>(
  domain: D,
): Omit<D, "entrypoint"> & { readonly entrypoint: string | null } {
  return { ...domain, host: domain.host.toLowerCase(), entrypoint: domain.entrypoint ?? null };
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
  if (rollout.http !== undefined && domains.length === 0) {
    tell(
      ["rollout", "http"],
      "needs a domain to send its request to",
      "add one under domains",
      "key",
    );
  }
}
