// What a Dokploy server has: all of it as one snapshot, never a part of it, and whole applications.
// A list is believed only when its two sources tell the same: a filtered or cut list would read like
// deletions.
import { CapstanError, isCapstanError } from "../lib/errors.ts";
import type {
  DetailsRef,
  ServiceDetails,
  ServiceRef,
  ObservedService,
  ObservedSnapshot,
} from "../model/observed.ts";
import type { ListMore, Platform } from "../ports.ts";
import type { z } from "zod";
import { anything, projectAll, projectAllForPermissions, projectContent } from "./answers.ts";
import type { Call } from "./calls.ts";
import type { Client } from "./client.ts";
import type { ServerNames } from "../model/server-names.ts";
import { take } from "./client.ts";
import { detailsShape } from "./kinds/table.ts";
import type { Host, Hosts } from "./hosts.ts";
import { shaped } from "./reading.ts";
import { readBranches } from "./provider-branches.ts";
import { readNamed } from "./named.ts";
import { differences, idsOf, joined, permittedIds } from "./two-lists.ts";
import { readWholeRow } from "./whole-row.ts";
import { readAs, readShaped } from "./read-shaped.ts";
import type { Reading } from "./reading.ts";
import type { RemoteLooks } from "./remote-looks.ts";
import { readServers, serversCall } from "./server-names.ts";
import { confirmSwarm, readSwarm, swarmCalls } from "./swarm.ts";

/** At 10,000 projects the lists take up to 38 s. */
const listTimeoutMs = 120_000;
const serversTimeoutMs = 30_000;
/** What one caller asks for at once. */
const detailsPerRequest = 50;

const lists: readonly Call[] = [
  { procedure: "project.all", input: null },
  { procedure: "project.allForPermissions", input: null },
  ...swarmCalls(null),
];

interface Listed {
  readonly readings: readonly Reading<unknown>[];
  readonly atMs: number;
  /** Absent: they were not asked for. */
  readonly servers: ObservedSnapshot["servers"];
}

/** The server's lease is looked at in the same request (W12). */
export interface LookAtLease {
  readonly call: Call;
  /** Called before the request is sent; what it returns takes the answer. */
  readonly look: () => (answer: unknown) => void;
}

/** What may be asked in the request of something else. */
export interface Alongside {
  readonly calls: readonly Call[];
  readonly timeoutMs: number;
  /** Called before the request is sent; what it returns takes the answers. */
  readonly begin: () => (readings: readonly Reading<unknown>[], askedAtMs: number) => void;
}

/** What a list asked for beside its own: nothing. */
const nothingMore: ListMore = { named: new Set(), also: new Set() };

/** The servers on which something may run that the list is to show. */
function serversToSee(
  hosts: Pick<Hosts, "used">,
  { named, also }: ListMore,
  servers: ObservedSnapshot["servers"],
): ReadonlySet<string> {
  const byName = (servers ?? []).filter(({ name }) => named.has(name));
  return new Set([...hosts.used(), ...also, ...byName.map(({ id }) => id)]);
}

export function createObserve(
  client: Client,
  hosts: Hosts,
  looks: RemoteLooks,
  lease: LookAtLease | null = null,
): Pick<
  Platform,
  "list" | "details" | "names" | "branches" | "existing" | "hasProject" | "servicesIn"
