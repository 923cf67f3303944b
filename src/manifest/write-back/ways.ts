// How a difference between Git and the server is written into a stack's own manifest: edits of its document, the best way
// first. Whether the manifest then says what the server has is for the caller to prove, by loading it. Pure.
import { childKinds, childrenOf, rowOf } from "../../model/children.ts";
import type { Child, ChildKind } from "../../model/children.ts";
import type { DesiredService, DesiredStack } from "../../model/desired.ts";
import { entryOf, rootOf } from "../../model/fields.ts";
import type { Configured } from "../../model/specs.ts";
import { removed as gone } from "../edit-value.ts";
import { withEscapes } from "../escapes.ts";
import { sectionOf } from "../kinds/table.ts";
import { aliasOf, volumeOf } from "../names.ts";
import type { Path } from "../tree.ts";
import type { PlainValue } from "../yaml-text.ts";
import { indexOf, isListed, itemOf } from "./children.ts";
import type { ItemContext } from "./children.ts";
import { isReferring, placesOf, templateWords, valueAt } from "./places.ts";
import type { ServiceInManifest } from "./places.ts";

export interface Edit {
  readonly path: Path;
  readonly value: PlainValue | typeof gone;
}

export type Ways =
  | { readonly ok: true; readonly ways: readonly (readonly Edit[])[] }
  | { readonly ok: false; readonly why: string };

/** A value that is to be written as the server has it; null: its default, or absent. */
export interface Wanted {
  readonly path: string;
  readonly observed: string | null;
  readonly wanted: string | null;
}

const no = (why: string): Ways => ({ ok: false, why });
const made = "its value is made of references";

/** Where the manifest has a service. */
function placeIn(desired: DesiredService): ServiceInManifest {
  const { environment } = desired;
  return { section: sectionOf[desired.kind], name: nameOf(desired), environment };
}

function listOf(text: string): readonly string[] | null {
  try {
    const list = JSON.parse(text) as unknown;
    const isList = Array.isArray(list) && list.every((one) => typeof one === "string");
    return isList ? list.map(withEscapes) : null;
  } catch {
    return null;
  }
}

/** The values that a manifest may have for a canonical text: which of them its schema takes, a load tells. */
function valuesOf(text: string): readonly PlainValue[] {
  const list = text.startsWith("[") ? listOf(text) : null;
  if (list !== null) return [list];
  if (/^-?(?:0|[1-9]\d*)(?:\.\d+)?$/.test(text)) return [Number(text), text];
  if (text === "true" || text === "false") return [text === "true", text];
  return [withEscapes(text)];
}

function ulimit(text: string): PlainValue {
  const [soft = "", hard = ""] = text.split(":");
  return soft === hard ? Number(soft) : { soft: Number(soft), hard: Number(hard) };
}

/** What is a default of the server's own is written where the manifest names the field. */
function defaultOf(service: Configured, path: string): PlainValue | null {
  const value = valueAt(service.spec, path.split("."));
  const isPlain = typeof value === "number" || typeof value === "boolean";
  return isPlain || (typeof value === "string" && value !== "") ? value : null;
}

interface Written {
  readonly rest: Path;
  readonly values: readonly (PlainValue | typeof gone)[];
}

/** A field of one value, or an entry of a map. */
function fieldOf(
  desired: DesiredService,
  observed: Configured,
  one: Wanted,
  stack: string,
): Written {
  const { path, observed: text } = one;
  const entry = entryOf(desired.kind, path);
  if (entry !== null) {
    const child = childKinds.find((kind) => rowOf(kind).root === entry.field);
    // A child that manifests have by name, and one of its parts.
    const dot = child === undefined ? -1 : entry.name.lastIndexOf(".");
    const names = dot === -1 ? [entry.name] : [entry.name.slice(0, dot), entry.name.slice(dot + 1)];
    const rest = [...entry.field.split("."), ...names];
    if (text === null) return { rest, values: [gone] };
    if (child !== undefined) return { rest, values: valuesOf(text) };
    return { rest, values: [entry.field === "ulimits" ? ulimit(text) : withEscapes(text)] };
  }
  if (path === "placement.spread") {
    const spread = text === null ? [] : (listOf(text) ?? []);
    const preferences = spread.map((label) => ({ spread: label }));
    return {
      rest: ["placement", "preferences"],
      values: spread.length === 0 ? [gone] : [preferences],
    };
  }
  const rest = path.split(".");
  if (text === null) {
    const fallback = defaultOf(observed, path);
    return { rest, values: fallback === null ? [gone] : [fallback, gone] };
  }
  if (path === "aliases") {
    const own = aliasOf(stack, desired.environment, nameOf(desired));
    const aliases = (listOf(text) ?? []).filter((alias) => alias !== own);
    return { rest, values: aliases.length === 0 ? [gone] : [aliases] };
  }
  return { rest, values: valuesOf(text) };
}

