// The children of an application that must be made, changed or deleted, matched by what identifies
// each kind: a domain by host and path, a mount by its target, a port by number and protocol.
//
// Dokploy applies domains, redirects and basic auth at once, so their order decides what the public can
// reach meanwhile. What protects is written before what it protects, and deletions come last, in reverse.
import type {
  ApplicationSpec,
  BasicAuthSpec,
  DesiredService,
  DomainSpec,
  MountSpec,
  PortSpec,
  RedirectSpec,
} from "../model/desired.ts";
import { defaultSpec, domainKey, portKey } from "../model/application-fields.ts";
import { flatten, isIgnored } from "../model/fields.ts";
import type { ServiceDetails, Stored } from "../model/observed.ts";
import type { Child, ChildKind } from "../model/plan.ts";

export interface ChildChange {
  readonly op: "create" | "update" | "delete";
  readonly child: Child;
  /** Null for one that is to be made. */
  readonly id: string | null;
  readonly path: string;
}

interface Row<T> {
  readonly kind: ChildKind;
  readonly root: string;
  readonly key: (spec: T) => string;
  readonly desired: (spec: ApplicationSpec) => readonly T[];
  readonly observed: (application: ServiceDetails) => readonly Stored<T>[];
  readonly child: (spec: T) => Child;
  /** A spec holding only this child, to compare canonical texts. */
  readonly alone: (spec: T) => Partial<ApplicationSpec>;
  /** Whether Dokploy cannot turn one into the other in place. */
  readonly replaces?: (stored: T, spec: T) => boolean;
}

interface Changes {
  readonly deletes: readonly ChildChange[];
  readonly writes: readonly ChildChange[];
}

/** Hides each row's own type, so that one loop can serve all kinds. */
type AnyRow = (desired: DesiredService, observed: ServiceDetails | null) => Changes;

function row<T>(definition: Row<T>): AnyRow {
  return (desired, observed) => {
    const { root, key, child } = definition;
    const path = (spec: T): string => `${root}.${key(spec)}`;
    const text = (spec: T): string | undefined =>
      flatten({ ...defaultSpec, ...definition.alone(spec) }).get(path(spec));
    const ignored = (spec: T): boolean => isIgnored(desired.ignore, path(spec));

    // Sorted, as neither a manifest's lists nor a server's answers mean anything by their order.
    const free = new Map<string, Stored<T>[]>();
    const rows = observed === null ? [] : definition.observed(observed);
    for (const stored of [...rows].sort((a, b) => (a.id < b.id ? -1 : 1))) {
      if (ignored(stored)) continue;
      free.set(key(stored), [...(free.get(key(stored)) ?? []), stored]);
    }
    const deletes: ChildChange[] = [];
    const writes: ChildChange[] = [];
    const wanted = definition.desired(desired.spec);
    for (const spec of [...wanted].sort((a, b) => (key(a) < key(b) ? -1 : 1))) {
      if (ignored(spec)) continue;
      const candidates = free.get(key(spec)) ?? [];
      const match = candidates.find((stored) => text(stored) === text(spec)) ?? candidates[0];
      if (match === undefined) {
        writes.push({ op: "create", child: child(spec), id: null, path: path(spec) });
        continue;
      }
      free.set(
        key(spec),
        candidates.filter((stored) => stored !== match),
      );
      if (text(match) === text(spec)) continue;
      if (definition.replaces?.(match, spec) === true) {
        deletes.push({ op: "delete", child: child(match), id: match.id, path: path(match) });
        writes.push({ op: "create", child: child(spec), id: null, path: path(spec) });
      } else {
        writes.push({ op: "update", child: child(spec), id: match.id, path: path(spec) });
      }
    }
    for (const stored of [...free.values()].flat()) {
      deletes.push({ op: "delete", child: child(stored), id: stored.id, path: path(stored) });
    }
    deletes.sort((a, b) => (`${a.path} ${a.id ?? ""}` < `${b.path} ${b.id ?? ""}` ? -1 : 1));
    return { deletes, writes };
  };
}

/** Applied by a deploy. */
const deployedRows: readonly AnyRow[] = [
  row<MountSpec>({
    kind: "mount",
    root: "mounts",
    key: (mount) => mount.target,
    desired: (spec) => spec.mounts,
    observed: (application) => application.children.mounts,
    child: (spec) => ({ kind: "mount", spec }),
    alone: (spec) => ({ mounts: [spec] }),
    replaces: (stored, spec) => stored.type !== spec.type,
  }),
  row<PortSpec>({
    kind: "port",
    root: "ports",
    key: portKey,
    desired: (spec) => spec.ports,
    observed: (application) => application.children.ports,
    child: (spec) => ({ kind: "port", spec }),
    alone: (spec) => ({ ports: [spec] }),
  }),
];

/** Applied at once: what protects comes before what it protects. */
const liveRows: readonly AnyRow[] = [
  row<BasicAuthSpec>({
    kind: "basicAuth",
    root: "basicAuth",
    key: (entry) => entry.username,
    desired: (spec) => spec.basicAuth,
    observed: (application) => application.children.basicAuth,
    child: (spec) => ({ kind: "basicAuth", spec }),
    alone: (spec) => ({ basicAuth: [spec] }),
  }),
  row<RedirectSpec>({
    kind: "redirect",
    root: "redirects",
    key: (redirect) => redirect.regex,
    desired: (spec) => spec.redirects,
    observed: (application) => application.children.redirects,
    child: (spec) => ({ kind: "redirect", spec }),
    alone: (spec) => ({ redirects: [spec] }),
  }),
  row<DomainSpec>({
    kind: "domain",
    root: "domains",
    key: domainKey,
    desired: (spec) => spec.domains,
    observed: (application) => application.children.domains,
    child: (spec) => ({ kind: "domain", spec }),
    alone: (spec) => ({ domains: [spec] }),
  }),
];

/** In the order in which they are written; `observed` null is an application that has none yet. */
export function childChanges(
  desired: DesiredService,
  observed: ServiceDetails | null,
): readonly ChildChange[] {
  const deployed = deployedRows.map((changes) => changes(desired, observed));
  const live = liveRows.map((changes) => changes(desired, observed));
  return [
    // Deletions first: a target or a port may pass from one child to another.
    ...deployed.flatMap(({ deletes, writes }) => [...deletes, ...writes]),
    ...live.flatMap(({ writes }) => writes),
    ...live.reverse().flatMap(({ deletes }) => deletes),
  ];
}
