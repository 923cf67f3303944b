// The manifests of a repository for each of its Dokploys in turn, for whoever only wants to know what is wrong: names,
// projects, hosts and all else that only one stack may have are counted for each alone.
import type { Problem } from "../model/desired.ts";
import { atDokploy } from "../model/dokploys.ts";
import type { Dokploys } from "../model/dokploys.ts";
import { loadManifests } from "./load.ts";
import type { Desired, LoadInput } from "./load.ts";
import { comparePlaces } from "./report.ts";

/** One of them, with its name; "": it has none. */
export type LoadedDokploy = readonly [dokploy: string, desired: Desired];

/** `known`: those of the operator's file; null: there is none here, and every name that a stack says is one. */
export function loadDokploys(
  input: Omit<LoadInput, "dokploys">,
  known: Dokploys | null,
): readonly LoadedDokploy[] {
  const whole = known === null ? loadManifests(input) : null;
  if (whole?.dokploysNamed.size === 0) return [["", whole]];
  const said = ["", ...(whole?.dokploysNamed ?? [])].sort();
  const dokploys = known ?? { names: said, fallback: "", rules: [] };
  return dokploys.names.map((own) => [
    own,
    loadManifests({ ...input, dokploys: { ...dokploys, own } }),
  ]);
}

/** The names of all valid stacks, as people see them, sorted. */
export function stackNames(loaded: readonly LoadedDokploy[]): readonly string[] {
  return loaded
    .flatMap(([dokploy, { stacks }]) => stacks.map(({ name }) => atDokploy(name, dokploy)))
    .sort();
}

/** Each mistake once, by its place: the stack that it is of may be called differently on each. In the order of places. */
export function onceEach(problems: readonly Problem[]): readonly Problem[] {
  const found = new Map<string, Problem>();
  for (const problem of problems) {
    const { place, message } = problem;
    const key = JSON.stringify([place.file, place.line, place.column, message]);
    if (!found.has(key)) found.set(key, problem);
  }
  return [...found.values()].sort((a, b) => comparePlaces(a.place, b.place));
}

/** Those of a single load as it has them. */
export function problemsOf(loaded: readonly LoadedDokploy[]): readonly Problem[] {
  const all = loaded.flatMap(([, { problems }]) => problems);
  return loaded.length === 1 ? all : onceEach(all);
}