> & {
  /** The list in the request of a check, for the next `list` that may be as old. */
  readonly alongside: Alongside;
} {
  const { compose }: Host = hosts.own;
  let early: Listed | null = null;

  const always = lease === null ? lists : [...lists, lease.call];

  function beginLook(): (readings: readonly Reading<unknown>[]) => void {
    const take = lease?.look();
    return (readings) => {
      const reading = readings[lists.length];
      if (reading?.ok === true) take?.(reading.value);
    };
  }

  async function asked(withServers: boolean): Promise<Listed> {
    const atMs = client.clock.now();
    const looked = beginLook();
    const along = compose.along();
    const names = withServers ? [serversCall] : [];
    const readings = await client.readAll([...always, ...names, ...along], listTimeoutMs);
    looked(readings);
    compose.taken(along, readings.slice(always.length + names.length));
    const servers = withServers ? readServers(readings[always.length]) : undefined;
    return { atMs, readings, servers };
  }

  async function serversNow(): Promise<Listed["servers"]> {
    return readServers((await client.readAll([serversCall], serversTimeoutMs))[0]);
  }

  async function once(
    more: ListMore,
    from: Listed | null = null,
  ): Promise<ObservedSnapshot | { readonly differing: number }> {
    const withServers = more.named.size + more.also.size + hosts.used().size > 0;
    const { atMs: takenAtMs, readings, servers: along } = from ?? (await asked(withServers));
    const projects = readShaped(readings, 0, projectAll, "project.all");
    const permitted = readShaped(
      readings,
      1,
      projectAllForPermissions,
      "project.allForPermissions",
    );
    const differing = differences(idsOf(projects), permittedIds(permitted));
    if (differing > 0) return { differing };
    const mayRun = permitted.some(({ environments }) =>
      environments.some(({ services }) => services.some(isOfSwarm)),
    );
    const read = readSwarm(readings[2], readings[3]);
    const swarm = mayRun ? await confirmSwarm(client, read) : read;
    hosts.know(
      permitted.flatMap(({ environments }) => environments.flatMap((one) => one.services)),
    );
    // Only the first list shows that there are any.
    const isUnasked = along === undefined && hosts.used().size > 0;
    const servers = isUnasked ? await serversNow() : along;
    const tookMs = client.clock.now() - takenAtMs;
    const [remote] = await Promise.all([
      looks.see(serversToSee(hosts, more, servers)),
      compose.complete(swarm),
    ]);
    return {
      takenAtMs,
      projects: joined(projects, permitted),
      swarm: swarm === null ? null : compose.joined(swarm),
      remote,
      ...(from === null ? { tookMs } : {}),
      ...(servers === undefined ? {} : { servers }),
    };
  }

  /** Reads each service once, some at a time, and hands on what came of it. Returns how many there were. */
  async function wholeRows(
    services: readonly DetailsRef[],
    take: (reading: Reading<unknown>, ref: DetailsRef) => void,
  ): Promise<number> {
    const refs = [...new Map(services.map((ref) => [ref.id, ref])).values()];
    for (let at = 0; at < refs.length; at += detailsPerRequest) {
      const part = refs.slice(at, at + detailsPerRequest);
      const readings = await Promise.all(
        part.map(async (ref) => ({ ref, reading: await readWholeRow(client, ref) })),
      );
      for (const { ref, reading } of readings) take(reading, ref);
    }
    return refs.length;
  }

  /** Null when Dokploy itself says that there is none. */
  async function projectOne<S extends z.ZodType>(
    projectId: string,
    schema: S,
  ): Promise<z.output<S> | null> {
    try {
      return await client.query({ procedure: "project.one", input: { projectId } }, schema);
    } catch (error) {
      if (isCapstanError(error, "not-found")) return null;
      throw error;
    }
  }

  return {
    alongside: {
      calls: always,
      timeoutMs: listTimeoutMs,
      begin() {
        const looked = beginLook();
        return (readings, atMs) => {
          looked(readings);
          early = { readings, atMs, servers: undefined };
        };
      },
    },
    async list(sinceMs = Infinity, more = nothingMore) {
      const isEnough = more.named.size + more.also.size === 0;
      const usable = early !== null && isEnough && early.atMs >= sinceMs ? early : null;
      early = null;
      const first = await once(more, usable);
      if (!("differing" in first)) return first;
      // Something may have been made or deleted between the two; that does not happen twice in a row.
      const second = await once(more);
      if (!("differing" in second)) return second;
      throw new CapstanError(
        "unavailable",
        `Dokploy's two lists disagree about ${second.differing} projects, environments or services`,
        {
          hint: "the key may see only a part: use one of an owner or admin; or people are changing much at the moment",
        },
      );
    },
    async details(services, unreadable) {
      const failures: [id: string, error: CapstanError][] = [];
      const found = new Map<string, ServiceDetails | null>();
      const asked = await wholeRows(services, (reading, ref) => {
        try {
          found.set(ref.id, detailsOf(reading, ref));
        } catch (error) {
          if (unreadable === undefined || !isCapstanError(error)) throw error;
          failures.push([ref.id, error]);
        }
      });
      const [first] = failures;
      if (first !== undefined && found.size === 0 && asked > 1) throw first[1];
      for (const [id] of failures) unreadable?.(id);
      return found;
    },
    branches: (provider, repository) => readBranches(client, provider, repository),
    async names(things) {
      const lists = await readNamed(client, things);
      const names = Object.entries(lists).map(([thing, list]) => [
        thing,
        list.map(({ name }) => name),
      ]);
      return Object.fromEntries(names) as ServerNames;
    },
    async existing(services) {
      const found = new Set<string>();
      await wholeRows(services, (reading, ref) => {
        if (
          rowOf(
            reading,
            ref,
            anything.transform(() => true),
          ) !== null
        )
          found.add(ref.id);
      });
      return found;
    },
    hasProject: async (projectId) =>
      (await projectOne(
        projectId,
        anything.transform(() => true),
      )) !== null,
    async servicesIn(projectId) {
      const found = await projectOne(projectId, projectContent);
      return (found?.environments ?? [])
        .flatMap((environment) => Object.values(environment))
        .reduce<number>((count, value) => count + (Array.isArray(value) ? value.length : 0), 0);
    },
  };
}

/** A compose service may run without the swarm. */
function isOfSwarm({ kind, serverId }: ObservedService): boolean {
  return kind !== "compose" && serverId === null;
}

/** Null for one that is gone, which only Dokploy's own 404 says. */
function rowOf<S extends z.ZodType>(
  reading: Reading<unknown>,
  { kind }: ServiceRef,
  schema: S,
): z.output<S> | null {
  try {
    return shaped(schema, take(reading), readAs(`${kind}.one`));
  } catch (error) {
    if (isCapstanError(error, "not-found")) return null;
    throw error;
  }
}

function detailsOf(reading: Reading<unknown>, ref: ServiceRef): ServiceDetails | null {
  return rowOf(reading, ref, detailsShape(ref.kind));
}
