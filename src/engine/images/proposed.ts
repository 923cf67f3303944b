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
  /** Capstan is closing it: that it is closed is nobody's refusal. */
  ending: z.boolean().default(false),
});
const knownSchema = pullSchema.extend({
  /** The one in whose place it comes, until that is closed. */
  replaces: pullSchema.nullable().default(null),
});
type OnePull = z.output<typeof pullSchema>;
export type KnownPull = z.output<typeof knownSchema>;
/** One that the host has. */
export type OpenPull = OnePull & { readonly number: number };
const decidedSchema = z.object({ to: z.array(z.string()) });

export interface Proposed {
  open(): KnownPull | null;
  /** Null: there is none any more. */
  setOpen(pull: KnownPull | null): void;
  /** The one that people decide on: while its successor is about to be made, the one before. */
  shown(): OpenPull | null;
  /** The one that is to be closed, as the open one takes its place. */
  replaced(): OpenPull | null;
  /** Capstan closes it from here on. */
  ending(number: number): void;
  forget(number: number): void;
  isDecided(update: Update): boolean;
  decide(updates: readonly Update[]): void;
}

const mostOfOne = 50;

function onHost(pull: OnePull | null): OpenPull | null {
  if (pull === null) return null;
  const { number, url, branch, updates, ending } = pull;
  return number === null ? null : { number, url, branch, updates, ending };
}

export function createProposed(memory: Memory): Proposed {
  let open = memory.left("image-pull", knownSchema)[0]?.value ?? null;
  const decided = new Map<string, readonly string[]>(
    memory
      .left("image-update", decidedSchema)
      .map(({ stack, key, value }) => [`${stack} ${key}`, value.to]),
  );
  const nameOf = ({ stack, service }: Update): string => `${stack} ${service}`;
  function setOpen(pull: KnownPull | null): void {
    open = pull;
    if (pull === null) memory.remove("image-pull", "", "open");
    else memory.save("image-pull", "", "open", pull);
  }
  return {
    open: () => open,
    setOpen,
    shown: () => onHost(open?.number === null ? open.replaces : open),
    replaced() {
      const { number = null, replaces = null } = open ?? {};
      return number === null ? null : onHost(replaces);
    },
    ending(number) {
      if (open?.number === number) setOpen({ ...open, ending: true });
      else if (open?.replaces?.number === number) {
        setOpen({ ...open, replaces: { ...open.replaces, ending: true } });
      }
    },
    forget(number) {
      if (open?.number === number) setOpen(null);
      else if (open?.replaces?.number === number) setOpen({ ...open, replaces: null });
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
