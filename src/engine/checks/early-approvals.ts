// Removals that somebody approved on a pull request before it was merged: kept over restarts until the pull request
// ends. An approval names a digest, so that it holds for exactly the list that was approved.
import { z } from "zod";
import type { Memory } from "../memory/memory.ts";

export interface EarlyApproval {
  readonly digest: string;
  readonly author: string;
}

export interface EarlyApprovals {
  /** A later one of the same pull request replaces it. */
  give(pull: number, approval: EarlyApproval): void;
  of(pull: number): EarlyApproval | undefined;
  /** The pull request ended, or the approval was used. */
  end(pull: number): void;
  /** The pull requests that have one. */
  pulls(): readonly number[];
}

const schema = z.object({ pull: z.number(), digest: z.string(), author: z.string() });
/** Beside those that the engine keeps, which have other values: each reads its own. */
const kind = "approval";
const keyOf = (pull: number): string => `pull ${pull}`;

/** `memory` is read when something is first asked: until then another process may lead. */
export function createEarlyApprovals(memory: Memory): EarlyApprovals {
  let known: Map<number, EarlyApproval> | null = null;
  const all = (): Map<number, EarlyApproval> =>
    (known ??= new Map(memory.left(kind, schema).map(({ value }) => [value.pull, value] as const)));
  return {
    give(pull, approval) {
      all().set(pull, approval);
      memory.save(kind, "", keyOf(pull), { pull, ...approval });
    },
    of: (pull) => all().get(pull),
    end(pull) {
      if (all().delete(pull)) memory.remove(kind, "", keyOf(pull));
    },
    pulls: () => [...all().keys()],
  };
}
