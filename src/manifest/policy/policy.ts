// A policy as it is judged by, and what is left of one that cannot be read: it holds what it may be about.
import type { Place } from "../../model/desired.ts";
import { isBelow } from "../files.ts";
import type { AmountName, FlagName, ListName } from "./rules.ts";
import type { Matcher } from "./subjects.ts";

export interface PolicyMatch {
  /** Null: wherever the manifest is. */
  readonly paths: readonly Matcher[] | null;
  readonly labels: readonly (readonly [name: string, value: Matcher])[];
  /** Null: whatever it is made from. */
  readonly templates: readonly Matcher[] | null;
}

export interface AllowedList {
  readonly matchers: readonly Matcher[];
  readonly place: Place;
  /** Names of environment variables in it that are not set. */
  readonly unset: readonly string[];
}

export interface Limit {
  readonly most: number;
  readonly place: Place;
}

export interface Policy {
  readonly name: string;
  readonly place: Place;
  readonly match: PolicyMatch;
  /** Those that are there; the others allow everything. */
  readonly lists: ReadonlyMap<ListName, AllowedList>;
  /** What is forbidden, and where it says so. */
  readonly forbidden: ReadonlyMap<FlagName, Place>;
  readonly limits: Readonly<
    Record<AmountName, { readonly perStack: Limit | null; readonly total: Limit | null }>
  >;
  /** What files may define; null: everything. */
  readonly manifests: { readonly kinds: ReadonlySet<string>; readonly place: Place } | null;
  /** Equal texts mean equal policies. */
  readonly text: string;
}

export interface BrokenPolicy {
  /** Null: nobody can tell. */
  readonly name: string | null;
  readonly place: Place;
  /** Null: it may be about every stack. */
  readonly match: PolicyMatch | null;
}

export interface PolicySet {
  /** Sorted by name and place. */
  readonly policies: readonly Policy[];
  readonly broken: readonly BrokenPolicy[];
}

export const noPolicies: PolicySet = { policies: [], broken: [] };

/** What decides whether a policy is about something. */
export interface Matched {
  readonly path: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly template: string | null;
}

/** The path of a file below the folder of the stacks; what is elsewhere keeps its own. */
export function pathBelow(root: string, file: string): string {
  return root !== "" && isBelow(root, file) ? file.slice(root.length + 1) : file;
}

function matchesPath({ paths }: PolicyMatch, path: string): boolean {
  return paths === null || paths.some((one) => one.allows(path));
}

export function matches(match: PolicyMatch | null, { path, labels, template }: Matched): boolean {
  if (match === null) return true;
  const { templates } = match;
  return (
    matchesPath(match, path) &&
    (templates === null || (template !== null && templates.some((one) => one.allows(template)))) &&
    match.labels.every(([name, value]) => {
      const given = Object.hasOwn(labels, name) ? labels[name] : undefined;
      return given !== undefined && value.allows(given);
    })
  );
}

/** Whether it is about everything in a file of that path, whatever else it says. */
export function matchesFile(match: PolicyMatch, path: string): boolean {
  return match.labels.length === 0 && match.templates === null && matchesPath(match, path);
}
