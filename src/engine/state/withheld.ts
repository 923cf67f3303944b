// Stacks whose secrets cannot be read now: neither broken nor desired.
import type { Desired } from "../../manifest/load.ts";
import type { Problem } from "../../model/desired.ts";

/** Why it cannot be told what a stack is to be: a source of secrets cannot be read. Null: that is not why. */
export function withheld(
  { problems, outages }: Pick<Desired, "problems" | "outages">,
  name: string,
): Problem | null {
  if (problems.some(({ stack }) => stack === name)) return null;
  return outages.find(({ stack }) => stack === name) ?? null;
}
