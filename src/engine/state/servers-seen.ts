// Which of Dokploy's other servers a list was to show, and whether each said what runs there.
import { parseMarker } from "../../model/marker.ts";
import type { ObservedSnapshot } from "../../model/observed.ts";
import type { ListMore } from "../../ports.ts";

export interface ServerSeen {
  readonly id: string;
  /** Its id where the name is not known. */
  readonly name: string;
  readonly seen: boolean;
}

/** Sorted by name. */
export function serversSeen(
  { projects, remote, servers }: ObservedSnapshot,
  { named, also }: ListMore,
): readonly ServerSeen[] {
  const used = projects
    .flatMap(({ environments }) => environments)
    .flatMap(({ services }) => services)
    .flatMap(({ serverId, description }) =>
      serverId === null || parseMarker(description) === null ? [] : [serverId],
    );
  const byName = (servers ?? []).filter(({ name }) => named.has(name)).map(({ id }) => id);
  return [...new Set([...used, ...also, ...byName])]
    .map((id) => {
      const name = servers?.find((server) => server.id === id)?.name ?? id;
      return { id, name, seen: remote?.has(id) === true };
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}
