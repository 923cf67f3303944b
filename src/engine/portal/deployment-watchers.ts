// Who watches which deployment: told when something is known to have happened, and all of them from time to time,
// as no event tells of everything (a merge, for instance).
import type { Clock } from "../../lib/clock.ts";

export interface DeploymentWatchers {
  /** The returned function ends that. */
  watch(id: string, changed: () => void): () => void;
  /** Something may have changed of these. */
  tell(ids: Iterable<string>): void;
  /** Nobody is told by time any more; may be called twice. */
  close(): void;
}

/** `lookMs`: how often all are told while somebody watches. */
export function createDeploymentWatchers(
  clock: Pick<Clock, "after">,
  lookMs: number,
): DeploymentWatchers {
  const watchers = new Map<string, Set<() => void>>();
  let cancelLook: (() => void) | null = null;
  let closed = false;

  function tell(ids: Iterable<string>): void {
    for (const id of ids) for (const changed of [...(watchers.get(id) ?? [])]) changed();
  }

  function lookLater(): void {
    if (closed || cancelLook !== null || watchers.size === 0) return;
    cancelLook = clock.after(lookMs, () => {
      cancelLook = null;
      tell(watchers.keys());
      lookLater();
    });
  }

  return {
    tell,
    watch(id, changed) {
      const own = watchers.get(id) ?? new Set();
      watchers.set(id, own.add(changed));
      lookLater();
      return () => {
        own.delete(changed);
        if (own.size === 0) watchers.delete(id);
      };
    },
    close() {
      closed = true;
      cancelLook?.();
      cancelLook = null;
    },
  };
}
