/**
 * Dokploy's other servers, each with a docker and a swarm of its own, reached over ssh with every call. Their rows were
 * recorded; what happens on one was not, and follows Dokploy's source of v0.30.2.
 */
import { notFound } from "./failure.ts";
import type { Random } from "./random.ts";
import type { RemoteServer, ServerRow } from "./remoteRows.ts";
import { isoNow } from "./time.ts";
import type { World } from "./world.ts";

/** What ssh2 waits for the handshake. */
const handshakeMs = 20_000;

export function newServer(
  random: Random,
  organizationId: string,
  given: { name: string } & Partial<ServerRow>,
): ServerRow {
  const row: ServerRow = {
    serverId: random.id(),
    name: given.name,
    description: null,
    ipAddress: "192.0.2.7",
    port: 22,
    username: "root",
    appName: `server-${random.suffix()}`,
    enableDockerCleanup: false,
    buildsConcurrency: 1,
    createdAt: isoNow(),
    organizationId,
    serverStatus: "active",
    serverType: "deploy",
    command: "",
    sshKeyId: random.id(),
    // The token is a secret that the list shows.
    metricsConfig: {
      server: { type: "Remote", refreshRate: 60, port: 4500, token: "canary-metrics-token" },
    },
  };
  return { ...row, ...given };
}

export function findServer(world: World, serverId: string): RemoteServer {
  const server = world.tables.servers.get(serverId);
  if (server === undefined) throw notFound("Server");
  return server;
}

/** Ends when the command has reached the server, or has come to nothing. */
export async function reach(world: World, serverId: string | null | undefined): Promise<void> {
  const server = world.tables.servers.get(serverId ?? "");
  if (server === undefined) return;
  const ms = server.slowMs + (server.reach === "silent" ? handshakeMs : 0);
  if (ms > 0) await world.time.sleep(ms);
}

/** Why docker cannot be used there; null when it can. */
export function noDocker(world: World, serverId: string | null | undefined): string | null {
  if (serverId === null || serverId === undefined) {
    return world.tables.dockerDown === "off" ? null : "connect ENOENT /var/run/docker.sock";
  }
  const server = world.tables.servers.get(serverId);
  if (server === undefined) return "Server not found";
  const { row } = server;
  if (row.sshKeyId === null) return "No SSH key available for this server";
  switch (server.reach) {
    case "up":
      return null;
    case "refused":
      return `SSH connection error: connect ECONNREFUSED ${row.ipAddress}:${row.port}`;
    case "silent":
      return "SSH connection error: Timed out while waiting for handshake";
  }
}

/** Each docker has volumes of its own; those of Dokploy's own host stand under their names. */
export function volumeKey(serverId: string | null | undefined, name: string): string {
  return serverId === null || serverId === undefined ? name : `${serverId}:${name}`;
}
