// What runs of compose services. The swarm's list has the services of a stack, and no list has the containers of docker
// compose: they are asked for by name, all of them in the request of something else. What was seen last is remembered, as
// one who looks at some of them must not forget the others.
import { z } from "zod";
import { parseMarker } from "../model/marker.ts";
import type {
  ObservedService,
  ServicePart,
  ServiceRef,
  Swarm,
  SwarmService,
} from "../model/observed.ts";
import type { Call } from "./calls.ts";
import type { Client } from "./client.ts";
import { agoMs } from "./docker-words.ts";
import type { Reading } from "./reading.ts";
import { onServer } from "./swarm.ts";

export type Parts = readonly ServicePart[];

export interface Followed {
  readonly appName: string;
  /** Whether Dokploy says that it was deployed: then none of its containers is a doubtful answer. */
  readonly isDeployed: boolean;
}

const listed = z.array(
  z.object({
    containerId: z.string(),
    name: z.string(),
    state: z.string().default(""),
    status: z.string().default(""),
  }),
);

const timeoutMs = 60_000;
/** They and the lists fit into one address. */
const mostAlong = 100;

function healthOf(status: string): ServicePart["health"] {
  const said = /\((health: starting|healthy|unhealthy)\)/.exec(status)?.[1];
  if (said === "healthy" || said === "unhealthy") return said;
  return said === undefined ? null : "starting";
}

/** `Up 6 seconds (healthy)`, `Restarting (3) 2 seconds ago`, `Exited (137) 5 minutes ago`. */
export function readContainer(one: z.output<typeof listed>[number]): ServicePart {
  const { containerId: id, name, state, status } = one;
  const code = /^(?:Exited|Restarting) \((\d+)\)/.exec(status)?.[1];
  const words = status.replace(/\s*\([^)]*\)\s*/g, " ").trim();
  return {
    ...{ id, name, state, running: state === "running" ? 1 : 0, wanted: 1 },
    health: healthOf(status),
    exitCode: code === undefined ? null : Number(code),
    ageMs: agoMs(words.endsWith("ago") ? words : `${words} ago`) ?? 0,
  };
}

/** Null when it cannot be told. */
function partsOf(reading: Reading<unknown> | undefined): Parts | null {
  if (reading?.ok !== true) return null;
  const read = listed.safeParse(reading.value);
  return read.success ? read.data.map(readContainer) : null;
}

/** The containers of a stack that have one, of the answer to the call for a stack's. */
export function containersOfStack(reading: Reading<unknown>): Parts {
  return (partsOf(reading) ?? []).filter(({ id }) => id !== "");
}

/** The services of a stack, which the swarm's list has as `<appName>_<service>`. */
function stackParts(appName: string, swarm: Swarm): Parts {
  return [...swarm.values()]
    .filter((service) => service.appName.startsWith(`${appName}_`))
    .map(({ id, appName: name, running, wanted }) => ({
      ...{ id, name, running, wanted, state: "service" },
      ...{ health: null, exitCode: null, ageMs: 0 },
    }));
}

const idSeparator = "+";

/** The ids of what a service is made of; its own for one that is made of nothing else. */
export function idsOf(id: string): readonly string[] {
  return id.split(idSeparator);
}

/** One that stands for all of its parts; undefined when there is none. */
function asOne(appName: string, parts: Parts): SwarmService | undefined {
  if (parts.length === 0) return undefined;
  const sum = (of: "running" | "wanted"): number => parts.reduce((all, part) => all + part[of], 0);
  const id = parts.map((part) => part.id).join(idSeparator);
  return { id, appName, image: "", running: sum("running"), wanted: sum("wanted"), parts };
}

export interface ComposeContainers {
  /** Calls for those that are known, to be made in another request; as many as fit. */
  along(): readonly Call[];
  /** Takes the answers to `along`, given in its order. */
  taken(calls: readonly Call[], readings: readonly Reading<unknown>[]): void;
  /** From now on the compose services of its docker are among these; the others are forgotten. */
  know(services: readonly ObservedService[]): void;
  knowNew(id: string, appName: string): void;
  /** It is being deleted: whether something of it still runs is asked until nothing does. */
  leaving(id: string): void;
  appNameOf(id: string): string | null;
  /** Calls for some of them, to be made in another request. */
  callsFor(services: readonly ServiceRef[]): readonly Call[];
  /** Asks once more for what was not asked yet, and for what answered nothing although it should run. */
  complete(swarm: Swarm | null): Promise<void>;
  /** The swarm's list with an entry for each compose service of which something is there. */
  joined(swarm: Swarm): Swarm;
  /** What is known of the one of that name; null where it is no compose service. */
  partsOf(appName: string): Parts | null;
}

