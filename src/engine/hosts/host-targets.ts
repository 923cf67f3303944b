// Which hosts of a stack are looked at, and where: pure. Nothing but a host of its domains is asked for, on Traefik's
// ports alone, and never at a private address that a manifest names: whoever writes manifests must not make Capstan
// knock at doors inside the network.
import { isPublicAddress } from "../../lib/ip-address.ts";
import { domainsOf } from "../../model/children.ts";
import type { DesiredStack } from "../../model/desired.ts";
import type { RecordWish } from "../../plan/record-wishes.ts";

export interface HostTarget {
  readonly host: string;
  /** Its DNS record is Capstan's, so that the stack is ready only when people reach it. */
  readonly isManaged: boolean;
  readonly https: boolean;
  /** Of its first domain, with the path that the rollout's probe asks for. */
  readonly path: string;
  /** The status that the rollout's probe expects; null: any that an application gives. */
  readonly expected: number | null;
  /** Where it should point to: an address, or the name that TRAEFIK_IP holds; null: nobody said. */
  readonly target: string | null;
}

export interface HostSettings {
  /** TRAEFIK_IP without its port: an address or a name; null: not set. */
  readonly traefik: string | null;
  /** Where Traefik listens there. */
  readonly ports: { readonly http: number; readonly https: number };
}

/** Sorted by host. */
export function hostTargets(
  stack: DesiredStack,
  managed: readonly RecordWish[],
  { traefik }: HostSettings,
): readonly HostTarget[] {
  const wishes = new Map(managed.map((wish) => [wish.host, wish]));
  const found = new Map<string, HostTarget>();
  for (const service of stack.services) {
    for (const [index, { host, https, path }] of domainsOf(service).entries()) {
      const before = found.get(host);
      if (before !== undefined) {
        if (https && !before.https) found.set(host, { ...before, https });
        continue;
      }
      // The probe of a rollout asks its service's first domain.
      const probe = index === 0 ? service.rollout.http : null;
      const prefix = path === "/" ? "" : path.replace(/\/$/, "");
      // Another server has a Traefik of its own.
      const usual = service.server === undefined ? traefik : null;
      found.set(host, {
        ...{ host, https, isManaged: wishes.has(host) },
        path: probe === null ? path : `${prefix}${probe.path}`,
        expected: probe?.status ?? null,
        target: wishes.get(host)?.address ?? usual,
      });
    }
  }
  return [...found.values()].sort((a, b) => (a.host < b.host ? -1 : 1));
}

/**
 * The address at which a host may be asked; null: none. `isOwn`: it is one of TRAEFIK_IP's, which the operator chose;
 * any other one must be public.
 */
export function addressToAsk(
  candidates: readonly string[],
  isOwn: (address: string) => boolean,
): string | null {
  return candidates.find((address) => isOwn(address) || isPublicAddress(address)) ?? null;
}