/** As the manifest calls it. */
function nameOf({ key }: DesiredService): string {
  return key.slice(key.indexOf("/") + 1).replace(/@.*$/, "");
}

export interface Target {
  readonly stack: DesiredStack;
  /** As Git has it. */
  readonly desired: DesiredService;
  /** As the server has it. */
  readonly observed: Configured;
}

function childAt(service: Configured, kind: ChildKind, path: string): Child | null {
  const { root, key } = rowOf(kind);
  const isIt = (child: Child): boolean =>
    child.kind === kind && `${root}.${key(child.spec)}` === path;
  return childrenOf(service.spec).find(isIt) ?? null;
}

/** A child that manifests have in a list. */
function waysOfChild(document: unknown, target: Target, kind: ChildKind, one: Wanted): Ways {
  const { stack, desired, observed } = target;
  const { root } = rowOf(kind);
  const [is, was] = [observed, desired].map((service) => childAt(service, kind, one.path));
  const place = placeIn(desired);
  const context: ItemContext = {
    volumeName: (source) => volumeOf(stack.name, desired.environment, source),
  };
  const places = placesOf(document, stack, place, [root], was !== null && was !== undefined);
  if (!places.ok) return places;
  const item = is === null || is === undefined ? null : itemOf(is, context);
  if (is !== null && is !== undefined && item === null) {
    return no("it holds a content that Capstan does not write");
  }
  const ways: (readonly Edit[])[] = [];
  for (const base of places.bases) {
    const list = valueAt(document, [...base, root]);
    const count = Array.isArray(list) ? list.length : 0;
    if (was === null || was === undefined) {
      if (item !== null) ways.push([{ path: [...base, root, count], value: item }]);
      continue;
    }
    const index = indexOf(list, was, context);
    if (index === -1) continue;
    const path = [...base, root, index];
    const before = valueAt(document, path);
    if (isReferring(before)) return no(made);
    if (item === null) ways.push([{ path, value: gone }]);
    else
      ways.push(
        changesOf(
          path,
          before as Readonly<Record<string, unknown>>,
          item,
          itemOf(was, context) ?? {},
        ),
      );
  }
  return ways.length === 0
    ? no(stack.template === null ? made : templateWords(stack))
    : { ok: true, ways };
}

/** Key by key, so that what the manifest writes in other words stays as it is. */
function changesOf(
  path: Path,
  written: Readonly<Record<string, unknown>>,
  is: Readonly<Record<string, PlainValue>>,
  was: Readonly<Record<string, PlainValue>>,
): readonly Edit[] {
  const keys = [...new Set([...Object.keys(is), ...Object.keys(was)])];
  return keys.flatMap((key): Edit[] => {
    const value = is[key];
    if (JSON.stringify(value) === JSON.stringify(was[key])) return [];
    if (value !== undefined) return [{ path: [...path, key], value }];
    return Object.hasOwn(written, key) ? [{ path: [...path, key], value: gone }] : [];
  });
}

/** How the manifest would say of a service what the server has. `document`: its own, as plain data. */
export function waysOf(document: unknown, target: Target, one: Wanted): Ways {
  const { stack, desired, observed } = target;
  if (desired.job !== undefined) return no("the command before a rollout is Capstan's own");
  const root = rootOf(one.path);
  const kind = childKinds.find((each) => rowOf(each).root === root);
  if (kind !== undefined && isListed(kind)) return waysOfChild(document, target, kind, one);
  const { rest, values } = fieldOf(desired, observed, one, stack.name);
  const place = placeIn(desired);
  const places = placesOf(document, stack, place, rest, one.wanted !== null);
  if (!places.ok) return places;
  return waysAt(document, places.bases, rest, values);
}

/** How the manifest would say of the project itself what the server has. */
export function waysOfProject(document: unknown, stack: DesiredStack, one: Wanted): Ways {
  const dot = one.path.indexOf(".");
  const rest = dot === -1 ? ["project"] : ["variables", one.path.slice(dot + 1)];
  const isOwn = valueAt(document, ["spec", ...rest]) !== undefined;
  if (stack.template !== null && one.wanted !== null && !isOwn) return no(templateWords(stack));
  const value = one.observed === null ? gone : withEscapes(one.observed);
  return waysAt(document, [["spec"]], rest, [value]);
}

function waysAt(
  document: unknown,
  bases: readonly Path[],
  rest: Path,
  values: readonly (PlainValue | typeof gone)[],
): Ways {
  if (bases.some((base) => isReferring(valueAt(document, [...base, ...rest])))) return no(made);
  const ways = bases.flatMap((base) =>
    values.map((value): readonly Edit[] => [{ path: [...base, ...rest], value }]),
  );
  return { ok: true, ways };
}
