// Several servers that several processes share: each process leads its part of them.
import type { DokployUnit } from "./app-dokploys.ts";
import type { Lasting } from "./app-lasting.ts";
import type { Opened } from "./app-opened.ts";
import type { OpenedUnit } from "./app-unit.ts";
import { createSpread } from "./engine/fleet/spread.ts";
import type { Spread } from "./engine/fleet/spread.ts";
import type { Clock } from "./lib/clock.ts";
import type { WholeStore } from "./store/store.ts";

export interface SpreadParts {
  readonly store: Pick<WholeStore, "replicas">;
  readonly lasting: Pick<Lasting, "replicaId" | "given">;
  readonly units: readonly DokployUnit[];
  readonly clock: Clock;
}

/** Null where there is nothing to share, or nobody to share it with. */
export function spreadOf({ store, lasting, units, clock }: SpreadParts): Spread | null {
  const replicas = store.replicas(lasting.replicaId);
  if (replicas === null || units.length < 2) return null;
  const servers = units.map(({ dokploy }) => dokploy);
  return createSpread({ replicas, servers, given: lasting.given, clock });
}

/** Nothing runs, and no rollout is followed: it may start anew. */
function isQuiet({ engine }: OpenedUnit): boolean {
  const { running, activeDeployments } = engine.state();
  return running === 0 && activeDeployments === 0;
}

/** Call it when all units are there: what was opened before is closed after the others were told. */
export function beginSpread(
  spread: Spread | null,
  units: readonly OpenedUnit[],
  opened: Opened,
): void {
  if (spread === null) return;
  spread.begin(() => units.every(isQuiet));
  opened.add(() => spread.leaving());
}
