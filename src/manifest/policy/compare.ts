// Two sets of policies compared: what changed in them, and what that means for the stacks that there are.
import type { PolicyChange, PolicyChanges } from "../../model/policy-changes.ts";
import type { StackAsked } from "./asked.ts";
import { isAbout, judge } from "./judge.ts";
import type { PolicySet } from "./policy.ts";

interface Named {
  readonly name: string;
  readonly file: string;
  readonly text: string;
  readonly isBroken: boolean;
}

function namedOf({ policies, broken }: PolicySet): ReadonlyMap<string, Named> {
  const whole = policies.map(({ name, place, text }): Named => ({
    ...{ name, file: place.file, text, isBroken: false },
  }));
  const unread = broken.map(({ name, place }): Named => ({
    ...{ name: name ?? place.file, file: place.file, text: "", isBroken: true },
  }));
  const all = [...whole, ...unread];
  return new Map(all.map((one) => [`${one.name}\n${one.file}`, one]));
}

function changesOf(before: PolicySet, after: PolicySet): readonly PolicyChange[] {
  const [old, now] = [namedOf(before), namedOf(after)];
  const keys = [...new Set([...old.keys(), ...now.keys()])].sort();
  return keys.flatMap((key): readonly PolicyChange[] => {
    const [was, is] = [old.get(key), now.get(key)];
    if (is === undefined) {
      return was === undefined ? [] : [{ name: was.name, file: was.file, change: "removed" }];
    }
    const { name, file, isBroken } = is;
    if (was?.text === is.text && was.isBroken === isBroken) return [];
    if (isBroken) return [{ name, file, change: "broken" }];
    return [{ name, file, change: was === undefined ? "added" : "changed" }];
  });
}

/** Null: nothing differs but where policies stand in their files. `asked`: of all stacks, as they would be. */
export function comparePolicies(
  before: PolicySet,
  after: PolicySet,
  asked: readonly StackAsked[],
  root: string,
): PolicyChanges | null {
  const policies = changesOf(before, after);
  if (policies.length === 0) return null;
  const [old, now] = [judge(before, asked, { root }), judge(after, asked, { root })];
  const isJudged = ({ policies: whole, broken }: PolicySet, stack: StackAsked): boolean =>
    [...whole, ...broken].some((one) => isAbout(one, stack, root));
  const names = asked.map(({ name }) => name).sort();
  return {
    policies,
    forbids: names
      .filter((name) => !old.has(name))
      .flatMap((name) => now.get(name) ?? [])
      .map(({ stack, place, message, hint, policy }) => ({ stack, place, message, hint, policy })),
    allows: names.filter((name) => old.has(name) && !now.has(name)),
    unjudged: asked
      .filter((stack) => isJudged(before, stack) && !isJudged(after, stack))
      .map(({ name }) => name)
      .sort(),
  };
}
