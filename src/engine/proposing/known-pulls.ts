// The open proposal of each stack, as far as this process and earlier ones know it. Losing it is harmless: the pull
// request is found again by its branch.
import { z } from "zod";
import type { Memory } from "../memory/memory.ts";
import { leftEntrySchema } from "../drift/left-drift.ts";

const knownPullSchema = z.object({
  number: z.number(),
  /** Its page. */
  url: z.string(),
  branch: z.string(),
  /** The newest commit of Capstan's on its branch; null: not known. */
  sha: z.string().nullable(),
  /** Digests of what Capstan committed to the file, or was about to: the newest last. */
  texts: z.array(z.string()).max(10),
  /** What is put back when somebody closes it. */
  entries: z.array(leftEntrySchema),
  /** A digest of the title and the text that it has. */
  told: z.string(),
  /** Capstan is closing it itself, and why: nobody refused anything. */
  ending: z.enum(["gone", "replaced"]).nullable(),
});
export type KnownPull = z.infer<typeof knownPullSchema>;

export interface KnownPulls {
  of(stack: string): KnownPull | null;
  stacks(): readonly string[];
  save(stack: string, pull: KnownPull): void;
  forget(stack: string): void;
}

export function createKnownPulls(memory: Memory): KnownPulls {
  const byStack = new Map<string, KnownPull>(
    memory.left("proposal", knownPullSchema).map(({ stack, value }) => [stack, value]),
  );
  return {
    of: (stack) => byStack.get(stack) ?? null,
    stacks: () => [...byStack.keys()],
    save(stack, pull) {
      byStack.set(stack, pull);
      memory.save("proposal", stack, "", pull);
    },
    forget(stack) {
      if (byStack.delete(stack)) memory.remove("proposal", stack, "");
    },
  };
}

/** Where a stack's proposals are, apart from those of other instances; the end tells them apart. */
export function branchOf(instance: string, stack: string, digest: string): string {
  return `capstan/drift/${instance}/${stack}-${digest.slice(0, 8)}`;
}

/** The stack that a branch of this instance's proposals is of; null: it is another branch. */
export function stackOf(instance: string, branch: string): string | null {
  const start = `capstan/drift/${instance}/`;
  if (!branch.startsWith(start)) return null;
  return /^(.+)-[0-9a-f]{8}$/.exec(branch.slice(start.length))?.[1] ?? null;
}
