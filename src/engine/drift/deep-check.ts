// Reads every owned service's whole configuration once in a period, evenly spread and in batches
// (R2), to see the drift that no list shows. What differs is only reported to the queue; the stack's
// own run reads again and decides.
import { hasListedApart } from "../../model/children.ts";
import type { DesiredService } from "../../model/desired.ts";
import { ownerName } from "../../model/marker.ts";
import type { ServiceDetails } from "../../model/observed.ts";
import { withoutForeign } from "../../plan/by-hand.ts";
import { withNamesOfGit } from "../../plan/volume-names.ts";
import { diffService } from "../../plan/diff.ts";
import { servicesOf } from "../../plan/ownership.ts";
import type { Loaded } from "../state/desired-state.ts";
import type { Platform } from "../../ports.ts";
import { hasFailed } from "../health/stability.ts";
import type { View } from "../state/world.ts";

export interface Checkable {
  readonly stack: string;
  readonly serviceId: string;
  readonly desired: DesiredService;
}

/** Services of this instance that Git still wants, in an order that lists cannot change. */
export function checkable(loaded: Loaded, view: View): readonly Checkable[] {
  const found: Checkable[] = [];
  for (const stack of loaded.byName.values()) {
    const owner = ownerName(view.ownership.instance, stack.name);
    const wanted = new Map(stack.services.map((service) => [service.key, service]));
    for (const project of view.ownership.owned.get(stack.name) ?? []) {
      for (const { service, marker } of servicesOf(project)) {
        if (marker?.owner !== owner) continue;
        const desired = wanted.get(marker.key);
        if (desired?.kind !== service.kind) continue;
        found.push({ stack: stack.name, serviceId: service.id, desired });
      }
    }
  }
  return found.sort((a, b) => (a.serviceId < b.serviceId ? -1 : 1));
}

export interface Rota {
  /**
   * Which of `items` are due `elapsedMs` after the last call: over one period each comes once, and any
   * stretch of time gets its share of them, to within one. `items` are sorted by their ids.
   */
  next<T extends { readonly serviceId: string }>(
    items: readonly T[],
    elapsedMs: number,
  ): readonly T[];
  /** What `next` gave last was not looked at: it comes first in the next share, and nobody's turn is lost. */
  giveBack(): void;
}

export function createRota(periodMs: number): Rota {
  /** Whose turn was last: by name, so that a list that grows or shrinks loses and repeats no one's turn. */
  let last: string | null = null;
  let lastBefore: string | null = null;
  let owed = 0;
  return {
    next(items, elapsedMs) {
      if (items.length === 0) return [];
      owed = Math.min(items.length, owed + (items.length * elapsedMs) / periodMs);
      // A share that is a hair short of whole is whole.
      const count = Math.floor(owed + 1e-9);
      owed = Math.max(0, owed - count);
      const after = last;
      const found = after === null ? 0 : items.findIndex((item) => item.serviceId > after);
      const start = Math.max(0, found);
      const due = [...items.slice(start), ...items.slice(0, start)].slice(0, count);
      lastBefore = last;
      last = due.at(-1)?.serviceId ?? last;
      return due;
    },
    giveBack() {
      last = lastBefore;
    },
  };
}

/** Whether a deep read shows anything that a run would have to mend. */
export function differs(desired: DesiredService, observed: ServiceDetails): boolean {
  const diff = diffService(
    desired,
    withoutForeign(desired, withNamesOfGit(desired, observed)),
    null,
  );
  return diff.run.length + diff.live.length + diff.delivery.length > 0;
}

/**
 * Those of `due` that a run of their stack must look at: they differ, do not stay up, or cannot be read, which
 * that run meets as well and fails alone. Throws when of several none can be read.
 */
export async function findSuspects(
  platform: Pick<Platform, "details" | "tasks">,
  due: readonly Checkable[],
  busy: ReadonlySet<string>,
): Promise<readonly Checkable[]> {
  const unreadable = new Set<string>();
  const read = await platform.details(
    due.map(({ serviceId, desired: { kind, spec } }) => ({
      ...{ kind, id: serviceId, apart: hasListedApart(spec) },
    })),
    (serviceId) => unreadable.add(serviceId),
  );
  const suspects: Checkable[] = [];
  for (const item of due) {
    const observed = read.get(item.serviceId);
    if (busy.has(item.serviceId)) continue;
    if (observed === undefined && !unreadable.has(item.serviceId)) continue;
    if (observed !== undefined && observed !== null && !differs(item.desired, observed)) {
      // A job is meant to end.
      if (item.desired.job !== undefined) continue;
      const tasks = await platform.tasks(observed.appName).catch(() => []);
      if (!hasFailed(tasks)) continue;
    }
    suspects.push(item);
  }
  return suspects;
}
