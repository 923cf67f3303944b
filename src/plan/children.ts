// The children of a service that must be made, changed or deleted, matched by what identifies each kind (see
// model/children).
//
// What Dokploy applies at once, such as an application's domains, decides by its order what the public can reach
// meanwhile. What protects is written before what it protects, and deletions come last, in reverse.
import { childKinds, childrenOf, rowOf } from "../model/children.ts";
import type { Child, ChildKind, StoredChild } from "../model/children.ts";
import type { DesiredService } from "../model/desired.ts";
import { appliesLive, isIgnored } from "../model/fields.ts";
import type { ServiceDetails } from "../model/observed.ts";

export interface ChildChange {
  readonly op: "create" | "update" | "delete";
  readonly child: Child;
  /** Null for one that is to be made. */
  readonly id: string | null;
  readonly path: string;
  /** Dokploy applies it at once; otherwise it takes effect with a deploy. */
  readonly live: boolean;
}

interface Changes {
  readonly deletes: readonly ChildChange[];
  readonly writes: readonly ChildChange[];
}

const less = (a: string, b: string): number => (a < b ? -1 : 1);

/** Of one kind of child. Sorted, as neither a manifest's lists nor a server's answers mean anything by their order. */
function changesOf(
  kind: ChildKind,
  desired: DesiredService,
  stored: readonly StoredChild[],
): Changes {
  const { root, key, text, replaces } = rowOf(kind);
  const live = appliesLive(desired.kind, root);
  const path = (child: Child): string => `${root}.${key(child.spec)}`;
  const isOwned = (child: Child): boolean =>
    child.kind === kind && !isIgnored(desired.ignore, path(child));

  const free = Map.groupBy(
    stored.filter(isOwned).sort((a, b) => less(a.id, b.id)),
    ({ spec }) => key(spec),
  );
  const deletes: ChildChange[] = [];
  const writes: ChildChange[] = [];
  const wanted = childrenOf(desired.spec)
    .filter(isOwned)
    .sort((a, b) => less(key(a.spec), key(b.spec)));
  for (const child of wanted) {
    const create: ChildChange = { op: "create", child, id: null, path: path(child), live };
    const candidates = free.get(key(child.spec)) ?? [];
    const match = candidates.find(({ spec }) => text(spec) === text(child.spec)) ?? candidates[0];
    if (match === undefined) {
      writes.push(create);
      continue;
    }
    free.set(
      key(child.spec),
      candidates.filter((one) => one !== match),
    );
    if (text(match.spec) === text(child.spec)) continue;
    if (replaces(match.spec, child.spec)) {
      deletes.push({ op: "delete", child: match, id: match.id, path: path(match), live });
      writes.push(create);
    } else {
      writes.push({ ...create, op: "update", id: match.id });
    }
  }
  for (const one of [...free.values()].flat()) {
    deletes.push({ op: "delete", child: one, id: one.id, path: path(one), live });
  }
  deletes.sort((a, b) => less(`${a.path} ${a.id ?? ""}`, `${b.path} ${b.id ?? ""}`));
  return { deletes, writes };
}

/** In the order in which they are written; `observed` null is a service that has none yet. */
export function childChanges(
  desired: DesiredService,
  observed: ServiceDetails | null,
): readonly ChildChange[] {
  const all = childKinds.map((kind) => ({
    live: appliesLive(desired.kind, rowOf(kind).root),
    ...changesOf(kind, desired, observed?.children ?? []),
  }));
  const live = all.filter((changes) => changes.live);
  return [
    // Deletions first: a target or a port may pass from one child to another.
    ...all
      .filter((changes) => !changes.live)
      .flatMap(({ deletes, writes }) => [...deletes, ...writes]),
    ...live.flatMap(({ writes }) => writes),
    ...live.reverse().flatMap(({ deletes }) => deletes),
  ];
}
