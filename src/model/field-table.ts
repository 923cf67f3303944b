// A service's configuration as a table: one row a field. Diffs, hashes, `ignore`, masking and what people keep are
// loops over it, so that they can never disagree about what a field is.

interface RowBase {
  /** `resources.limits.cpu`; of entries, what they stand below: `env`, `domains`. */
  readonly path: string;
  /** Dokploy applies it at once; every other field needs a deploy. */
  readonly live: boolean;
}

/** A field with one value. */
export interface FieldRow<Spec> extends RowBase {
  readonly type: "field";
  /** Null: it has its default. */
  readonly text: (spec: Spec) => string | null;
  /** `want`, with this field as `have` has it. */
  readonly keep: (want: Spec, have: Spec) => Spec;
  /** Whether a value may hold a secret, in a manifest or because somebody typed one into Dokploy. */
  readonly maySecret: boolean;
}

/** Fields whose names are people's own: variables, domains by their host. */
export interface EntriesRow<Spec> extends RowBase {
  readonly type: "entries";
  /** By name, without the path. */
  readonly texts: (spec: Spec) => ReadonlyMap<string, string>;
  /** `want`, with the entries that `isKept` names as `have` has them; null: each is written on its own. */
  readonly keep: ((want: Spec, have: Spec, isKept: (name: string) => boolean) => Spec) | null;
  /** Whether such a text, at its whole path, may hold a secret. */
  readonly maySecret: (text: string, path: string) => boolean;
}

export type Row<Spec> = FieldRow<Spec> | EntriesRow<Spec>;

/** What one field is, in the terms of its value. */
export interface FieldDefinition<Spec, Value> {
  readonly path: string;
  /** Null: nothing is set, which is the default. */
  readonly get: (spec: Spec) => Value | null;
  readonly set: (spec: Spec, value: Value | null) => Spec;
  readonly text: (value: Value) => string;
  /** The text that means the same as nothing. */
  readonly default: string | null;
  readonly live: boolean;
  readonly maySecret: boolean;
}

export function fieldRow<Spec, Value>(field: FieldDefinition<Spec, Value>): FieldRow<Spec> {
  const { path, get, set, live, maySecret } = field;
  return {
    ...{ type: "field", path, live, maySecret },
    text(spec) {
      const value = get(spec);
      const text = value === null ? null : field.text(value);
      return text === field.default ? null : text;
    },
    keep: (want, have) => set(want, get(have)),
  };
}

/**
 * Rows of Dokploy's own, such as domains. Two of one name, which Dokploy takes, have one text for both. `parts`: their
 * fields each have a text of their own.
 */
export function childrenRow<Spec, Child>(row: {
  readonly path: string;
  readonly get: (spec: Spec) => readonly Child[];
  readonly key: (child: Child) => string;
  readonly text: (child: Child) => string;
  readonly parts: ((child: Child) => Readonly<Record<string, string>>) | null;
  readonly live: boolean;
  readonly maySecret: (text: string, path: string) => boolean;
}): EntriesRow<Spec> {
  const { path, get, key, live, maySecret, parts } = row;
  const textsOf = (child: Child): readonly (readonly [name: string, text: string])[] =>
    parts === null
      ? [[key(child), row.text(child)]]
      : Object.entries(parts(child)).map(([part, text]) => [`${key(child)}.${part}`, text]);
  return {
    ...{ type: "entries", path, live, maySecret, keep: null },
    texts: (spec) =>
      new Map(
        [...Map.groupBy(get(spec).flatMap(textsOf), ([name]) => name)].map(([name, same]) => [
          name,
          same
            .map(([, text]) => text)
            .sort()
            .join(" + "),
        ]),
      ),
  };
}

/** A map of names to texts, such as `env`. */
export function mapRow<Spec>(row: {
  readonly path: string;
  readonly get: (spec: Spec) => Readonly<Record<string, string>>;
  readonly set: (spec: Spec, map: Readonly<Record<string, string>>) => Spec;
  readonly live: boolean;
  readonly maySecret: boolean;
}): EntriesRow<Spec> {
  const { path, get, set, live } = row;
  return {
    ...{ type: "entries", path, live },
    maySecret: () => row.maySecret,
    texts: (spec) => new Map(Object.entries(get(spec))),
    keep(want, have, isKept) {
      const owned = Object.entries(get(want)).filter(([name]) => !isKept(name));
      const kept = Object.entries(get(have)).filter(([name]) => isKept(name));
      return set(want, Object.fromEntries([...owned, ...kept]));
    },
  };
}
