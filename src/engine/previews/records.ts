// The records of pull requests as they are kept over a restart.
import { pullKey } from "../../model/preview-name.ts";
import type { PullId } from "../../model/preview-name.ts";
import type { Memory } from "../memory/memory.ts";
import { idOf, recordSchema } from "./record.ts";
import type { PullRecord } from "./record.ts";

export interface Records {
  /** What is in the store is read anew when something is next asked. */
  begin(): void;
  all(): readonly PullRecord[];
  get(pull: PullId): PullRecord | undefined;
  /** Whether it is another one than before. */
  save(record: PullRecord): boolean;
  /** Whether there was one. */
  remove(pull: PullId): boolean;
}

const kind = "preview";
/** `pull 7`, `pull acme/web#7`. */
const keyOf = ({ repository, pull }: PullId): string =>
  `pull ${repository === null ? pull : pullKey({ repository, pull })}`;

export function createRecords(memory: Memory): Records {
  let known: Map<string, PullRecord> | null = null;
  const map = (): Map<string, PullRecord> =>
    (known ??= new Map(
      memory.left(kind, recordSchema).map(({ value }) => [pullKey(idOf(value)), value]),
    ));
  return {
    begin() {
      known = null;
    },
    all: () => [...map().values()],
    get: (pull) => map().get(pullKey(pull)),
    save(record) {
      const key = pullKey(idOf(record));
      if (JSON.stringify(map().get(key)) === JSON.stringify(record)) return false;
      map().set(key, record);
      memory.save(kind, "", keyOf(idOf(record)), record);
      return true;
    },
    remove(pull) {
      if (!map().delete(pullKey(pull))) return false;
      memory.remove(kind, "", keyOf(pull));
      return true;
    },
  };
}
