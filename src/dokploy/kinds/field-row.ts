// One field, or a group that Dokploy stores in several, both ways; and the loops over them.
import { isIgnored } from "../../model/fields.ts";
import type { Input } from "../calls.ts";
import type { NamedLists } from "../named.ts";

interface Read<Spec> {
  readonly spec: Partial<Spec>;
  /** The stored value cannot be expressed. */
  readonly foreign?: boolean;
}

export interface FieldRow<Stored, Spec> {
  /** First part of the field paths of this row. */
  readonly root: string;
  /** Dokploy's fields with the path that each one is, which `ignore` may name. */
  readonly fields: Readonly<Partial<Record<keyof Stored & string, string>>>;
  readonly read: (stored: Stored) => Read<Spec>;
  /** Values by Dokploy's field names; what is left out is not written. */
  readonly write: (
    spec: Spec,
    given: WriteGiven,
  ) => Readonly<Partial<Record<keyof Stored & string, unknown>>>;
}

/** What is needed to write beside the spec. */
export interface WriteGiven {
  /** Networks that people added. */
  readonly others: readonly unknown[];
  /** What the spec names. */
  readonly names: NamedLists;
}

/** `base` with what the rows read, and the roots whose stored value cannot be expressed. */
export function readRows<Stored, Spec>(
  rows: readonly FieldRow<Stored, Spec>[],
  stored: Stored,
  base: Spec,
): { readonly spec: Spec; readonly foreignFields: ReadonlySet<string> } {
  const foreignFields = new Set<string>();
  let spec = base;
  for (const row of rows) {
    const read = row.read(stored);
    spec = { ...spec, ...read.spec };
    if (read.foreign === true) foreignFields.add(row.root);
  }
  return { spec, foreignFields };
}

/** Dokploy's fields for a spec; what people keep is left out. */
export function writeRows<Stored, Spec>(
  rows: readonly FieldRow<Stored, Spec>[],
  spec: Spec,
  given: WriteGiven & { readonly ignore: readonly string[] },
): Input {
  const input: Record<string, unknown> = {};
  for (const row of rows) {
    const values = row.write(spec, given);
    for (const [name, path] of Object.entries<string | undefined>(row.fields)) {
      if (path === undefined || isIgnored(given.ignore, path)) continue;
      const value = values[name as keyof Stored & string];
      if (value !== undefined) input[name] = value;
    }
  }
  return input;
}

/** Settings of Dokploy's own with the value that Capstan gives them; what people keep is left out. */
export function unlessKept(
  settings: Readonly<Record<string, unknown>>,
  { ignore }: { readonly ignore: readonly string[] },
): Input {
  return Object.fromEntries(Object.entries(settings).filter(([path]) => !isIgnored(ignore, path)));
}
