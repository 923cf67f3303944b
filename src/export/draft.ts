// One service on its way into a manifest: what it is on the server, and what of it is left to people because no manifest
// can say it. Kept small step by step: each finding leaves one more field alone, or the whole service out.
import { childKinds, childrenOf, rowOf } from "../model/children.ts";
import type { Child, ChildLists } from "../model/children.ts";
import { isIgnored, rootOf } from "../model/fields.ts";
import { kindOf } from "../model/kinds/table.ts";
import type { ObservedService, ServiceDetails } from "../model/observed.ts";
import type { Configured } from "../model/specs.ts";

/** Why a field is left to people. */
export interface Kept {
  readonly why: string;
  /** It stands in the manifest all the same: taken out of `ignore`, it is Git's. */
  readonly isSaid: boolean;
}

export interface Draft {
  /** In the manifest. */
  readonly name: string;
  readonly environment: string;
  readonly observed: ObservedService;
  readonly details: ServiceDetails;
  /** Its name or id in Dokploy, where that is not the manifest's; null: it is. */
  readonly adopts: string | null;
  /** The name of another server; null: Dokploy's own host. */
  readonly server: string | null;
  /** Of a compose service: another text than the file's own, without secrets; null: there is none. */
  readonly content: string | null;
  /** Variables that only the manifest has, with their values: secrets out of a compose file. */
  readonly variables: Readonly<Record<string, string>>;
  /** By field path. */
  readonly kept: Map<string, Kept>;
  /** Settings beside the manifest's, which stay as they are. */
  readonly besides: readonly string[];
}

type AnySpec = Configured["spec"];

/** The service as it is said: what is left to people has its default, unless it is said all the same. */
export function saidOf({ details, kept, variables }: Draft): Configured {
  const left = [...kept].flatMap(([path, { isSaid }]) => (isSaid ? [] : [path]));
  const isLeft = (path: string): boolean => isIgnored(left, path);
  const { fields, defaults } = kindOf(details.kind);
  let { spec }: { spec: AnySpec } = details;
  for (const row of fields) {
    if (row.type === "field") {
      if (isLeft(row.path)) spec = row.keep(spec, defaults);
    } else if (row.keep !== null) {
      spec = row.keep(spec, defaults, (name) => isLeft(`${row.path}.${name}`));
    }
  }
  // A group that is left as a whole is not there: its rows alone would leave an empty one.
  const groups = Object.entries(defaults).filter(([key]) => left.includes(key));
  const lists: Record<string, unknown> = Object.fromEntries(groups);
  for (const kind of childKinds) {
    const { root, list, key } = rowOf(kind);
    if (!(root in spec) || root in lists) continue;
    lists[root] = list(spec as Partial<ChildLists>).filter((one) => !isLeft(`${root}.${key(one)}`));
  }
  const env = { ...spec.env, ...variables };
  return { kind: details.kind, spec: { ...spec, ...lists, env } } as Configured;
}

/** The path of a child that a field path belongs to; null where it is no child's. */
function childPath(spec: AnySpec, path: string): string | null {
  const children: readonly Child[] = childrenOf(spec);
  const paths = children.map((child) => {
    const { root, key } = rowOf(child.kind);
    return `${root}.${key(child.spec)}`;
  });
  return paths.find((one) => path === one || path.startsWith(`${one}.`)) ?? null;
}

/** The field path in `ignore` for a place in a manifest; null where nothing of it can be left to people. */
export function fieldAt(draft: Draft, at: readonly (string | number)[]): string | null {
  const { kind } = draft.details;
  const [root, second] = at;
  const said = saidOf(draft).spec;
  const child = childKinds.map(rowOf).find((row) => row.root === root);
  if (child !== undefined && child.root in said) {
    const list = child.list(said);
    const one = typeof second === "number" ? list[second] : undefined;
    const key = one === undefined ? second : child.key(one);
    return key === undefined ? child.root : `${child.root}.${key}`;
  }
  const { fields } = kindOf(kind);
  for (const row of fields) {
    const steps = row.path.split(".");
    if (!steps.every((step, index) => at[index] === step)) continue;
    const name = at[steps.length];
    if (row.type === "entries" && name !== undefined) return `${row.path}.${name}`;
    return row.path;
  }
  const isGroup = fields.some(({ path }) => path.startsWith(`${String(root)}.`));
  return isGroup ? String(root) : null;
}

/** The same for a field path, as diffs have it. */
export function fieldOf({ details }: Draft, path: string): string {
  return childPath(details.spec, path) ?? path;
}

/** What cannot be left out of a manifest: it is there to say which service is meant. */
const needed: ReadonlySet<string> = new Set([
  ...["image", "git", "type", "file", "database", "user", "password", "rootPassword"],
  ...["git.url", "git.provider", "git.repository", "git.ref", "git.path", "build.type"],
]);

/** What else goes with a field that cannot be left alone by itself: a health check without its test. */
function groupOf({ details }: Draft, field: string): string | null {
  const isOne = kindOf(details.kind).fields.some(
    (row) => row.type === "field" && row.path === field,
  );
  const root = rootOf(field);
  return isOne && root !== field && !needed.has(root) ? root : null;
}

/** Leaves a field to people. False where that cannot be: the service is no use to a manifest without it. */
export function leave(draft: Draft, field: string | null, why: string): boolean {
  if (field === null || needed.has(field)) return false;
  const isLeft = isIgnored([...draft.kept.keys()], field);
  // What is said beside being left alone is not said any more.
  if (isLeft && draft.kept.get(field)?.isSaid !== true) {
    const group = groupOf(draft, field);
    return draft.kept.has(field) && group !== null && leave(draft, group, why);
  }
  draft.kept.set(field, { why, isSaid: false });
  return true;
}
