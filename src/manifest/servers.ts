// On which of Dokploy's servers the services of a stack are to stand: what the stack or an environment says counts for
// every service that says nothing itself. Each server has a network of its own.
import type { DesiredService, Place } from "../model/desired.ts";
import { ownServer } from "../model/manifest-words.ts";
import type { Claim } from "./claims.ts";
import type { Report } from "./report.ts";
import { child, isNull } from "./tree.ts";
import type { Entry, MapNode, TreeNode } from "./tree.ts";

/** What a stack, or one of its environments, says for all of its services; undefined: nothing. */
export function commonServer(body: MapNode, overlay: TreeNode | undefined): Entry | undefined {
  const entryOf = (node: TreeNode | undefined): Entry | undefined =>
    node?.kind === "map" ? node.entries.get("server") : undefined;
  const entry = entryOf(overlay) ?? entryOf(body);
  return entry === undefined || isNull(entry.node) ? undefined : entry;
}

/** The service with what all have in common, unless it says something else. */
export function withServer(service: TreeNode, common: Entry | undefined): TreeNode {
  if (common === undefined || service.kind !== "map") return service;
  if (child(service, "server") !== undefined) return service;
  return { ...service, entries: new Map([...service.entries, ["server", common]]) };
}

/** As data: absent for Dokploy's own host, whose name may be said. */
export function serverOf(given: string | undefined): Pick<DesiredService, "server"> {
  return given === undefined || given === ownServer ? {} : { server: given };
}

/** Hosts of domains are claimed everywhere, all else on the server alone where the service stands. */
export function claimsOn(claims: readonly Claim[], { server }: DesiredService): readonly Claim[] {
  if (server === undefined) return claims;
  return claims.map((claim) =>
    claim.thing === "domain" ? claim : { ...claim, what: `${claim.what} on the server ${server}` },
  );
}

/** That a service names another one's address on the network, and where. */
export interface NamedHost {
  readonly from: string;
  readonly to: string;
  readonly place: Place;
}

function titleOf({ server }: DesiredService): string {
  return server === undefined ? "Dokploy's own host" : `the server ${server}`;
}

/** Tells addresses that nobody can reach, as their service stands on another server. */
export function checkNamedHosts(
  services: readonly DesiredService[],
  named: readonly NamedHost[],
  report: Report,
  stack: string,
): void {
  const byName = new Map(services.map((service) => [service.name, service]));
  for (const { from, to, place } of named) {
    const [here, there] = [byName.get(from), byName.get(to)];
    if (here === undefined || there === undefined || here.server === there.server) continue;
    const { file, line } = there.namePlaces?.get("server") ?? there.place;
    const message = `\`${from}\` on ${titleOf(here)} names the host of \`${to}\`, which is on ${titleOf(there)} (${file}:${line}): their networks are apart`;
    report.add(
      place,
      message,
      "put both on one server, or use a domain or a published port",
      stack,
    );
  }
}
