// Law O7 for volumes: they stay when a stack goes, and a new stack of its name gets them. What a removed one
// had is remembered with the file that it stood in, so that another file's stack is told before it is made.
import { z } from "zod";
import type { DesiredStack } from "../model/desired.ts";
import type { Note, Plan } from "../model/plan.ts";
import type { Memory } from "./memory.ts";

export interface LeftVolumes {
  /** Call before a stack that left Git is removed; `before` is what Git last said of it, if that is known. */
  remember(before: DesiredStack | null): void;
  /** What stacks of this name left behind, whichever file they stood in; sorted. */
  of(stack: string): readonly string[];
  /** The plan, with a note where it makes a stack whose volumes another file's had. */
  tell(desired: DesiredStack, plan: Plan): Plan;
}

/** The longest remembered go first. */
const mostStacks = 2_000;

const leftSchema = z.object({ volumes: z.array(z.string()).max(200) });

function volumesOf({ services }: DesiredStack): readonly string[] {
  const names = services.flatMap(({ spec }) =>
    spec.mounts.flatMap((mount) => (mount.type === "volume" ? [mount.volume] : [])),
  );
  return [...new Set(names)].sort();
}

export function createLeftVolumes(memory: Memory): LeftVolumes {
  /** By stack, and then by the file it stood in. */
  const left = new Map<string, Map<string, readonly string[]>>();
  function put(stack: string, file: string, volumes: readonly string[]): void {
    const files = left.get(stack) ?? new Map<string, readonly string[]>();
    left.delete(stack);
    left.set(stack, files.set(file, volumes));
    const [oldest] = left.keys();
    if (left.size > mostStacks && oldest !== undefined) left.delete(oldest);
  }
  for (const { stack, key, value } of memory.left("volumes", leftSchema)) {
    put(stack, key, value.volumes);
  }

  return {
    remember(before) {
      const volumes = before === null ? [] : volumesOf(before);
      if (before === null || volumes.length === 0) return;
      put(before.name, before.place.file, volumes);
      memory.save("volumes", before.name, before.place.file, { volumes });
    },
    of: (stack) => [...new Set([...(left.get(stack)?.values() ?? [])].flat())].sort(),
    tell(desired, plan) {
      if (!plan.actions.some(({ type }) => type === "create-project")) return plan;
      const mine = new Set(volumesOf(desired));
      const notes = [...(left.get(desired.name) ?? [])].flatMap(([file, volumes]): Note[] => {
        const shared = volumes.filter((volume) => mine.has(volume));
        if (shared.length === 0 || file === desired.place.file) return [];
        const [what, them] =
          shared.length === 1 ? ["the volume", "still holds"] : ["the volumes", "still hold"];
        const message = `${what} ${shared.join(", ")} ${them} the data of ${file}, which was removed; this stack gets it`;
        return [{ kind: "retained", message }];
      });
      return notes.length === 0 ? plan : { ...plan, notes: [...plan.notes, ...notes] };
    },
  };
}
