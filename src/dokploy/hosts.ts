// The dockers of a Dokploy: its own host and its other servers. Each has a swarm and containers of its own, so that
// whatever is asked of docker must go to the right one. Which that is, is known from the last list.
import type { ObservedService, ServiceRef, Swarm } from "../model/observed.ts";
import { parseMarker } from "../model/marker.ts";
import type { Call } from "./calls.ts";
import type { Client } from "./client.ts";
import { createComposeContainers } from "./compose-containers.ts";
import type { ComposeContainers } from "./compose-containers.ts";
import { createGathering, unanswered } from "./gather.ts";
import { createPartReads } from "./part-reads.ts";
import type { PartReads } from "./part-reads.ts";
import { confirmSwarm, readSwarm, swarmCalls } from "./swarm.ts";

/** What one docker runs. */
export interface Host {
  /** Null: Dokploy's own host. */
  readonly serverId: string | null;
  readonly compose: ComposeContainers;
  readonly parts: PartReads;
}

export interface Hosts {
  readonly own: Host;
  /** The other servers on which something of some Capstan stood in the last list. */
  used(): ReadonlySet<string>;
  /** From now on these are the services of the server. */
  know(services: readonly ObservedService[]): void;
  knowNew(service: Pick<ObservedService, "kind" | "id" | "appName" | "serverId">): void;
  /** It is being deleted. */
  leaving(service: ServiceRef): void;
  /** Asks a server what runs there, in one request; null when that cannot be told. Dokploy waits for ssh up to 20 s. */
  look(serverId: string): Promise<Swarm | null>;
  /** Dokploy's own host for what nobody knows. */
  ofService(id: string): Host;
  ofApp(appName: string): Host;
  /** By the id of something that runs. */
  ofRunning(swarmId: string): Host;
}

/** Longer than ssh takes to give up, and longer than what is asked again by itself. */
const lookTimeoutMs = 45_000;
/** Each of them starts an ssh connection and a docker process. */
const readsPerRequest = 20;

export function createHosts(client: Client): Hosts {
  const own = createHost(null, client);
  const others = new Map<string, Host>();
  /** Servers of services, by id and by appName; those of Dokploy's own host are not kept. */
  const byId = new Map<string, string>();
  const byApp = new Map<string, string>();
  /** What each ran at the last look. */
  const running = new Map<string, Swarm>();
  let used: ReadonlySet<string> = new Set();
  /** Servers with something that the swarm must show, unless it is docker's silence. */
  let expecting: ReadonlySet<string> = new Set();

  function hostOf(serverId: string | null | undefined): Host {
    if (serverId === null || serverId === undefined) return own;
    const known = others.get(serverId);
    if (known !== undefined) return known;
    const made = createHost(serverId, client);
    others.set(serverId, made);
    return made;
  }

  function remember({
    id,
    appName,
    serverId,
  }: Pick<ObservedService, "id" | "appName" | "serverId">) {
    if (serverId === null) return;
    byId.set(id, serverId);
    byApp.set(appName, serverId);
  }

  return {
    own,
    used: () => used,
    know(services) {
      own.compose.know(services);
      byId.clear();
      byApp.clear();
      const elsewhere = services.filter(({ serverId }) => serverId !== null);
      for (const service of elsewhere) {
        remember(service);
        hostOf(service.serverId);
      }
      for (const { compose } of others.values()) compose.know(elsewhere);
      const idsOf = (some: readonly ObservedService[]) =>
        new Set(some.flatMap(({ serverId }) => serverId ?? []));
      used = idsOf(elsewhere.filter(({ description }) => parseMarker(description) !== null));
      expecting = idsOf(elsewhere.filter(({ kind }) => kind !== "compose"));
    },
    knowNew({ kind, ...service }) {
      remember(service);
      if (kind === "compose") hostOf(service.serverId).compose.knowNew(service.id, service.appName);
    },
    leaving({ kind, id }) {
      if (kind === "compose") hostOf(byId.get(id)).compose.leaving(id);
    },
    async look(serverId) {
      const { compose } = hostOf(serverId);
      const calls = swarmCalls(serverId);
      const along = compose.along();
      const readings = await client.readAll([...calls, ...along], lookTimeoutMs);
      const read = readSwarm(readings[0], readings[1]);
      const swarm = expecting.has(serverId) ? await confirmSwarm(client, read, serverId) : read;
      if (swarm === null) return null;
      compose.taken(along, readings.slice(calls.length));
      await compose.complete(swarm);
      const all = compose.joined(swarm);
      running.set(serverId, all);
      return all;
    },
    ofService: (id) => hostOf(byId.get(id)),
    ofApp: (appName) => hostOf(byApp.get(appName)),
    ofRunning(swarmId) {
      for (const [serverId, swarm] of running)
        for (const { id } of swarm.values()) if (id === swarmId) return hostOf(serverId);
      return own;
    },
  };
}

function createHost(serverId: string | null, client: Client): Host {
  const compose = createComposeContainers(client, serverId);
  const { redactor } = client;
  // Others must not wait for a server that answers late: what is asked of it shares no request with theirs.
  const read =
    serverId === null
      ? (call: Call) => client.read(call)
      : createGathering({
          isWrite: false,
          mostCalls: readsPerRequest,
          one: async (call) =>
            (await client.readAll([call], lookTimeoutMs))[0] ?? unanswered(call, false),
          many: (calls) => client.readAll(calls, lookTimeoutMs),
        });
  return { serverId, compose, parts: createPartReads({ read, redactor }, compose, serverId) };
}
