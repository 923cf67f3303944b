// Which actions of a plan correct drift, and which of them wait because their fields are fought over (H3).
// The sums are in fights; here is what is remembered of each stack between its runs.
import { z } from "zod";
import type { Action } from "../../model/plan.ts";
import type { ActionResult } from "../execution/execute.ts";
import type { StackRecords } from "../memory/stack-records.ts";
import type { Memory } from "../memory/memory.ts";
import { corrected, foughtOver, noFights, waitMs } from "./fights.ts";
import type { Fights } from "./fights.ts";

/** What a run is about: another input ends all fights of the stack. */
export interface Input {
  readonly stack: string;
  /** Of the newest change of its manifest. */
  readonly changedAt: number;
  /** Whether a person asked for a deploy. */
  readonly asked: boolean;
}

export interface Allowed {
  readonly actions: readonly Action[];
  /** Why the others wait, and for how long; null when none does. */
  readonly held: { readonly message: string; readonly afterMs: number } | null;
}

export interface Corrections {
  /** What may be carried out now. A service that waits waits whole, and removals with it. */
  allow(input: Input, actions: readonly Action[], nowMs: number): Allowed;
  /** Call with what was carried out; a text when something is fought over by now. */
  done(input: Input, results: readonly ActionResult[], nowMs: number): string | null;
  /** Call when all was as Git says: what differs from then on is drift. */
  settled(input: Input): void;
  /** What is fought over now, for people; null when nothing is. */
  message(stack: string, nowMs: number): string | null;
  forget(stack: string): void;
}

export interface CorrectionsOptions {
  readonly memory: Memory;
  /** Their fields go when the stack is gone. */
  readonly records: Pick<StackRecords, "field">;
  /** A digest of all that Git and the secrets say of a stack now. */
  readonly input: (stack: string) => string;
}

const fightsSchema = z.object({
  input: z.string(),
  settled: z.boolean(),
  fights: z
    .array(
      z.tuple([
        z.string(),
        z.object({ count: z.number(), firstMs: z.number(), lastMs: z.number() }),
      ]),
    )
    .max(100),
});

interface Known {
  readonly changedAt: number;
  settled: boolean;
  fights: Fights;
}

/** A service's key, or `project`; null for what is corrected nowhere. */
function ownerOf(action: Action): string | null {
  if ("service" in action) return action.service;
  if ("host" in action) return `the DNS record of ${action.host}`;
  return action.type === "update-project" ? "the project" : null;
}

/** The fields that an action corrects: named ones, or what runs. */
function fieldsOf(action: Action, settled: boolean): readonly string[] {
  const owner = ownerOf(action);
  const isDrift = action.cause.kind === "drift";
  if (
    owner === null ||
    (action.type.startsWith("delete-") && !("child" in action)) ||
    !(isDrift || settled)
  )
    return [];
  const named = action.changes.map(({ path }) => `${path} of ${owner}`);
  if (named.length > 0) return named;
  return isDrift && action.type === "configure-service" ? [`what runs of ${owner}`] : [];
}

function isRemoval({ type }: Action): boolean {
  return type === "delete-service" || type === "delete-environment" || type === "delete-project";
}

/** The action without what concerns those who wait; null when nothing of it is left. */
function without(action: Action, waiting: ReadonlySet<string>): Action | null {
  if (action.type === "mark") {
    const marks = action.marks.filter(({ key }) => !waiting.has(key));
    return marks.length === 0 ? null : { ...action, marks };
  }
  const owner = ownerOf(action);
  return isRemoval(action) || (owner !== null && waiting.has(owner)) ? null : action;
}

export function createCorrections(options: CorrectionsOptions): Corrections {
  const { memory, records, input: inputOf } = options;
  const remove = (stack: string): void => {
    memory.remove("fight", stack, "");
  };
  const byStack = records.field<Known>("corrections", (stack, { fights }) => {
    if (fights.size > 0) remove(stack);
  });
  /** Of earlier processes. */
  const earlier = records.field<z.infer<typeof fightsSchema>>("earlier corrections", remove);
  for (const { stack, value } of memory.left("fight", fightsSchema)) earlier.set(stack, value);

  function takeUp(stack: string): Pick<Known, "settled" | "fights"> | null {
    const left = earlier.get(stack);
    if (left?.input !== inputOf(stack)) return null;
    return { settled: left.settled, fights: new Map(left.fights) };
  }

  function of({ stack, changedAt, asked }: Input): Known {
    const known = byStack.get(stack);
    if (known?.changedAt === changedAt && !asked) return known;
    const before = known === undefined && !asked ? takeUp(stack) : null;
    const fresh: Known = { changedAt, ...(before ?? { settled: false, fights: noFights }) };
    byStack.set(stack, fresh);
    const wasFought = earlier.delete(stack) || (known?.fights.size ?? 0) > 0;
    if (before === null && wasFought) remove(stack);
    return fresh;
  }

  function keep(stack: string, { settled, fights }: Known): void {
    memory.save("fight", stack, "", { input: inputOf(stack), settled, fights: [...fights] });
  }

  return {
    allow(input, actions, nowMs) {
      const { fights, settled } = of(input);
      const waiting = new Set<string>();
      let afterMs = 0;
      for (const action of actions) {
        const owner = ownerOf(action);
        const ms = waitMs(fights, fieldsOf(action, settled), nowMs);
        if (ms === 0 || owner === null) continue;
        waiting.add(owner);
        afterMs = Math.max(afterMs, ms);
      }
      if (waiting.size === 0) return { actions, held: null };
      const what = foughtOver(fights, nowMs) ?? `${[...waiting].join(", ")} was changed again`;
      const message = `${what}; corrected again after a pause: another tool or a person keeps changing it`;
      return {
        actions: actions.flatMap((action) => without(action, waiting) ?? []),
        held: { message, afterMs },
      };
    },
    done(input, results, nowMs) {
      const known = of({ ...input, asked: false });
      const fields = results.flatMap(({ action, status }) =>
        status === "done" ? fieldsOf(action, known.settled) : [],
      );
      if (fields.length === 0) return null;
      known.fights = corrected(known.fights, fields, nowMs);
      keep(input.stack, known);
      const mine = new Map([...known.fights].filter(([field]) => fields.includes(field)));
      return foughtOver(mine, nowMs);
    },
    settled(input) {
      of({ ...input, asked: false }).settled = true;
    },
    message(stack, nowMs) {
      const known = byStack.get(stack);
      return known === undefined ? null : foughtOver(known.fights, nowMs);
    },
    forget(stack) {
      const known = byStack.get(stack);
      const wasFought = earlier.delete(stack) || (known?.fights.size ?? 0) > 0;
      if (wasFought) remove(stack);
      byStack.delete(stack);
    },
  };
}
