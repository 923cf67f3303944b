// Changes that lose data when they are made, such as another major version of a database: they are refused until a
// person accepts them with `allowDataLoss`, and those that would not even work are refused whatever is accepted.
import type { DesiredService } from "../model/desired.ts";
import { isIgnored } from "../model/fields.ts";
import type { DataLoss } from "../model/kinds/kind.ts";
import { dataLosses } from "../model/kinds/table.ts";
import { swarmOn } from "../model/observed.ts";
import type { ServiceDetails } from "../model/observed.ts";
import type { Existing } from "./settle.ts";

/**
 * Whether the service never ran, so that it has no data: Capstan made it, nothing of it was seen healthy, and the
 * swarm, which answers, knows nothing of it.
 */
function neverRan({ place, input }: Existing): boolean {
  const { marker, service } = place;
  if (marker?.done !== null || service.status === "done") return false;
  const swarm = swarmOn(input, service.serverId);
  return swarm !== null && !swarm.has(service.appName);
}

/** What this plan would lose of a service that exists. */
export function lossesOf(existing: Existing, details: ServiceDetails): readonly DataLoss[] {
  const { desired } = existing;
  const losses = dataLosses(desired, details.spec).filter(
    ({ path }) => !isIgnored(desired.ignore, path),
  );
  return losses.length === 0 || neverRan(existing) ? [] : losses;
}

/** Why the plan may not be carried out; null when it may. */
export function refusalOf(
  { key, allowDataLoss }: DesiredService,
  losses: readonly DataLoss[],
): string | null {
  const refused = losses.filter(({ allowable }) => !allowable || !allowDataLoss);
  if (refused.length === 0) return null;
  const reasons = refused.map(
    ({ path, why, instead, allowable }) =>
      `${path}: ${why}; ${instead}${allowable ? ", or set `allowDataLoss: true` on it" : ""}`,
  );
  return `${key} cannot be changed without losing data. ${reasons.join(". ")}`;
}
