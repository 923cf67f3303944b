// Lists of removals that people approved (O6), each by its digest.
import { z } from "zod";
import type { Memory } from "../memory/memory.ts";

export interface Approvals {
  approve(digest: string, by?: string): void;
  approved(): readonly string[];
  /** Drops approvals of a list that waits no longer; `holds` is asked with what is approved. */
  settleApprovals(holds: (approved: ReadonlySet<string>) => boolean): void;
}

const approvalSchema = z.object({ by: z.string() });

export function createApprovals(memory: Memory): Approvals {
  const approvals = new Set(memory.left("approval", approvalSchema).map(({ key }) => key));
  return {
    approve(digest, by = "") {
      approvals.add(digest);
      memory.save("approval", "", digest, { by });
    },
    approved: () => [...approvals],
    settleApprovals(holds) {
      if (approvals.size === 0) return;
      const waits = holds(new Set());
      for (const digest of approvals) {
        if (waits && !holds(new Set([digest]))) continue;
        approvals.delete(digest);
        memory.remove("approval", "", digest);
      }
    },
  };
}
