// What must be read of a server before a stack can be planned, and which project is the stack's. Pure, like the plan.
import { hasListedApart } from "../model/children.ts";
import type { DetailsRef, ObservedProject } from "../model/observed.ts";
import type { NamedThing } from "../model/server-names.ts";
import type { PlanInput } from "./input.ts";
import { matchServices } from "./match.ts";
import { commitToCompare, followsDigest, headOf, pullToRead, shortCommit } from "./new-commit.ts";
import { resolveProject } from "./ownership.ts";
import type { ProjectResolution } from "./ownership.ts";
import { namedBy } from "./server-names.ts";
import { needsDetails } from "./service.ts";

export function projectOf(resolution: ProjectResolution): ObservedProject | null {
  switch (resolution.kind) {
    case "owned":
    case "moved":
    case "adopted":
      return resolution.project;
    case "absent":
    case "conflict":
      return null;
  }
}

/**
 * The services whose whole configuration must be read before `planStack`. `isUnanswered`: something of the service was
 * to be made, and whether it was is not known.
 */
export function servicesToRead(
  input: Omit<PlanInput, "details">,
  alsoDeep: (serviceId: string) => boolean,
  isUnanswered: (service: string) => boolean = () => false,
): readonly DetailsRef[] {
  const whole: PlanInput = { ...input, details: new Map() };
  const resolution = resolve(whole);
  const project = projectOf(resolution);
  if (project === null) return [];
  const { mine } = matchServices(whole, project);
  return input.desired.services.flatMap((service) => {
    const place = mine.get(service.key);
    if (place === undefined) return [];
    const { id, kind } = place.service;
    const unanswered = isUnanswered(service.key);
    const isRead =
      unanswered || alsoDeep(id) || needsDetails(service, place, input, project.variables);
    // Only the marker tells that nothing of them can be there.
    const apart =
      unanswered || hasListedApart(service.spec) || place.marker?.live !== service.hash.live;
    return isRead ? [{ id, kind, apart }] : [];
  });
}

/** By the service's key, the commit from which must be known what changed up to the newest one, by its whole hash. */
export function commitsToCompare(input: PlanInput): ReadonlyMap<string, string> {
  const project = projectOf(resolve(input));
  if (project === null) return new Map();
  const { mine } = matchServices(input, project);
  return new Map(
    input.desired.services.flatMap((service): [string, string][] => {
      const place = mine.get(service.key);
      if (place === undefined) return [];
      const details = input.details.get(place.service.id) ?? null;
      const from = commitToCompare(service, place, input, details);
      return from === null ? [] : [[service.key, from]];
    }),
  );
}

/** Ids of services that follow a tag, and for whose newest attempt it pointed to another image than it does now. */
export function movedOn(input: PlanInput): readonly string[] {
  const project = projectOf(resolve(input));
  if (project === null) return [];
  const { mine } = matchServices(input, project);
  return input.desired.services.flatMap((service) => {
    const head = followsDigest(service) ? headOf(service, input) : null;
    const id = mine.get(service.key)?.service.id ?? "";
    const before = input.verdicts.get(id)?.head;
    return head === null || before === undefined || shortCommit(before) === head ? [] : [id];
  });
}

/** By service id, the deployment whose log tells which image runs, of services that follow a tag and were read whole. */
export function pullsToRead(input: PlanInput): ReadonlyMap<string, string> {
  const project = projectOf(resolve(input));
  if (project === null) return new Map();
  const { mine } = matchServices(input, project);
  return new Map(
    input.desired.services.flatMap((service): [string, string][] => {
      const id = mine.get(service.key)?.service.id ?? "";
      const details = input.details.get(id);
      const deploymentId = details === undefined ? null : pullToRead(service, details);
      return deploymentId === null ? [] : [[id, deploymentId]];
    }),
  );
}

/**
 * Which lists of the server's names must be read before `planStack`: those in a service that is made, or was read
 * whole.
 */
export function namesToRead(
  input: Omit<PlanInput, "details">,
  read: readonly DetailsRef[],
): readonly NamedThing[] {
  const { services } = input.desired;
  if (namedBy({ services }).length === 0) return [];
  const whole: PlanInput = { ...input, details: new Map() };
  const project = projectOf(resolve(whole));
  if (project === null) return namedBy({ services });
  const { mine } = matchServices(whole, project);
  const ids = new Set(read.map(({ id }) => id));
  const asked = services.filter((service) => {
    const place = mine.get(service.key);
    return place === undefined || ids.has(place.service.id);
  });
  return namedBy({ services: asked });
}

export function resolve(input: PlanInput): ProjectResolution {
  return resolveProject(
    input.desired,
    input.ownership,
    input.knownProjectId,
    input.stillDesired,
    input.keptFor,
  );
}
