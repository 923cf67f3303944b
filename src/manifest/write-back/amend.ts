// What the server has of a stack, written into the stack's own manifest in place, as far as it can be. Each edit is
// proven by a load: a manifest that would say anything else that is new is not proposed. Pure.
import { childKinds, rowOf } from "../../model/children.ts";
import type { DesiredStack } from "../../model/desired.ts";
import { entryOf, rootOf } from "../../model/fields.ts";
import { editValue, removed } from "../edit-value.ts";
import { stackInText } from "../stack-in-text.ts";
import type { Path } from "../tree.ts";
import { valueAt } from "./places.ts";
import { saysOnly } from "./same.ts";
import type { Placed } from "./same.ts";
import { waysOf, waysOfProject } from "./ways.ts";
import type { Edit, Target, Ways } from "./ways.ts";

export interface Change extends Placed {
  /** Null: it is the project's. */
  readonly target: Omit<Target, "stack"> | null;
}

export interface Unwritten {
  readonly service: string;
  readonly path: string;
  /** As a clause. */
  readonly why: string;
}

export interface Amended {
  readonly text: string;
  readonly written: readonly Placed[];
  readonly unwritten: readonly Unwritten[];
}

export interface AmendInput {
  /** Of the file that holds the stack's manifest. */
  readonly text: string;
  /** As that text says now. */
  readonly stack: DesiredStack;
  readonly changes: readonly Change[];
  /** The stack as a text of the file would make it; null: it would be broken. */
  readonly load: (text: string) => DesiredStack | null;
}

/** Each costs a load or more. */
const mostUnits = 40;
const mostWays = 4;

/** The stack's own document among those of the file; null: there is none. */
function documentOf(
  text: string,
  name: string,
): { readonly index: number; readonly plain: unknown } | null {
  const found = stackInText(text, name);
  if (found === null) return null;
  return { index: found.index, plain: found.document.toJS({ maxAliasCount: 100 }) };
}

/** What can only be written together: parts of one health check, of one schedule. */
function unitOf({ service, path, target }: Change): string {
  const entry = target === null ? null : entryOf(target.desired.kind, path);
  if (target === null) return `${service} ${path}`;
  if (entry === null) return `${service} ${rootOf(path)}`;
  const child = childKinds.find((kind) => rowOf(kind).root === entry.field);
  const isInParts = child !== undefined && rowOf(child).parts !== null;
  const name = isInParts ? entry.name.replace(/\.[^.]*$/, "") : entry.name;
  return `${service} ${entry.field}.${name}`;
}

/** How deep the map of a service is, or of the project: it stays, though nothing is left in it. */
function depthOf(path: Path, target: Change["target"]): number {
  if (target === null) return 1;
  return path[1] === "environments" ? 5 : 3;
}

/** Maps and lists in which nothing is left go too, where nothing of anybody's is lost by that. */
function withoutEmpty(text: string, name: string, path: Path, depth: number): string {
  let result = text;
  for (let length = path.length - 1; length > depth; length -= 1) {
    const above = path.slice(0, length);
    const document = documentOf(result, name);
    const value = valueAt(document?.plain, above);
    const isEmpty = typeof value === "object" && value !== null && Object.keys(value).length === 0;
    if (document === null || !isEmpty) break;
    const edited = editValue(result, document.index, above, removed);
    if (!edited.ok) break;
    result = edited.text;
  }
  return result;
}

type Tried =
  { readonly ok: true; readonly text: string } | { readonly ok: false; readonly why: string };

/** The text with one unit written in the `way`-th way of each of its changes. */
function apply(
  text: string,
  stack: DesiredStack,
  unit: readonly Change[],
  way: number,
): Tried & { readonly ways: number } {
  let result = text;
  let most = 0;
  for (const change of unit) {
    const document = documentOf(result, stack.name);
    if (document === null) return { ok: false, why: "its file is not valid YAML", ways: 0 };
    const { target } = change;
    const found: Ways =
      target === null
        ? waysOfProject(document.plain, stack, change)
        : waysOf(document.plain, { ...target, stack }, change);
    if (!found.ok) return { ...found, ways: 0 };
    most = Math.max(most, found.ways.length);
    const edits = found.ways[Math.min(way, found.ways.length - 1)] ?? [];
    for (const { path, value } of edits) {
      const edited = editValue(result, document.index, path, value);
      if (!edited.ok) return { ...edited, ways: most };
      result = edited.text;
    }
    const isTaken = ({ value }: Edit): boolean => value === removed;
    for (const { path } of edits.filter(isTaken)) {
      result = withoutEmpty(result, stack.name, path, depthOf(path, target));
    }
  }
  return { ok: true, text: result, ways: most };
}

const otherwise = "the manifest would say something else as well";

const placed = (unit: readonly Change[]): readonly Placed[] =>
  unit.map(({ service, path, observed, wanted }) => ({ service, path, observed, wanted }));

/** All of it in the best way of each: some changes are only right together. */
function together({ text, stack }: AmendInput, units: readonly (readonly Change[])[]): Amended {
  let progress: Amended = { text, written: [], unwritten: [] };
  for (const unit of units) {
    const tried = apply(progress.text, stack, unit, 0);
    if (tried.ok) {
      progress = { ...progress, text: tried.text, written: [...progress.written, ...placed(unit)] };
      continue;
    }
    const { why } = tried;
    const left = unit.map(({ service, path }) => ({ service, path, why }));
    progress = { ...progress, unwritten: [...progress.unwritten, ...left] };
  }
  return progress;
}

/** What the server has of the stack as its own manifest says it, as far as that can be written. */
export function amend(input: AmendInput): Amended {
  const { stack, changes } = input;
  /** Why not, as a clause; null: it says that and nothing else that is new. */
  const doubt = (text: string, written: readonly Placed[]): string | null => {
    const next = input.load(text);
    if (next === null) return "a manifest with it would be refused";
    return saysOnly(stack, next, written) ? null : otherwise;
  };
  const byUnit = [...Map.groupBy(changes, unitOf).values()];
  const adds = (unit: readonly Change[]): boolean => unit.some(({ observed }) => observed !== null);
  // What is new comes first: a list that would be empty in between would move.
  const all = [...byUnit.filter(adds), ...byUnit.filter((unit) => !adds(unit))];
  const units = all.slice(0, mostUnits);
  const tooMany = all.slice(mostUnits).flat();
  const unwritten: Unwritten[] = tooMany.map(({ service, path }) => ({
    ...{ service, path },
    why: "too much differs at once",
  }));
  const best = together(input, units);
  if (best.written.length > 0 && doubt(best.text, best.written) === null) {
    return { ...best, unwritten: [...best.unwritten, ...unwritten] };
  }
  const written: Placed[] = [];
  let { text } = input;
  for (const unit of units) {
    let why = otherwise;
    let done = false;
    let ways = 1;
    for (let way = 0; way < Math.min(ways, mostWays) && !done; way += 1) {
      const tried = apply(text, stack, unit, way);
      ways = Math.max(ways, tried.ways);
      if (!tried.ok) {
        why = tried.why;
        continue;
      }
      const doubted = doubt(tried.text, [...written, ...placed(unit)]);
      done = doubted === null;
      if (done) text = tried.text;
      why = doubted ?? why;
    }
    if (done) written.push(...placed(unit));
    else unwritten.push(...unit.map(({ service, path }) => ({ service, path, why })));
  }
  return { text, written, unwritten };
}
