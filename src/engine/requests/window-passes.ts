// Closed sync windows that a person passes over once (H6): until what Git said of the stack at that moment is
// carried out, or Git says something else.
import { z } from "zod";
import type { DesiredStack } from "../../model/desired.ts";
import type { Memory } from "../memory/memory.ts";
import type { StackRecords } from "../memory/stack-records.ts";
import type { Loaded } from "../state/desired-state.ts";

export interface WindowPasses {
  /** Passes over closed windows until what Git says of the stack now is carried out. */
  passWindow(stack: string, loaded: Loaded): void;
  /** The stack as it counts at this moment: without its windows while they are passed over. */
  inTurn(desired: DesiredStack, loaded: Loaded | null): DesiredStack;
  /** What was asked for is carried out as far as it can be. */
  over(stack: string): void;
}

const passSchema = z.object({ input: z.string() });

export interface WindowPassesOptions {
  readonly memory: Memory;
  readonly records: Pick<StackRecords, "field">;
  /** A digest of all that Git and the secrets say of a stack now. */
  readonly input: (stack: string) => string;
}

export function createWindowPasses({ memory, records, input }: WindowPassesOptions): WindowPasses {
  const remove = (stack: string): void => {
    memory.remove("pass", stack, "");
  };
  /** The sequence that Git had when it was asked. */
  const passes = records.field<number>("window pass", remove);
  /** Of an earlier process: what Git said then. */
  const earlier = records.field<string>("earlier window pass", remove);
  for (const { stack, value } of memory.left("pass", passSchema)) earlier.set(stack, value.input);

  /** It counts until Git says something else of the stack. */
  function takeUp(stack: string, loaded: Loaded | null): void {
    const said = earlier.get(stack);
    if (said === undefined || loaded === null) return;
    earlier.delete(stack);
    if (said === input(stack)) passes.set(stack, loaded.sequence);
    else remove(stack);
  }

  return {
    passWindow(stack, loaded) {
      earlier.delete(stack);
      passes.set(stack, loaded.sequence);
      memory.save("pass", stack, "", { input: input(stack) });
    },
    inTurn(desired, loaded) {
      takeUp(desired.name, loaded);
      const asked = passes.get(desired.name);
      if (asked === undefined || (loaded?.changedAt.get(desired.name) ?? 0) > asked) return desired;
      return { ...desired, sync: { ...desired.sync, windows: [] } };
    },
    over(stack) {
      if (passes.delete(stack)) remove(stack);
    },
  };
}
