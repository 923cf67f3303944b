// Collects the problems of one load: each once, bounded per file, in the order of places; what only follows from another
// problem comes after all others of its file.
import type { Place, Problem } from "../model/desired.ts";

/** More problems of one file and stack than this are not kept: nobody reads the hundredth. */
const mostPerSource = 100;

/** `follows`: from another problem, which is told where it stands. `network`: see Problem. */
export type Why = Problem["policy"] | "outage" | "follows" | { readonly network: string };

export interface Report {
  add(place: Place, message: string, hint?: string | null, stack?: string | null, why?: Why): void;
  /** How many were added so far, repeated ones included: tells whether a step found any. */
  count(): number;
  sorted(): readonly Problem[];
}

export function comparePlaces(a: Place, b: Place): number {
  if (a.file !== b.file) return a.file < b.file ? -1 : 1;
  return a.line - b.line || a.column - b.column;
}

function compareTexts(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}

function because(why: Why): Pick<Problem, "policy" | "outage" | "network"> {
  if (why === undefined || why === "follows") return {};
  if (why === "outage") return { outage: true };
  return "network" in why ? { network: why.network } : { policy: why };
}

export function createReport(): Report {
  const problems = new Map<string, Problem>();
  const perSource = new Map<string, { count: number; readonly last: Problem }>();
  const following = new Set<Problem>();
  let added = 0;
  return {
    add(place, message, hint = null, stack = null, why) {
      added += 1;
      const id = JSON.stringify([place.file, place.line, place.column, message, stack]);
      if (problems.has(id)) return;
      const source = JSON.stringify([place.file, stack]);
      const problem: Problem = { place, message, hint, stack, ...because(why) };
      const seen = perSource.get(source) ?? { count: 0, last: problem };
      seen.count += 1;
      perSource.set(source, seen);
      if (why === "follows") following.add(problem);
      if (seen.count <= mostPerSource) problems.set(id, problem);
    },
    count: () => added,
    sorted() {
      const all = [...problems.values()];
      for (const { count, last } of perSource.values()) {
        if (count > mostPerSource) {
          const message = "there are more problems in this file";
          const { place, stack } = last;
          all.push({ place, stack, message, hint: "correct these first" });
        }
      }
      return all.sort(
        (a, b) =>
          compareTexts(a.place.file, b.place.file) ||
          Number(following.has(a)) - Number(following.has(b)) ||
          comparePlaces(a.place, b.place) ||
          compareTexts(a.message, b.message) ||
          compareTexts(a.stack ?? "", b.stack ?? ""),
      );
    },
  };
}

/** Counts and keeps nothing: for work that is done again when it finds a problem. */
export function createCounter(): Report {
  let count = 0;
  return {
    add() {
      count += 1;
    },
    count: () => count,
    sorted: () => [],
  };
}

/** The same report for a document whose stack has no name that could be told. */
export function withoutStack(report: Report): Report {
  return {
    ...report,
    add: (place, message, hint) => {
      report.add(place, message, hint);
    },
  };
}
