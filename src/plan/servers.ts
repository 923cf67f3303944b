// Dokploy's other servers are named in manifests as Dokploy names them, and only a Dokploy knows which ones there are: a
// name that it does not have, or has twice, stops the plan of its stack before anything is written.
import type { DesiredService, DesiredStack } from "../model/desired.ts";
import type { ObservedSnapshot } from "../model/observed.ts";

type Servers = ObservedSnapshot["servers"];

/** The names of servers that a stack's services are to stand on; none where all are on Dokploy's own host. */
export function serversNamed({ services }: DesiredStack): ReadonlySet<string> {
  return new Set(services.flatMap(({ server }) => server ?? []));
}

function shown(servers: NonNullable<Servers>): string {
  const known = [...new Set(servers.map(({ name }) => name))].sort();
  return known.length === 0 ? "it has none beside its own host" : `it has ${known.join(", ")}`;
}

/** Why the service may not be planned; null when it may. */
export function refusedServer(service: DesiredService, servers: Servers): string | null {
  const { server, key } = service;
  if (server === undefined) return null;
  const { file, line, column } = service.namePlaces?.get("server") ?? service.place;
  const where = `${file}:${line}:${column} ${key} server:`;
  if (servers === null || servers === undefined) {
    return `${where} whether Dokploy has a server ${server} is not known, as its list of servers cannot be read`;
  }
  const count = servers.filter(({ name }) => name === server).length;
  if (count === 1) return null;
  return count === 0
    ? `${where} Dokploy has no server ${server} to deploy to: ${shown(servers)}`
    : `${where} Dokploy has ${count} servers of the name ${server}: rename all but one`;
}

/** Where a service is to stand, once `refusedServer` has nothing against it; null: Dokploy's own host. */
export function wantedServer({ server }: DesiredService, servers: Servers): string | null {
  if (server === undefined) return null;
  return servers?.find(({ name }) => name === server)?.id ?? null;
}

/** A server in people's words: `the server edge`; by its id where its name is not known. */
export function serverTitle(serverId: string | null, servers: Servers): string {
  if (serverId === null) return "Dokploy's own host";
  return `the server ${serverName(serverId, servers)}`;
}

/** As a manifest names it. */
export function serverName(serverId: string | null, servers: Servers): string {
  if (serverId === null) return "dokploy";
  return servers?.find(({ id }) => id === serverId)?.name ?? serverId;
}
