// Which services of a stack are to be judged: those that were rolled out as their markers ask. Pure.
import type { DesiredService, DesiredStack } from "../../model/desired.ts";
import { ownerName, sameWant } from "../../model/marker.ts";
import type { ObservedService } from "../../model/observed.ts";
import { servicesOf } from "../../plan/ownership.ts";
import type { Rollouts } from "../rollout/rollouts.ts";
import type { View } from "../state/world.ts";

export interface RolledOut {
  readonly service: DesiredService;
  readonly observed: ObservedService;
}

/** `verdicts`: also those count that were seen healthy and whose marker does not say so yet; null: by markers alone. */
export function rolledOut(
  desired: DesiredStack,
  { ownership }: Pick<View, "ownership">,
  verdicts: Pick<Rollouts, "verdict"> | null,
): readonly RolledOut[] {
  const owner = ownerName(ownership.instance, desired.name);
  const places = (ownership.owned.get(desired.name) ?? []).flatMap(servicesOf);
  return desired.services.flatMap((service) => {
    // Nothing of a job is meant to run.
    if (service.job !== undefined) return [];
    const place = places.find(
      ({ marker }) => marker?.owner === owner && marker.key === service.key,
    );
    const want = place?.marker?.want ?? null;
    if (place === undefined || want === null) return [];
    const verdict = verdicts?.verdict(place.service.id);
    // The marker says so with the next write, which may be far off.
    const isSeenHealthy = verdict?.kind === "healthy" && sameWant(verdict.want, want);
    const isDone = isSeenHealthy || sameWant(want, place.marker?.done ?? null);
    return isDone ? [{ service, observed: place.service }] : [];
  });
}
