// A service's configuration as a flat map of field paths to canonical texts: what diffs, hashes and `ignore` work on.
import type { Row } from "./field-table.ts";
import { kindOf, managedKinds } from "./kinds/table.ts";
import type { Configured, ManagedKind } from "./specs.ts";

type AnySpec = Configured["spec"];

/** Path to canonical text; what is absent has its default. */
export type Fields = ReadonlyMap<string, string>;

/** `env` of `env.DEBUG`. */
export function rootOf(path: string): string {
  const dot = path.indexOf(".");
  return dot === -1 ? path : path.slice(0, dot);
}

/** Whether `ignore` names the path itself or something that contains it. */
export function isIgnored(ignore: readonly string[], path: string): boolean {
  return ignore.some((name) => path === name || path.startsWith(`${name}.`));
}

/** Whether a path, or something that contains it, is among `paths`. */
export function isWithin(paths: ReadonlySet<string>, path: string): boolean {
  if (paths.has(path)) return true;
  for (let dot = path.lastIndexOf("."); dot > 0; dot = path.lastIndexOf(".", dot - 1)) {
    if (paths.has(path.slice(0, dot))) return true;
  }
  return false;
}

const rows: ReadonlyMap<ManagedKind, ReadonlyMap<string, Row<AnySpec>>> = new Map(
  managedKinds.map((kind) => [kind, new Map(kindOf(kind).fields.map((row) => [row.path, row]))]),
);

/** The row of a field or of an entry; null for what is no field: `source`, `variables.DEBUG`. */
function rowOf(kind: ManagedKind, path: string): Row<AnySpec> | null {
  const ofKind = rows.get(kind);
  const exact = ofKind?.get(path);
  if (exact !== undefined) return exact;
  // `env` of `env.DEBUG`, `build.args` of `build.args.DEBUG`: the name of an entry may hold dots too.
  for (let dot = path.indexOf("."); dot > 0; dot = path.indexOf(".", dot + 1)) {
    const above = ofKind?.get(path.slice(0, dot));
    if (above?.type === "entries") return above;
  }
  return null;
}

/** An entry's field and its own name, which may hold dots: `env` and `DEBUG` of `env.DEBUG`; null for a field of one value. */
export function entryOf(
  kind: ManagedKind,
  path: string,
): { readonly field: string; readonly name: string } | null {
  const row = rowOf(kind, path);
  if (row?.type !== "entries") return null;
  return { field: row.path, name: path.slice(row.path.length + 1) };
}

/** Whether Dokploy applies it at once; every other field needs a deploy. */
export function appliesLive(kind: ManagedKind, path: string): boolean {
  return rowOf(kind, path)?.live ?? false;
}

/** Whether a text that stands there may hold a secret. What is no field of the table may. */
export function maySecret(kind: ManagedKind, path: string, text: string): boolean {
  const row = rowOf(kind, path);
  if (row === null) return true;
  return row.type === "field" ? row.maySecret : row.maySecret(text, path);
}

/** The first names of all field paths of a kind. */
export function fieldRoots(kind: ManagedKind): readonly string[] {
  return [...new Set(kindOf(kind).fields.map(({ path }) => rootOf(path)))];
}

/** What `ignore` may begin with: fields, and settings of Dokploy's own. */
export function ignorableRoots(kind: ManagedKind): readonly string[] {
  return [...fieldRoots(kind), ...kindOf(kind).settings];
}

/** All fields of a service, defaults left out. */
export function flatten({ kind, spec }: Configured): Fields {
  const fields = new Map<string, string>();
  for (const row of kindOf(kind).fields) {
    if (row.type === "field") {
      const text = row.text(spec);
      if (text !== null) fields.set(row.path, text);
    } else {
      for (const [name, text] of row.texts(spec)) fields.set(`${row.path}.${name}`, text);
    }
  }
  return fields;
}

/**
 * The spec to write: what people keep (`ignore`) is written back as it is on the server, where Dokploy stores it inside
 * one value together with what Git owns. A health check or a restart policy that Git does not have at all goes as a
 * whole, ignored parts included: what would be left of it could not stand alone. `have`: null for a new service.
 */
export function keepIgnored<Spec extends AnySpec>(
  want: { readonly kind: ManagedKind; readonly spec: Spec },
  have: Spec | null,
  ignore: readonly string[],
): Spec {
  if (ignore.length === 0) return want.spec;
  const { fields, defaults } = kindOf(want.kind);
  const there: AnySpec = have ?? defaults;
  return fields.reduce<AnySpec>((spec, row) => {
    if (row.type === "field") return isIgnored(ignore, row.path) ? row.keep(spec, there) : spec;
    const isKept = (name: string): boolean => isIgnored(ignore, `${row.path}.${name}`);
    return row.keep === null ? spec : row.keep(spec, there, isKept);
  }, want.spec) as Spec;
}
