// Law O10: swarm services that Capstan made and whose application is gone. They are found among those that
// no listed application has, and only told: removing one is a person's command. What carries no label of
// Capstan and was never removed by it is somebody else's, and is never mentioned.
import type { Swarm, SwarmService } from "../../model/observed.ts";
import { servicesOf } from "../../plan/ownership.ts";
import { serverTitle } from "../../plan/servers.ts";
import type { Platform } from "../../ports.ts";
import type { Tombstones } from "./tombstones.ts";
import type { View } from "../state/world.ts";

export interface Orphan {
  readonly appName: string;
  readonly image: string;
  /** The stack that it was removed from, where that is remembered. */
  readonly stack: string | null;
  /** Removes it, on a manager of the swarm. */
  readonly command: string;
}

export interface Orphans {
  /** Looks at what is new in the swarm; no request when nothing is. Throws what the platform throws. */
  look(view: View): Promise<void>;
  current(): readonly Orphan[];
}

/** Each look costs a docker process on the server: others come with the next list. */
const mostLooks = 100;

interface Found extends SwarmService {
  readonly serverId: string | null;
}

/** What runs and no application, compose service or database of the list has. */
function unclaimed(view: View): readonly Found[] {
  const { ownership, swarm, remote } = view;
  const claimed = new Set(
    [...ownership.byId.values()].flatMap(servicesOf).map(({ service }) => service.appName),
  );
  /** The services of a stack are called after their compose service. */
  const isClaimed = (appName: string): boolean =>
    claimed.has(appName) || claimed.has(appName.split("_")[0] ?? "");
  const all: readonly (readonly [string | null, Swarm])[] = [
    [null, swarm ?? new Map()],
    ...(remote ?? []),
  ];
  return all
    .flatMap(([serverId, running]) =>
      [...running.values()].map((service): Found => ({ ...service, serverId })),
    )
    .filter(({ appName, parts }) => parts === undefined && !isClaimed(appName))
    .sort((a, b) => (a.appName < b.appName ? -1 : 1));
}

export function createOrphans(options: {
  readonly platform: Pick<Platform, "liveServices" | "hasProject">;
  readonly tombstones: Pick<Tombstones, "all">;
  /** Ids of projects that were ours when last seen. */
  readonly knownProjects: () => Iterable<string>;
  readonly tell: (orphan: Orphan, message: string) => void;
}): Orphans {
  const { platform, tombstones } = options;
  /** Whether a service carries our label, by its id in the swarm: none is looked at twice. */
  const labelled = new Map<string, boolean>();
  const goneProjects = new Set<string>();
  const told = new Set<string>();
  let orphans: readonly Orphan[] = [];

  /** A list that lacks a project which exists makes orphans of everything in it (R4). */
  async function isWhole({ ownership }: View): Promise<boolean> {
    for (const id of options.knownProjects()) {
      if (ownership.byId.has(id) || goneProjects.has(id)) continue;
      if (await platform.hasProject(id)) return false;
      goneProjects.add(id);
    }
    return true;
  }

  async function readLabels(services: readonly SwarmService[]): Promise<void> {
    const fresh = services.filter(({ id }) => !labelled.has(id)).slice(0, mostLooks);
    if (fresh.length === 0) return;
    const live = await platform.liveServices(fresh.map(({ id }) => id));
    // One that is gone by now is not remembered: its removal was under way.
    for (const [id, { want }] of live) labelled.set(id, want !== null);
  }

  return {
    async look(view) {
      if (view.swarm === null) return;
      const candidates = unclaimed(view);
      if (candidates.length > 0) {
        if (!(await isWhole(view))) return;
        await readLabels(candidates);
      }
      const swarms = [view.swarm, ...(view.remote?.values() ?? [])];
      const running = new Set(swarms.flatMap((one) => [...one.values()].map(({ id }) => id)));
      for (const id of [...labelled.keys()]) if (!running.has(id)) labelled.delete(id);
      for (const id of [...told]) if (!running.has(id)) told.delete(id);

      const removed = new Map(tombstones.all().map(({ appName, stack }) => [appName, stack]));
      const found: Orphan[] = [];
      for (const { id, appName, image, serverId } of candidates) {
        const label = labelled.get(id);
        const stack = removed.get(appName) ?? null;
        if (label === undefined || (!label && stack === null)) continue;
        const on = serverId === null ? "" : ` # on ${serverTitle(serverId, view.servers)}`;
        const orphan = { appName, image, stack, command: `docker service rm ${appName}${on}` };
        found.push(orphan);
        if (told.has(id)) continue;
        told.add(id);
        const unless =
          stack === null ? ", unless another organisation of this Dokploy still has it" : "";
        options.tell(
          orphan,
          `the swarm service ${appName} (${image}) was created by Capstan and its application no longer exists: remove it with \`${orphan.command}\`${unless}`,
        );
      }
      orphans = found;
    },
    current: () => orphans,
  };
}
