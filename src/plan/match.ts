// Which services of a project are a stack's own, by their markers, and which are nobody's. What stands in
// the way of a service that Git wants is a conflict that a person solves.
import type { DesiredService } from "../model/desired.ts";
import { ownerName, parseMarker } from "../model/marker.ts";
import type { ObservedProject } from "../model/observed.ts";
import type { Note } from "../model/plan.ts";
import type { PlanInput } from "./input.ts";
import { servicesOf } from "./ownership.ts";
import type { ServicePlace } from "./ownership.ts";
import { byAge, ownersOf, ownServices } from "./removals.ts";
import { standsElsewhere } from "./replace.ts";
import { serverTitle, wantedServer } from "./servers.ts";
import type { OwnServices } from "./removals.ts";

export interface Matched extends OwnServices {
  readonly notes: readonly Note[];
  readonly conflict: string | null;
}

interface Stray {
  readonly key: string;
  readonly id: string;
  readonly project: ObservedProject;
}

/** Services of an owner in projects that are not its own. */
function straysOf(owner: string, projects: readonly ObservedProject[]): readonly Stray[] {
  return projects.flatMap((project) =>
    servicesOf(project).flatMap(({ service: { id }, marker }) =>
      marker?.owner === owner && marker.id !== null ? [{ key: marker.key, id, project }] : [],
    ),
  );
}

/** They are left where somebody put them, and said to be there. */
export function strayedNotes(
  owner: string,
  projects: readonly ObservedProject[],
  isMeant: (key: string) => boolean = () => true,
): readonly Note[] {
  return straysOf(owner, projects).flatMap(({ key, id, project }): readonly Note[] => {
    const message = `${key} (${id}) was moved by hand to the project "${project.name}" and is left there; delete it in Dokploy, or take the marker out of its description`;
    return isMeant(key) ? [{ kind: "unmanaged", message }] : [];
  });
}

/** Other projects with services of this stack. */
function elsewhereOf(
  { desired, ownership }: PlanInput,
  project: ObservedProject | null,
): readonly ObservedProject[] {
  return (ownership.strayed.get(desired.name) ?? []).filter(
    ({ projectId }) => projectId !== project?.projectId,
  );
}

/** Services of this stack that stand in another project: a second one is never made beside them. */
function strayedConflicts(
  input: PlanInput,
  project: ObservedProject | null,
  mine: ReadonlyMap<string, ServicePlace>,
): readonly string[] {
  const { desired, ownership } = input;
  const wanted = new Set(desired.services.map(({ key }) => key));
  return straysOf(ownerName(ownership.instance, desired.name), elsewhereOf(input, project))
    .filter(({ key }) => wanted.has(key) && !mine.has(key))
    .map(
      ({ key, id, project: other }) =>
        `${key} (${id}) was moved by hand to the project "${other.name}"; move it back or delete it in Dokploy`,
    );
}

/** For a stack that has no project yet. */
export function nothingMatched(input: PlanInput): Matched {
  const mine = new Map<string, ServicePlace>();
  const conflict = [...strayedConflicts(input, null, mine)].sort()[0] ?? null;
  return { mine, younger: [], notes: [], conflict };
}

export function matchServices(input: PlanInput, project: ObservedProject): Matched {
  const { desired } = input;
  const owners = ownersOf(desired, input.ownership.instance, input.stillDesired);
  const own = ownServices(project, owners);
  const adopting = desired.adopt !== false;
  const wanted = new Map<string, DesiredService>();
  const twice: string[] = [];
  for (const service of desired.services) {
    const place = `${service.environment}/${service.adopts ?? service.name}`;
    const other = wanted.get(place);
    if (other === undefined) wanted.set(place, service);
    else
      twice.push(
        `${other.key} and ${service.key} both take over "${service.adopts ?? service.name}"; take \`adopt\` out of one of them`,
      );
  }
  const mine = new Map(own.mine);
  const notes: Note[] = [];
  const free: ServicePlace[] = [];
  for (const place of [...servicesOf(project)].sort(byAge)) {
    const { marker } = place;
    if (marker === null || !owners.has(marker.owner)) free.push(place);
  }

  const conflicts = [...twice, ...strayedConflicts(input, project, mine)];
  const owner = ownerName(input.ownership.instance, desired.name);
  const isLeft = (key: string): boolean => !desired.services.some((one) => one.key === key);
  notes.push(...strayedNotes(owner, elsewhereOf(input, project), isLeft));
  const candidates = new Map<DesiredService, ServicePlace[]>();
  for (const place of free) {
    const { service, environment } = place;
    const target =
      wanted.get(`${environment.name}/${service.id}`) ??
      wanted.get(`${environment.name}/${service.name}`);
    if (target === undefined || mine.has(target.key)) {
      notes.push({
        kind: parseMarker(service.description) === null ? "unmanaged" : "copy",
        message: `${service.name} in ${environment.name} is not Capstan's and is left alone`,
      });
    } else if (place.marker !== null) {
      conflicts.push(
        `a ${service.kind} of ${place.marker.owner} named "${service.name}" (${service.id}) is in ${project.name}/${environment.name}; rename or move it in Dokploy`,
      );
    } else if (adopting && standsElsewhere(target, place, input)) {
      // It would be removed and made anew where Git says.
      const [there, here] = [service.serverId, wantedServer(target, input.servers)].map((id) =>
        serverTitle(id, input.servers),
      );
      conflicts.push(
        `an unowned ${service.kind} named "${service.name}" (${service.id}) is on ${there ?? ""}, and its manifest asks for ${here ?? ""}; say in \`server\` where it is to take it over, or rename or delete it in Dokploy`,
      );
    } else if (adopting && service.kind === target.kind) {
      candidates.set(target, [...(candidates.get(target) ?? []), place]);
    } else {
      conflicts.push(
        `an unowned ${service.kind} named "${service.name}" (${service.id}) is in ${project.name}/${environment.name}; ${service.kind === target.kind ? "set `adopt: true` to take it over, or " : ""}rename or delete it in Dokploy`,
      );
    }
  }
  for (const [target, places] of candidates) {
    const [only, ...others] = places;
    if (only !== undefined && others.length === 0) {
      mine.set(target.key, only);
      continue;
    }
    const ids = places.map(({ service }) => service.id).join(", ");
    conflicts.push(
      `${places.length} unowned services are named "${target.name}" in ${project.name}/${target.environment} (${ids}); rename or delete all but one in Dokploy`,
    );
  }
  return { mine, younger: own.younger, notes, conflict: conflicts.sort()[0] ?? null };
}
