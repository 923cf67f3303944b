// What is remembered of drift that is proposed instead of corrected (`sync.drift: propose`): what was left on the server,
// and what a person refused, each by digests of both sides, as the values may be secrets. Losing it is harmless: what
// differs is found again as drift, and what was refused is proposed once more.
import { z } from "zod";
import type { Hasher } from "../../lib/digest.ts";
import type { DesiredStack } from "../../model/desired.ts";
import type { LeftDrift, Plan } from "../../model/plan.ts";
import type { Difference, KnownDrift } from "../../plan/input.ts";
import type { Memory } from "../memory/memory.ts";
import type { StackRecords } from "../memory/stack-records.ts";

/** One difference, by digests: equal ones are the same drift. */
export const leftEntrySchema = z.object({
  service: z.string(),
  path: z.string(),
  digest: z.string(),
});
export type LeftEntry = z.infer<typeof leftEntrySchema>;

/** More of one stack are not remembered; the oldest go first. */
const mostEntries = 500;

const entries = z.array(leftEntrySchema).max(mostEntries);
const knownSchema = z.object({
  /** A digest of what Git said of the project itself when that was last written; null: not known. */
  project: z.string().nullable(),
  left: entries,
  refused: entries,
});
type Known = z.infer<typeof knownSchema>;

export interface KnownLeft {
  /** For plans. */
  of(stack: string): KnownDrift;
  entriesOf(stack: string, left: readonly LeftDrift[]): readonly LeftEntry[];
  /** Whether a person refused it before. */
  isRefused(stack: string, entry: LeftEntry): boolean;
  /** A run carried the plan out. */
  ran(desired: DesiredStack, plan: Plan): void;
  /** A person wants these to be as Git says. */
  refuse(stack: string, entries: readonly LeftEntry[]): void;
}

export function createKnownLeft(options: {
  readonly memory: Memory;
  /** Their fields go when the stack is gone. */
  readonly records: Pick<StackRecords, "field">;
  readonly hasher: Pick<Hasher, "mac">;
}): KnownLeft {
  const { memory, records, hasher } = options;
  const byStack = records.field<Known>("left drift", (stack) => {
    memory.remove("drift", stack, "");
  });
  for (const { stack, value } of memory.left("drift", knownSchema)) byStack.set(stack, value);

  const nothing: Known = { project: null, left: [], refused: [] };
  const known = (stack: string): Known => byStack.get(stack) ?? nothing;

  function entryOf(stack: string, service: string, difference: Difference): LeftEntry {
    const { path, observed, wanted } = difference;
    const digest = hasher.mac(JSON.stringify(["drift", stack, service, path, observed, wanted]));
    return { service, path, digest };
  }
  const projectDigest = ({ name, project, variables }: DesiredStack): string =>
    hasher.mac(JSON.stringify(["project", name, project, Object.entries(variables).sort()]));
  const includes = (among: readonly LeftEntry[], one: LeftEntry): boolean =>
    among.some(({ digest }) => digest === one.digest);

  function save(stack: string, next: Known): void {
    if (JSON.stringify(next) === JSON.stringify(byStack.get(stack))) return;
    byStack.set(stack, next);
    memory.save("drift", stack, "", next);
  }
  function entriesOf(stack: string, left: readonly LeftDrift[]): readonly LeftEntry[] {
    return left.flatMap(({ service, differences }) =>
      differences.map((difference) => entryOf(stack, service, difference)),
    );
  }

  return {
    of: (stack) => ({
      has: (service) => known(stack).left.some((one) => one.service === service),
      isOld: (service, difference) =>
        includes(known(stack).left, entryOf(stack, service, difference)),
      isRefused: (service, difference) =>
        includes(known(stack).refused, entryOf(stack, service, difference)),
      isWritten: (desired) => known(stack).project === projectDigest(desired),
    }),
    entriesOf,
    isRefused: (stack, entry) => includes(known(stack).refused, entry),
    ran(desired, { left, silent }) {
      const { name } = desired;
      if (left === undefined) {
        if (desired.sync.drift === "propose" || !byStack.has(name)) return;
        byStack.delete(name);
        memory.remove("drift", name, "");
        return;
      }
      const before = known(name);
      // Of a service whose server does not answer nothing new is known.
      const unseen = before.left.filter(({ service }) => silent?.has(service) === true);
      const all = [...unseen, ...entriesOf(name, left)].slice(0, mostEntries);
      save(name, { ...before, project: projectDigest(desired), left: all });
    },
    refuse(stack, refused) {
      const before = known(stack);
      const added = refused.filter((one) => !includes(before.refused, one));
      save(stack, { ...before, refused: [...before.refused, ...added].slice(-mostEntries) });
    },
  };
}
