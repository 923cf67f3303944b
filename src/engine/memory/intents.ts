// Law W3: after a create or a change whose answer was lost, the same one waits until two observations, some
// time apart, both lack it: a change that lands late would undo a newer one. A create is in the store before its
// request goes out, so that a process that was killed in between waits likewise when it starts again; so is a
// change, where the store can be written.
import type { Clock } from "../../lib/clock.ts";
import type { Store } from "../../ports-store.ts";

/** After this long a request of an earlier process has landed or never will. */
const forgottenAfterMs = 60_000;

export type Gate =
  | { readonly kind: "free" }
  /** Look again after this many milliseconds. */
  | { readonly kind: "wait"; readonly afterMs: number };

export interface Intents {
  /** Call before the request of a create or a change; a create waits for `kept` before it goes out. */
  begin(resource: string): void;
  /** Resolves when all that was begun is in the store. Throws as `Store.written`: nothing may go out then. */
  kept(): Promise<void>;
  /** Call when its answer came, whatever it said, or when the resource was seen. */
  end(resource: string): void;
  /** Ends all intents below `prefix` that are not among `missing`: the others were seen. */
  keepOnly(prefix: string, missing: ReadonlySet<string>): void;
  /** Whether the resource, absent from an observation asked for at `observedAtMs`, may be created or changed now. */
  gate(resource: string, observedAtMs: number): Gate;
  open(resource: string): boolean;
  /** Whether anything below `prefix` is open. */
  openBelow(prefix: string): boolean;
  /** How long until whatever was sent below `prefix` without an answer has landed or never will; 0: none. */
  settlesInMs(prefix: string): number;
}

export function createIntents(store: Store, clock: Clock, lookAgainMs: number): Intents {
  const sent = new Map<string, number>();
  const firstMissed = new Map<string, number>();
  const now = clock.now();
  for (const { resource, atMs } of store.intents()) {
    // Never later than now: the clock may have been set back since.
    if (now - atMs < forgottenAfterMs) sent.set(resource, Math.min(atMs, now));
    else store.removeIntent(resource);
  }
  function end(resource: string): void {
    if (!sent.delete(resource)) return;
    firstMissed.delete(resource);
    store.removeIntent(resource);
  }
  return {
    begin(resource) {
      const atMs = clock.now();
      store.saveIntent({ resource, atMs });
      sent.set(resource, atMs);
      firstMissed.delete(resource);
    },
    kept: () => store.written(),
    end,
    keepOnly(prefix, missing) {
      for (const resource of [...sent.keys()]) {
        if (resource.startsWith(prefix) && !missing.has(resource)) end(resource);
      }
    },
    gate(resource, observedAtMs) {
      const sentAtMs = sent.get(resource);
      if (sentAtMs === undefined) return { kind: "free" };
      if (observedAtMs <= sentAtMs) return { kind: "wait", afterMs: 0 };
      const first = firstMissed.get(resource);
      if (first === undefined) {
        firstMissed.set(resource, observedAtMs);
        return { kind: "wait", afterMs: lookAgainMs };
      }
      const rest = first + lookAgainMs - observedAtMs;
      if (rest > 0) return { kind: "wait", afterMs: rest };
      end(resource);
      return { kind: "free" };
    },
    open: (resource) => sent.has(resource),
    openBelow: (prefix) => [...sent.keys()].some((resource) => resource.startsWith(prefix)),
    settlesInMs(prefix) {
      const rests = [...sent]
        .filter(([resource]) => resource.startsWith(prefix))
        .map(([, atMs]) => atMs + lookAgainMs - clock.now());
      return Math.max(0, ...rests);
    },
  };
}
