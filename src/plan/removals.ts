// What goes of a stack that is in Git: its services that the manifest no longer has. Said once, for the guards that
// count what would go and for the plan that removes it. What goes of a stack that left Git, planPrune says.
import type { DesiredStack } from "../model/desired.ts";
import { ownerName } from "../model/marker.ts";
import type { ObservedProject } from "../model/observed.ts";
import { servicesOf } from "./ownership.ts";
import { removalRank } from "./delete-service.ts";
import type { ServicePlace } from "./ownership.ts";
import { outlivesManifest } from "./retained.ts";

export interface OwnServices {
  /** By key. */
  readonly mine: ReadonlyMap<string, ServicePlace>;
  /** Made twice by a create whose answer was lost; the older one counts. */
  readonly younger: readonly ServicePlace[];
}

export interface LeftServices {
  /** In the order in which they go. */
  readonly goes: readonly (readonly [key: string, place: ServicePlace])[];
  /** Kept for the manifest that may return (O7), in the same order. */
  readonly stays: readonly (readonly [key: string, place: ServicePlace])[];
  /** Made twice, and never ran: nothing of anybody's is in them. */
  readonly madeTwice: readonly ServicePlace[];
  /** Made twice, and did run: a person decides. */
  readonly ranTwice: readonly ServicePlace[];
}

/** Oldest first. */
export function byAge(a: ServicePlace, b: ServicePlace): number {
  return `${a.service.createdAt} ${a.service.id}` < `${b.service.createdAt} ${b.service.id}`
    ? -1
    : 1;
}

/** Owners whose services count as a stack's: itself, and the name that it had before. */
export function ownersOf(
  { name, previousName }: Pick<DesiredStack, "name" | "previousName">,
  instance: string,
  stillDesired: (name: string) => boolean,
): ReadonlySet<string> {
  const owners = new Set([ownerName(instance, name)]);
  // Also after the project itself was moved: a crash may have left its services with the old name.
  if (previousName !== null && !stillDesired(previousName)) {
    owners.add(ownerName(instance, previousName));
  }
  return owners;
}

/** The services of these owners in a project, on whichever server. */
export function ownServices(project: ObservedProject, owners: ReadonlySet<string>): OwnServices {
  const mine = new Map<string, ServicePlace>();
  const younger: ServicePlace[] = [];
  for (const place of [...servicesOf(project)].sort(byAge)) {
    const { marker } = place;
    if (marker === null || !owners.has(marker.owner)) continue;
    if (mine.has(marker.key)) younger.push(place);
    else mine.set(marker.key, place);
  }
  return { mine, younger };
}

export function leftServices(desired: DesiredStack, { mine, younger }: OwnServices): LeftServices {
  const wanted = new Set(desired.services.map(({ key }) => key));
  const left = [...mine]
    .filter(([key]) => !wanted.has(key))
    .sort(([a], [b]) => (removalRank(a) < removalRank(b) ? -1 : 1));
  const isKept = ({ marker }: ServicePlace): boolean =>
    outlivesManifest(desired) || marker?.keep === true;
  const neverRan = ({ service, marker }: ServicePlace): boolean =>
    service.status === "idle" && marker?.done === null;
  return {
    goes: left.filter(([, place]) => !isKept(place)),
    stays: left.filter(([, place]) => isKept(place)),
    madeTwice: younger.filter(neverRan),
    ranTwice: younger.filter((place) => !neverRan(place)),
  };
}
