// Looking for new revisions of Git, and saying once what is new.
import type { Clock } from "../../lib/clock.ts";
import { createListeners } from "../../lib/listeners.ts";
import type { Tell } from "../../ports-telemetry.ts";
import type { EventLog } from "../events/events.ts";
import { sourceFailing } from "../events/reachable.ts";
import type { Reachable } from "../events/reachable.ts";
import { reportPolicies, reportPreviews, reportRevision } from "../events/report.ts";
import type { Change, DesiredState } from "../state/desired-state.ts";

export interface NewRevision extends Change {
  /** Why it was looked for. */
  readonly reason: string;
}

export interface Revisions {
  /** Looks for a new revision; true when something is new. Throws as the source does. */
  refresh(reason: string): Promise<boolean>;
  /** Calls `listener` for each new revision, once; the returned function ends that. */
  listen(listener: (news: NewRevision) => void): () => void;
}

export function createRevisions(options: {
  readonly desired: DesiredState;
  readonly reachable: Pick<Reachable, "sourceIs">;
  readonly events: EventLog;
  readonly clock: Clock;
  readonly tell: Tell;
  /** Why a look failed, or null and the newest revision. */
  readonly looked: (failing: string | null, newest: string | null) => void;
}): Revisions {
  const { desired, reachable, events, clock, tell, looked } = options;
  const listeners = createListeners<NewRevision>();
  /** Of the newest revision that was told. */
  let toldSequence = 0;

  async function read(): Promise<Change | null> {
    try {
      const change = await desired.refresh();
      reachable.sourceIs(null);
      return change;
    } catch (error) {
      const failing = sourceFailing(error, desired.current() === null);
      reachable.sourceIs(failing);
      // What ends because Capstan ends is nobody's failure.
      if (failing.code !== "cancelled") looked(failing.message, null);
      throw error;
    }
  }

  return {
    async refresh(reason) {
      const change = await read();
      if (change === null) {
        looked(null, desired.current()?.revision.id ?? null);
        return false;
      }
      const { loaded, changed } = change;
      // Poll and watch share one answer when they ask at once: it is news once.
      if (loaded.sequence <= toldSequence) return true;
      toldSequence = loaded.sequence;
      const { id } = loaded.revision;
      reportPreviews(events, loaded, changed);
      if (change.previewsOnly) {
        listeners.tell({ ...change, reason });
        looked(null, id);
        return true;
      }
      const isFirst = loaded.sequence === 1;
      tell({ kind: "commit-loaded", revision: id, changed, isFirst, atMs: clock.now() });
      reportRevision(events, loaded, changed.length, reason);
      if (change.policyChanges !== null) reportPolicies(events, loaded, change.policyChanges);
      listeners.tell({ ...change, reason });
      looked(null, id);
      return true;
    },
    listen: (listener) => listeners.add(listener),
  };
}
