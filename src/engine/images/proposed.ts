// What was proposed, over restarts: the pull request that is open, and which updates have been decided. Each is proposed
// once, whatever became of it.
import { z } from "zod";
import type { Memory } from "../memory/memory.ts";
import type { Update } from "./updates.ts";

const updateSchema = z.object({
  stack: z.string(),
  service: z.string(),
  file: z.string(),
  from: z.string(),
  to: z.string(),
  propose: z.enum(["pull-request", "commit"]),
});
const pullSchema = z.object({
  /** Null: its branch was about to be made. */
  number: z.number().nullable(),
  url: z.string(),
  branch: z.string(),
  updates: z.array(updateSchema),
});
export type KnownPull = z.infer<typeof pullSchema>;
const decidedSchema = z.object({ to: z.array(z.string()) });

export interface Proposed {
  open(): KnownPull | null;
  /** Null: there is none any more. */
  setOpen(pull: KnownPull | null): void;
  isDecided(update: Update): boolean;
  decide(updates: readonly Update[]): void;
}

const mostOfOne = 50;

export function createProposed(memory: Memory): Proposed {
  let open = memory.left("image-pull", pullSchema)[0]?.value ?? null;
  const decided = new Map<string, readonly string[]>(
    memory
      .left("image-update", decidedSchema)
      .map(({ stack, key, value }) => [`${stack} ${key}`, value.to]),
  );
  const nameOf = ({ stack, service }: Update): string => `${stack} ${service}`;
  return {
    open: () => open,
    setOpen(pull) {
      open = pull;
      if (pull === null) memory.remove("image-pull", "", "open");
      else memory.save("image-pull", "", "open", pull);
    },
    isDecided: (update) => decided.get(nameOf(update))?.includes(update.to) === true,
    decide(updates) {
      for (const update of updates) {
        const before = decided.get(nameOf(update)) ?? [];
        const to = [...before.filter((one) => one !== update.to), update.to].slice(-mostOfOne);
        decided.set(nameOf(update), to);
        memory.save("image-update", update.stack, update.service, { to });
      }
    },
  };
}
