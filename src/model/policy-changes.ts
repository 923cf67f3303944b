// What a change of policies means for the stacks that there are.
import type { Problem } from "./desired.ts";

export interface PolicyChange {
  /** Of one that cannot be read, perhaps its file. */
  readonly name: string;
  readonly file: string;
  readonly change: "added" | "changed" | "removed" | "broken";
}

export interface PolicyChanges {
  /** Sorted by name. */
  readonly policies: readonly PolicyChange[];
  /** What it would refuse of stacks that are allowed now. */
  readonly forbids: readonly Problem[];
  /** Stacks that are refused now and would be allowed; sorted. */
  readonly allows: readonly string[];
  /** Stacks that a policy judges now and none would; sorted. */
  readonly unjudged: readonly string[];
}
