// What a simulator received while several processes stood ready to write: each write must come from the process whose
// lease stands in the server at that moment. Each process has an API key of its own, by which its requests are known.
import type { Simulator } from "../../src/simulator/server.ts";
import { parseLeaseText } from "../../src/model/lease-text.ts";

export interface WriteWatch {
  /** From now on what comes with this key is of that process. */
  knows(apiKey: string, pid: number): void;
  /** How many writes, those of the lease itself aside, came so far. */
  count(): number;
  /** Those that came from another process than the one that has the lease, one line each. */
  readonly trespasses: readonly string[];
}

export function watchWrites({ state, log }: Pick<Simulator, "state" | "log">): WriteWatch {
  const pids = new Map<string, number>();
  const trespasses: string[] = [];
  let count = 0;

  function holder(): number | null {
    const tag = [...state.tags.values()].find(({ name }) => name.startsWith("capstan"));
    const lease = parseLeaseText(tag?.color ?? "");
    return lease?.state === "held" ? lease.pid : null;
  }

  log.onRequest(({ number, write, procedures, apiKey }) => {
    if (!write || procedures.every((name) => name.startsWith("tag."))) return;
    count += 1;
    const by = pids.get(apiKey ?? "") ?? null;
    const held = holder();
    if (by !== null && by === held) return;
    trespasses.push(
      `${number} ${procedures.join(",")} of process ${by ?? "unknown"}, lease of ${held ?? "nobody"}`,
    );
  });

  return { knows: (apiKey, pid) => void pids.set(apiKey, pid), count: () => count, trespasses };
}
