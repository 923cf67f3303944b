// Law O7 for volumes: they stay when a stack goes, and a new stack of its name gets them. What a removed one
// had is remembered with its owner and the file that it stood in, so that another file's stack is told before
// it is made, and another owner's waits until its manifest says that it may have them.
import { z } from "zod";
import type { DesiredStack } from "../../model/desired.ts";
import { ownerOf, ownerWords } from "../../model/owner.ts";
import type { Note, Plan } from "../../model/plan.ts";
import { isOthers } from "../../plan/retained.ts";
import type { Memory } from "../memory/memory.ts";

export interface LeftVolumes {
  /** Call before a stack that left Git is removed; `before` is what Git last said of it, if that is known. */
  remember(before: DesiredStack | null): void;
  /** What stacks of this name left behind, whichever file they stood in; sorted. */
  of(stack: string): readonly string[];
  /** The plan, with a note or a conflict where it makes a stack whose volumes another one had. */
  tell(desired: DesiredStack, plan: Plan): Plan;
}

/** The longest remembered go first. */
const mostStacks = 2_000;

const leftSchema = z.object({
  volumes: z.array(z.string()).max(200),
  /** Older versions did not remember any. */
  owner: z.string().nullable().optional(),
});
type Left = z.infer<typeof leftSchema>;

function volumesOf({ services }: DesiredStack): readonly string[] {
  const names = services.flatMap(({ spec }) =>
    spec.mounts.flatMap((mount) => (mount.type === "volume" ? [mount.volume] : [])),
  );
  return [...new Set(names)].sort();
}

/** Whether the same stack had them, as far as is known. */
function isTheirOwn(desired: DesiredStack, file: string, left: Left): boolean {
  const owner = ownerOf(desired.labels);
  // A person's stack may stand in any file.
  if (left.owner !== undefined && owner !== null) return left.owner === owner;
  return file === desired.place.file && !isOthers(desired, left);
}

function words(volumes: readonly string[], file: string, owner: string | null | undefined): string {
  const [what, them] =
    volumes.length === 1 ? ["the volume", "still holds"] : ["the volumes", "still hold"];
  const whose = typeof owner === "string" ? `${file} of ${owner}` : file;
  return `${what} ${volumes.join(", ")} ${them} the data of ${whose}, which was removed`;
}

export function createLeftVolumes(memory: Memory): LeftVolumes {
  /** By stack, and then by the file it stood in. */
  const left = new Map<string, Map<string, Left>>();
  function put(stack: string, file: string, value: Left): void {
    const files = left.get(stack) ?? new Map<string, Left>();
    left.delete(stack);
    left.set(stack, files.set(file, value));
    const [oldest] = left.keys();
    if (left.size > mostStacks && oldest !== undefined) left.delete(oldest);
  }
  for (const { stack, key, value } of memory.left("volumes", leftSchema)) put(stack, key, value);

  /** Whoever had a volume last, it is theirs. */
  function takeFromOthers(stack: string, file: string, taken: ReadonlySet<string>): void {
    for (const [other, { volumes, owner }] of [...(left.get(stack) ?? [])]) {
      const rest = volumes.filter((volume) => !taken.has(volume));
      if (other === file || rest.length === volumes.length) continue;
      if (rest.length === 0) {
        left.get(stack)?.delete(other);
        memory.remove("volumes", stack, other);
      } else {
        const value = { volumes: rest, ...(owner === undefined ? {} : { owner }) };
        put(stack, other, value);
        memory.save("volumes", stack, other, value);
      }
    }
  }

  return {
    remember(before) {
      const volumes = before === null ? [] : volumesOf(before);
      if (before === null || volumes.length === 0) return;
      const { name, place, labels } = before;
      const value = { volumes: [...volumes], owner: ownerOf(labels) };
      put(name, place.file, value);
      memory.save("volumes", name, place.file, value);
      takeFromOthers(name, place.file, new Set(volumes));
    },
    of: (stack) =>
      [...new Set([...(left.get(stack)?.values() ?? [])].flatMap(({ volumes }) => volumes))].sort(),
    tell(desired, plan) {
      if (!plan.actions.some(({ type }) => type === "create-project")) return plan;
      const mine = new Set(volumesOf(desired));
      const notes: Note[] = [];
      for (const [file, one] of left.get(desired.name) ?? []) {
        const shared = one.volumes.filter((volume) => mine.has(volume));
        if (shared.length === 0 || isTheirOwn(desired, file, one)) continue;
        const message = words(shared, file, one.owner);
        if (isOthers(desired, one) && desired.adopt === false) {
          const conflict = `${message}; if ${desired.place.file} of ${ownerWords(ownerOf(desired.labels))} may have that data, or somebody has deleted it, set \`adopt: true\`, else choose another name`;
          return { ...plan, actions: [], conflict };
        }
        notes.push({ kind: "retained", message: `${message}; this stack gets it` });
      }
      return notes.length === 0 ? plan : { ...plan, notes: [...plan.notes, ...notes] };
    },
  };
}
