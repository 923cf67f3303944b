// For which hosts this Capstan made records, by stack: kept beyond a restart, so that what somebody else made under
// the same marks is never removed.
import { z } from "zod";
import type { Memory } from "../memory/memory.ts";

export type RememberedHosts = ReturnType<typeof createRememberedHosts>;

/** Hosts by stack, kept beyond a restart. */
export function createRememberedHosts(memory: Memory) {
  const byStack = new Map<string, Set<string>>();
  const of = (stack: string): Set<string> => {
    const hosts = byStack.get(stack) ?? new Set<string>();
    byStack.set(stack, hosts);
    return hosts;
  };
  for (const { stack, key } of memory.left("record", z.unknown())) of(stack).add(key);
  return {
    of: (stack: string): ReadonlySet<string> => byStack.get(stack) ?? new Set(),
    stacks: (): ReadonlySet<string> => new Set(byStack.keys()),
    add(stack: string, host: string): void {
      if (of(stack).has(host)) return;
      of(stack).add(host);
      memory.save("record", stack, host, {});
    },
    remove(stack: string, host: string): void {
      memory.remove("record", stack, host);
      of(stack).delete(host);
      if (of(stack).size === 0) byStack.delete(stack);
    },
  };
}
