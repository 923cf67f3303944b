// Reads every owned application's whole configuration once in a period, evenly spread and in batches
// (R2), to see the drift that no list shows. What differs is only reported to the queue; the stack's
// own run reads again and decides.
import type { DesiredApplication } from "../model/desired.ts";
import { ownerName } from "../model/marker.ts";
import type { ObservedApplication } from "../model/observed.ts";
import { diffApplication } from "../plan/diff.ts";
import { servicesOf } from "../plan/ownership.ts";
import type { Loaded } from "./desired-state.ts";
import type { View } from "./world.ts";

export interface Checkable {
  readonly stack: string;
  readonly applicationId: string;
  readonly desired: DesiredApplication;
}

/** Applications of this instance that Git still wants, in an order that lists cannot change. */
export function checkable(loaded: Loaded, view: View): readonly Checkable[] {
  const found: Checkable[] = [];
  for (const stack of loaded.byName.values()) {
    const owner = ownerName(view.ownership.instance, stack.name);
    const wanted = new Map(stack.services.map((service) => [service.key, service]));
    for (const project of view.ownership.owned.get(stack.name) ?? []) {
      for (const { service, marker } of servicesOf(project)) {
        if (marker?.owner !== owner || service.kind !== "application") continue;
        const desired = wanted.get(marker.key);
        if (desired === undefined || service.serverId !== null) continue;
        found.push({ stack: stack.name, applicationId: service.id, desired });
      }
    }
  }
  return found.sort((a, b) => (a.applicationId < b.applicationId ? -1 : 1));
}

export interface Rota {
  /**
   * Which of `items` are due `elapsedMs` after the last call: over one period each comes once, and any
   * stretch of time gets its share of them, to within one.
   */
  next<T>(items: readonly T[], elapsedMs: number): readonly T[];
}

export function createRota(periodMs: number): Rota {
  /** Position in the list as a share of it, so that a list that grows or shrinks loses no one's turn. */
  let position = 0;
  let owed = 0;
  return {
    next(items, elapsedMs) {
      if (items.length === 0) return [];
      owed = Math.min(items.length, owed + (items.length * elapsedMs) / periodMs);
      const count = Math.floor(owed);
      owed -= count;
      const start = Math.floor(position * items.length + 1e-9);
      position = ((start + count) % items.length) / items.length;
      return Array.from(
        { length: count },
        (_, index) => items[(start + index) % items.length],
      ).filter((item) => item !== undefined);
    },
  };
}

/** Whether a deep read shows anything that a run would have to mend. */
export function differs(desired: DesiredApplication, observed: ObservedApplication): boolean {
  const diff = diffApplication(desired, observed, null);
  return diff.run.length + diff.live.length + diff.delivery.length > 0;
}
