// At which revision each stack was last healthy: remembered in the store, and kept in Git as long as a rollback may
// return to it.
import type { HealthyRevision, Store } from "../../ports-store.ts";

export interface HealthyRecords {
  of(stack: string): HealthyRevision | undefined;
  /** In the place of what was remembered of its stack. */
  save(record: HealthyRevision): void;
  /** Has Git keep all of these revisions, unless it was asked for the same before. */
  keep(): void;
  forget(stack: string): void;
}

export interface HealthyRecordsDeps {
  readonly store: Pick<Store, "healthyRevisions" | "saveHealthyRevision" | "removeHealthyRevision">;
  /** Keeps these revisions, and no longer those of earlier calls. */
  readonly keep: (ids: readonly string[]) => Promise<void>;
}

export function createHealthyRecords({ store, keep }: HealthyRecordsDeps): HealthyRecords {
  const records = new Map(store.healthyRevisions());
  const keepLatest = keepsLatest(keep);
  let isKept = false;
  return {
    of: (stack) => records.get(stack),
    save(record) {
      store.saveHealthyRevision(record);
      records.set(record.stack, record);
      isKept = false;
    },
    keep() {
      if (isKept) return;
      isKept = true;
      keepLatest([...records.values()].map(({ revision }) => revision));
    },
    forget(stack) {
      if (records.delete(stack)) store.removeHealthyRevision(stack);
    },
  };
}

/** One call at a time, with what was asked last. */
function keepsLatest(keep: (ids: readonly string[]) => Promise<void>) {
  let next: readonly string[] | null = null;
  let busy = false;
  async function run(): Promise<void> {
    busy = true;
    while (next !== null) {
      const ids = [...new Set(next)];
      next = null;
      await keep(ids);
    }
    busy = false;
  }
  return (ids: readonly string[]): void => {
    next = ids;
    if (!busy) void run();
  };
}
