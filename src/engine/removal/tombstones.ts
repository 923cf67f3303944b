// Law O4: what is to be removed is in the store before the first deletion, and stays there until a list
// shows that it is gone, its swarm service included. What was let go once may go: a removal that is half
// done is stopped neither by its own progress nor by a restart.
import type { Clock } from "../../lib/clock.ts";
import { swarmOn } from "../../model/observed.ts";
import type { ObservedService, Swarm } from "../../model/observed.ts";
import type { Action, Note } from "../../model/plan.ts";
import { causeText } from "../../plan/cause-words.ts";
import { servicesOf } from "../../plan/ownership.ts";
import type { Store, Tombstone } from "../../ports-store.ts";
import type { View } from "../state/world.ts";

export type NewTombstone = Omit<Tombstone, "sinceMs">;

/** What of a stack's removals is still there. */
export interface Remains {
  /** Applications that are gone while their swarm services run on. */
  readonly running: readonly Tombstone[];
  /** Whether a newer list, or one of the swarm, must tell more. */
  readonly unknown: boolean;
}

export interface Tombstones {
  /** Ids of what was let go. */
  ids(): ReadonlySet<string>;
  all(): readonly Tombstone[];
  of(stack: string): readonly Tombstone[];
  /** Stacks with something that is not known to be gone. */
  stacks(): ReadonlySet<string>;
  /** Call before the first deletion, and wait for `kept` before it goes out. */
  remember(tombstones: readonly NewTombstone[]): void;
  /** Resolves when all of them are in the store. Throws as `Store.written`: nothing may be deleted then. */
  kept(): Promise<void>;
  /** Call when deletions of a stack have been sent: only lists asked for from now on prove anything. */
  sent(stack: string): void;
  /**
   * Forgets what `view` shows to be gone, and what exists and is not `going` any more: Git has it back, or
   * it was given to people.
   */
  settle(stack: string, view: View, going: ReadonlySet<string>): Remains;
  /**
   * Forgets what `view` shows of a stack that Git has again, so that its next removal is judged anew. Call it
   * in every run, whatever comes of it; environments wait for `settle`, as only a whole plan names them.
   */
  takeBack(stack: string, view: View, going: ReadonlySet<string>): void;
  /** What of a stack runs on although its application is gone, for its plan; changes nothing. */
  notes(stack: string, view: View): readonly Note[];
}

/** Of a service. */
export function tombstoneOf(
  stack: string,
  one: Pick<ObservedService, "id" | "kind" | "appName"> & { readonly serverId?: string | null },
  reason: string,
): NewTombstone {
  const { id, kind, appName, serverId = null } = one;
  return { id, stack, kind, appName, ...(serverId === null ? {} : { serverId }), reason };
}

/** The tombstones of what a plan removes. */
export function tombstonesOf(stack: string, actions: readonly Action[]): readonly NewTombstone[] {
  return actions.flatMap((action): readonly NewTombstone[] => {
    const reason = causeText(action.cause);
    switch (action.type) {
      case "delete-service":
        return [tombstoneOf(stack, action, reason)];
      case "delete-environment":
        return [{ id: action.environmentId, stack, kind: "environment", appName: null, reason }];
      case "delete-project":
        return [{ id: action.projectId, stack, kind: "project", appName: null, reason }];
      default:
        return [];
    }
  });
}

function listedIds({ ownership }: View): ReadonlySet<string> {
  const ids = new Set<string>();
  for (const project of ownership.byId.values()) {
    ids.add(project.projectId);
    for (const { environmentId } of project.environments) ids.add(environmentId);
    for (const { service } of servicesOf(project)) ids.add(service.id);
  }
  return ids;
}

/** Whether it ran on a server that Dokploy does not have any more: nobody can look there. */
function isOnForgotten({ serverId = null }: Tombstone, { servers }: View): boolean {
  if (serverId === null || servers === undefined || servers === null) return false;
  return !servers.some(({ id }) => id === serverId);
}

export function createTombstones(store: Store, clock: Clock): Tombstones {
  const byId = new Map(store.tombstones().map((one) => [one.id, one]));
  const sentAtMs = new Map<string, number>();
  const of = (stack: string): readonly Tombstone[] =>
    [...byId.values()].filter((one) => one.stack === stack);

  function forget(ids: readonly string[]): void {
    if (ids.length > 0) store.removeTombstones(ids);
    for (const id of ids) byId.delete(id);
  }

  return {
    ids: () => new Set(byId.keys()),
    all: () => [...byId.values()],
    of,
    stacks: () => new Set([...byId.values()].map(({ stack }) => stack)),
    remember(tombstones) {
      const sinceMs = clock.now();
      const fresh = tombstones
        .filter(({ id, stack }) => byId.get(id)?.stack !== stack)
        .map((one) => ({ ...one, sinceMs: byId.get(one.id)?.sinceMs ?? sinceMs }));
      if (fresh.length === 0) return;
      store.saveTombstones(fresh);
      for (const one of fresh) byId.set(one.id, one);
    },
    kept: () => store.written(),
    sent(stack) {
      sentAtMs.set(stack, clock.now());
    },
    settle(stack, view, going) {
      const mine = of(stack);
      if (mine.length === 0) return { running: [], unknown: false };
      const listed = listedIds(view);
      const swarmOf = ({ serverId = null }: Tombstone): Swarm | null => swarmOn(view, serverId);
      const tooOld = view.takenAtMs < (sentAtMs.get(stack) ?? -Infinity);
      const done: string[] = [];
      const running: Tombstone[] = [];
      let unknown = false;
      for (const one of mine) {
        if (listed.has(one.id)) {
          if (!going.has(one.id)) done.push(one.id);
        } else if (!tooOld && isOnForgotten(one, view)) {
          done.push(one.id);
        } else if (tooOld || (one.appName !== null && swarmOf(one) === null)) {
          unknown = true;
        } else if (one.appName !== null && swarmOf(one)?.has(one.appName) === true) {
          running.push(one);
        } else {
          done.push(one.id);
        }
      }
      forget(done);
      if (of(stack).length === 0) sentAtMs.delete(stack);
      return { running, unknown };
    },
    takeBack(stack, view, going) {
      const mine = of(stack).filter(({ id, kind }) => kind !== "environment" && !going.has(id));
      if (mine.length === 0) return;
      const listed = listedIds(view);
      forget(mine.flatMap(({ id }) => (listed.has(id) ? [id] : [])));
    },
    notes(stack, view) {
      const mine = of(stack);
      if (mine.length === 0) return [];
      const listed = listedIds(view);
      return mine.flatMap(({ id, appName, serverId = null }): readonly Note[] => {
        if (listed.has(id) || appName === null) return [];
        if (swarmOn(view, serverId)?.has(appName) !== true) return [];
        const message = `the swarm service ${appName} still runs although its application was removed`;
        return [{ kind: "orphan", message }];
      });
    },
  };
}
