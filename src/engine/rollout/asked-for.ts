// Over restarts, what was asked for of a service whose rows lose their titles: without it a new process would not know
// which of them is the attempt that it takes up, and deploy a failed build once more (W7).
import { z } from "zod";
import { isFromGit } from "../../model/kinds/table.ts";
import { formatWant } from "../../model/marker.ts";
import type { Memory } from "../memory/memory.ts";
import type { StackRecords } from "../memory/stack-records.ts";
import type { RolloutRequest } from "./rollout-item.ts";

export interface AskedFor {
  /** The rows that were there when this attempt was asked for; null: nobody remembers that. */
  rowsBefore(request: RolloutRequest): readonly string[] | null;
  /** It is asked for now. */
  ask(request: RolloutRequest, rowsBefore: readonly string[]): void;
  forget(serviceId: string): void;
}

const keptSchema = z.object({ want: z.string(), rows: z.array(z.string()).max(100) });
type Kept = z.output<typeof keptSchema>;

export function createAskedFor(memory: Memory, records: Pick<StackRecords, "field">): AskedFor {
  /** By stack and the service's id. */
  const kept = records.field<Map<string, Kept>>("asked for", (stack, services) => {
    for (const id of services.keys()) memory.remove("deploy", stack, id);
  });
  let isLoaded = false;

  function load(): void {
    if (isLoaded) return;
    isLoaded = true;
    for (const { stack, key, value } of memory.left("deploy", keptSchema)) {
      kept.set(stack, (kept.get(stack) ?? new Map<string, Kept>()).set(key, value));
    }
  }

  return {
    rowsBefore({ stack, serviceId, want }) {
      load();
      const found = kept.get(stack)?.get(serviceId);
      return found?.want === formatWant(want) ? found.rows : null;
    },
    ask(request, rows) {
      const { stack, serviceId, want, desired } = request;
      if (!isFromGit(desired)) return;
      load();
      const value: Kept = { want: formatWant(want), rows: [...rows] };
      kept.set(stack, (kept.get(stack) ?? new Map<string, Kept>()).set(serviceId, value));
      memory.save("deploy", stack, serviceId, value);
    },
    forget(serviceId) {
      load();
      for (const [stack, services] of kept) {
        if (services.delete(serviceId)) memory.remove("deploy", stack, serviceId);
      }
    },
  };
}