interface Known extends Followed {
  readonly parts: Parts | null;
  readonly isLeaving: boolean;
  /** Of some Capstan. What is nobody's is looked at once, as it may be taken over. */
  readonly isOwned: boolean;
}

/** Those of one docker: `serverId` null is Dokploy's own host. */
export function createComposeContainers(
  client: Pick<Client, "readAll">,
  serverId: string | null = null,
): ComposeContainers {
  /** By appName. */
  const known = new Map<string, Known>();
  const names = new Map<string, string>();
  /** Those whose last answer may be docker's silence. */
  const doubtful = new Set<string>();
  let joinedLast: Swarm = new Map();

  function call(appName: string): Call {
    const input = { appName, appType: "docker-compose", ...onServer(serverId) };
    return { procedure: "docker.getContainersByAppNameMatch", input };
  }

  function keep(appName: string, parts: Parts | null): void {
    const one = known.get(appName);
    if (one === undefined || parts === null) return;
    if (parts.length === 0 && (one.isDeployed || (one.parts?.length ?? 0) > 0)) {
      doubtful.add(appName);
      return;
    }
    doubtful.delete(appName);
    known.set(appName, { ...one, parts });
  }

  function appNameIn({ input }: Call): string {
    return String(input?.appName);
  }

  async function ask(appNames: readonly string[], believed: boolean): Promise<void> {
    for (let at = 0; at < appNames.length; at += mostAlong) {
      const part = appNames.slice(at, at + mostAlong);
      const readings = await client.readAll(part.map(call), timeoutMs);
      for (const [index, appName] of part.entries()) {
        const parts = partsOf(readings[index]);
        const one = known.get(appName);
        if (!believed) keep(appName, parts);
        else if (one !== undefined && parts !== null) known.set(appName, { ...one, parts });
      }
    }
  }

  function forgetLeft(): void {
    for (const [appName, { isLeaving, parts }] of known)
      if (isLeaving && parts?.length === 0) known.delete(appName);
  }

  return {
    along: () => {
      const owned = [...known.values()].filter(({ isOwned }) => isOwned);
      return owned.slice(0, mostAlong).map(({ appName }) => call(appName));
    },
    taken(calls, readings) {
      for (const [index, one] of calls.entries()) keep(appNameIn(one), partsOf(readings[index]));
    },
    know(services) {
      const now = new Set<string>();
      for (const { kind, id, appName, description, status, ...one } of services) {
        if (kind !== "compose" || one.serverId !== serverId) continue;
        names.set(id, appName);
        now.add(appName);
        const isDeployed = status === "done";
        known.set(appName, {
          ...{ appName, isDeployed, isLeaving: false },
          isOwned: parseMarker(description) !== null,
          parts: known.get(appName)?.parts ?? null,
        });
      }
      for (const [appName, { isLeaving }] of known)
        if (!isLeaving && !now.has(appName)) known.delete(appName);
    },
    knowNew(id, appName) {
      names.set(id, appName);
      const fresh = { isDeployed: false, isLeaving: false, isOwned: true };
      known.set(appName, { appName, parts: [], ...fresh });
    },
    leaving(id) {
      const appName = names.get(id);
      const one = appName === undefined ? undefined : known.get(appName);
      if (one === undefined) return;
      known.set(one.appName, { ...one, isDeployed: false, isLeaving: true });
    },
    appNameOf: (id) => names.get(id) ?? null,
    callsFor(services) {
      const wanted = services.flatMap(({ kind, id }) =>
        kind === "compose" ? (names.get(id) ?? []) : [],
      );
      return [...new Set(wanted)].filter((appName) => known.has(appName)).map(call);
    },
    async complete(swarm) {
      const ofSwarm = (appName: string): boolean =>
        swarm !== null && stackParts(appName, swarm).length > 0;
      const unknown = [...known.values()].filter(({ parts, isDeployed, isOwned }) => {
        return parts === null && (isOwned || isDeployed);
      });
      await ask(
        unknown
          .map(({ appName }) => appName)
          .filter((name) => !ofSwarm(name) && !doubtful.has(name)),
        false,
      );
      const again = [...doubtful].filter((name) => known.has(name) && !ofSwarm(name));
      doubtful.clear();
      await ask(again, true);
    },
    joined(swarm) {
      const all = new Map(swarm);
      for (const { appName, parts } of known.values()) {
        const containers = parts ?? [];
        const one = asOne(appName, containers.length > 0 ? containers : stackParts(appName, swarm));
        if (one !== undefined) all.set(appName, one);
      }
      forgetLeft();
      joinedLast = all;
      return all;
    },
    partsOf: (appName) => (known.has(appName) ? (joinedLast.get(appName)?.parts ?? []) : null),
  };
}
