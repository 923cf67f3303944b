// Copies the rows of one simulated server into another, so that many tests can begin from one state.
import type { Simulator } from "../../src/simulator/server.ts";

export type WorldCopy = ReadonlyMap<string, unknown>;

/** Everything but who may ask, and what is under way. */
const leftOut: ReadonlySet<string> = new Set(["keys", "queue"]);

export function copyWorld({ state }: Simulator): WorldCopy {
  const rows = Object.entries(state).filter(
    ([name, value]) => typeof value !== "function" && !leftOut.has(name),
  );
  return new Map(rows.map(([name, value]): [string, unknown] => [name, structuredClone(value)]));
}

export function pasteWorld({ state }: Simulator, copy: WorldCopy): void {
  Object.assign(state, structuredClone(Object.fromEntries(copy)));
}
