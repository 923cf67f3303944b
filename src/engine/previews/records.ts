// The records of pull requests as they are kept over a restart.
import type { Memory } from "../memory/memory.ts";
import { recordSchema } from "./record.ts";
import type { PullRecord } from "./record.ts";

export interface Records {
  /** What is in the store is read anew when something is next asked. */
  begin(): void;
  all(): readonly PullRecord[];
  get(pull: number): PullRecord | undefined;
  /** Whether it is another one than before. */
  save(record: PullRecord): boolean;
  /** Whether there was one. */
  remove(pull: number): boolean;
}

const kind = "preview";
const keyOf = (pull: number): string => `pull ${pull}`;

export function createRecords(memory: Memory): Records {
  let known: Map<number, PullRecord> | null = null;
  const map = (): Map<number, PullRecord> =>
    (known ??= new Map(memory.left(kind, recordSchema).map(({ value }) => [value.pull, value])));
  return {
    begin() {
      known = null;
    },
    all: () => [...map().values()],
    get: (pull) => map().get(pull),
    save(record) {
      if (JSON.stringify(map().get(record.pull)) === JSON.stringify(record)) return false;
      map().set(record.pull, record);
      memory.save(kind, "", keyOf(record.pull), record);
      return true;
    },
    remove(pull) {
      if (!map().delete(pull)) return false;
      memory.remove(kind, "", keyOf(pull));
      return true;
    },
  };
}
