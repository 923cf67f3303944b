// A stack of one application that may stand on another server, and what runs where.
import type { Simulator } from "../../src/simulator/server.ts";

export interface Web {
  readonly server?: string | null;
  readonly stackServer?: string;
  readonly image?: string;
  readonly extra?: readonly string[];
}

/** A stack of one application. */
export function serverStack(
  name: string,
  { server, stackServer, image = "nginx:1", extra = [] }: Web = {},
) {
  return [
    "apiVersion: capstan/v1",
    "kind: Stack",
    `metadata: { name: ${name} }`,
    "spec:",
    ...(stackServer === undefined ? [] : [`  server: ${stackServer}`]),
    "  applications:",
    "    web:",
    `      image: ${image}`,
    ...(server === undefined || server === null ? [] : [`      server: ${server}`]),
    "      rollout: { stableFor: 0s, timeout: 20s }",
    `      domains: [ { host: ${name}.example.com, port: 8080 } ]`,
    ...extra.map((line) => `      ${line}`),
    "",
  ].join("\n");
}

/** What runs where, as docker itself would say. */
export function runningOn({ state }: Pick<Simulator, "state">): Readonly<Record<string, string>> {
  const nameOf = (serverId: string | null): string =>
    serverId === null ? "dokploy" : (state.servers.get(serverId)?.row.name ?? serverId);
  return Object.fromEntries(
    [...state.swarmServices.values()].map(({ appName, serverId }) => [
      appName.replace(/-[a-z0-9]{6}$/, ""),
      nameOf(serverId),
    ]),
  );
}
