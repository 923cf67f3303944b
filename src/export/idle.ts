// Whether adopting a service would deploy it: what does not run as it is set up is no use to a manifest yet.
import type { DesiredService } from "../model/desired.ts";
import { replicasOf, runningOf } from "../model/kinds/table.ts";
import { swarmOn } from "../model/observed.ts";
import type { ObservedService, ObservedSnapshot } from "../model/observed.ts";
import { runsAlready } from "../plan/cause.ts";
import type { Draft } from "./draft.ts";

function stateWords(
  { status, appName, serverId }: ObservedService,
  desired: DesiredService,
  running: ObservedSnapshot,
): string {
  if (status !== "done") return `Dokploy says ${status}`;
  const swarm = swarmOn(running, serverId);
  if (swarm === null) return "its server does not answer";
  const live = runningOf(desired, swarm, appName);
  if (live === undefined) return "docker has nothing of it";
  return `${live.running} of ${live.wanted} run, and ${replicasOf(desired) ?? live.wanted} should`;
}

/** Why taking a service over would deploy it; null when it runs. */
export function idleWords(
  { observed }: Draft,
  desired: DesiredService,
  running: ObservedSnapshot,
): string | null {
  const place = {
    service: observed,
    environment: { environmentId: "", name: desired.environment, isDefault: false, services: [] },
    marker: null,
  };
  if (runsAlready(place, desired, running)) return null;
  return `it does not run as it is set up (${stateWords(observed, desired, running)}): adopting would deploy it; start it and export again`;
}
