// Services that people want deployed again, until that was written.
import { z } from "zod";
import { formatWant } from "../../model/marker.ts";
import type { Marker } from "../../model/marker.ts";
import type { Memory } from "../memory/memory.ts";
import type { StackRecords } from "../memory/stack-records.ts";
import type { Loaded } from "../state/desired-state.ts";

export interface Redeploys {
  /** `marker` is the service's as last listed: a later attempt than its own means that it was done. */
  deployAgain(stack: string, service: string, by: string, marker?: Marker | null): void;
  /**
   * Call with the first list: calls `again` for each redeploy that an earlier process was asked for and that
   * was not written by it.
   */
  takeUp(
    markerOf: (stack: string, service: string) => Marker | null,
    again: (stack: string, service: string, by: string) => void,
  ): void;
  /** A run of the stack begins: keys of services that it is to deploy again, with who asked. */
  beginRedeploys(stack: string): ReadonlyMap<string, string>;
  /** A run wrote what deploys the service. */
  written(stack: string, service: string): void;
  /** Drops what was asked for services that the stack no longer has. */
  settle(stack: string, loaded: Loaded | null): void;
}

const redeploySchema = z.object({ by: z.string(), want: z.string().nullable() });

interface Redeploy {
  readonly by: string;
  /** Whether the run under way knows of it: what is asked for later is not done by that run. */
  isTaken: boolean;
}

function attemptOf(marker: Marker | null): string | null {
  const want = marker?.want ?? null;
  return want === null ? null : formatWant(want);
}

export function createRedeploys(memory: Memory, records: Pick<StackRecords, "field">): Redeploys {
  /** By the service's key. */
  const redeploys = records.field<Map<string, Redeploy>>("redeploys", (stack, services) => {
    for (const service of services.keys()) memory.remove("redeploy", stack, service);
  });
  let earlier = memory.left("redeploy", redeploySchema);

  function ask(stack: string, service: string, by: string): void {
    const known = redeploys.get(stack) ?? new Map<string, Redeploy>();
    redeploys.set(stack, known.set(service, { by, isTaken: false }));
  }

  function drop(stack: string, service: string): void {
    const known = redeploys.get(stack);
    if (known?.delete(service) !== true) return;
    if (known.size === 0) redeploys.delete(stack);
    memory.remove("redeploy", stack, service);
  }

  return {
    deployAgain(stack, service, by, marker = null) {
      ask(stack, service, by);
      memory.save("redeploy", stack, service, { by, want: attemptOf(marker) });
    },
    takeUp(markerOf, again) {
      const left = earlier;
      earlier = [];
      for (const { stack, key, value } of left) {
        // W7: what was written before the end is not written a second time.
        if (attemptOf(markerOf(stack, key)) === value.want) {
          ask(stack, key, value.by);
          again(stack, key, value.by);
        } else memory.remove("redeploy", stack, key);
      }
    },
    beginRedeploys(stack) {
      const asked = [...(redeploys.get(stack) ?? [])];
      for (const [, redeploy] of asked) redeploy.isTaken = true;
      return new Map(asked.map(([service, { by }]) => [service, by]));
    },
    written(stack, service) {
      if (redeploys.get(stack)?.get(service)?.isTaken === true) drop(stack, service);
    },
    settle(stack, loaded) {
      const services = loaded?.byName.get(stack)?.services ?? [];
      for (const service of [...(redeploys.get(stack)?.keys() ?? [])]) {
        if (!services.some(({ key }) => key === service)) drop(stack, service);
      }
    },
  };
}
