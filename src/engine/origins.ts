// Where the manifests of stacks stand whose projects outlive them (O7): by it the same stack is told from
// another one of that name when it returns.
import type { DesiredStack } from "../model/desired.ts";
import { outlivesManifest } from "../plan/retained.ts";
import type { Origin, Store } from "../ports.ts";
import { createLeftVolumes } from "./left-volumes.ts";
import type { LeftVolumes } from "./left-volumes.ts";
import type { Memory } from "./memory.ts";

export interface Origins {
  of(stack: string): Origin | null;
  /** Call after a run that wrote: from then on the project is this manifest's. */
  remember(desired: DesiredStack): void;
  /** Nothing of the stack is left. */
  forget(stack: string): void;
  /** Whose the volumes were that are left all the same. */
  readonly volumes: LeftVolumes;
}

export function createOrigins(store: Store, memory: Memory): Origins {
  const known = new Map(store.origins());
  function forget(stack: string): void {
    if (known.delete(stack)) store.removeOrigin(stack);
  }
  return {
    of: (stack) => known.get(stack) ?? null,
    remember(desired) {
      const { name: stack, project, place } = desired;
      if (!outlivesManifest(desired)) {
        forget(stack);
        return;
      }
      const before = known.get(stack);
      if (before?.project === project && before.file === place.file) return;
      const origin = { stack, project, file: place.file };
      store.saveOrigin(origin);
      known.set(stack, origin);
    },
    forget,
    volumes: createLeftVolumes(memory),
  };
}
