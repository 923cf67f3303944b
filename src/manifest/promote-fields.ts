// Which fields a promotion is asked for: images by themselves, and what somebody names by patterns. A pattern that fits
// nothing is a mistake, as it would do nothing without anybody noticing. Pure.
import type { DesiredService } from "../model/desired.ts";
import { flatten } from "../model/fields.ts";
import { CapstanError } from "../lib/errors.ts";
import { createGlob } from "./policy/glob.ts";
import { didYouMean } from "./suggest.ts";

/** The same service in both places. */
export interface Pair {
  readonly source: DesiredService;
  readonly target: DesiredService;
}

export interface AskedFields {
  has(path: string): boolean;
  /** Throws `invalid`, with what there is, for a pattern that fits no field of them. */
  mustFit(pairs: readonly Pair[], stack: string): void;
}

const mostNamed = 10;

/** The fields that any of them has, and those of them that differ. */
function fieldsOf(pairs: readonly Pair[]) {
  const [all, different] = [new Set<string>(), new Set<string>()];
  for (const { source, target } of pairs) {
    const [next, now] = [flatten(source), flatten(target)];
    for (const path of [...next.keys(), ...now.keys()]) {
      all.add(path);
      if (next.get(path) !== now.get(path)) different.add(path);
    }
  }
  return { all, different: [...different].sort() };
}

function listed(names: readonly string[]): string {
  const more = names.length > mostNamed ? ` and ${names.length - mostNamed} more` : "";
  return `${names.slice(0, mostNamed).join(", ")}${more}`;
}

export function createAskedFields(patterns: readonly string[]): AskedFields {
  const globs = patterns.map((pattern) => createGlob(pattern, "."));
  return {
    has: (path) => path === "image" || globs.some((glob) => glob.matches(path)),
    mustFit(pairs, stack) {
      if (globs.length === 0) return;
      const { all, different } = fieldsOf(pairs);
      const unfit = globs
        .filter((glob) => ![...all].some((path) => glob.matches(path)))
        .map(({ pattern }) => pattern);
      const [first] = unfit;
      if (first === undefined) return;
      if (pairs.length === 0) {
        throw new CapstanError("invalid", `no service of ${stack} is in both places`, {
          hint: "name two places that have a service of the same name",
        });
      }
      const meant = unfit.length > 1 ? null : didYouMean(first, all);
      const there =
        different.length === 0 ? "nothing differs" : `different are ${listed(different)}`;
      throw new CapstanError(
        "invalid",
        `no service of ${stack} has a field ${unfit.join(" or ")}`,
        {
          hint: meant === null ? there : `${meant} ${there}`,
        },
      );
    },
  };
}
