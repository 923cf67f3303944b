// The children of services: what Dokploy keeps as rows of their own, such as domains. One row a kind of child says by
// what two are the same one, what their text is and what may hold a secret; whether a deploy is needed is a matter of
// the service that has them.
import type {
  BasicAuthSpec,
  DomainSpec,
  MountSpec,
  PortSpec,
  RedirectSpec,
  WorkloadSpec,
} from "./specs.ts";

export interface ChildSpecs {
  readonly mount: MountSpec;
  readonly port: PortSpec;
  readonly basicAuth: BasicAuthSpec;
  readonly redirect: RedirectSpec;
  readonly domain: DomainSpec;
}

export type ChildKind = keyof ChildSpecs;

export type Child = {
  readonly [K in ChildKind]: { readonly kind: K; readonly spec: ChildSpecs[K] };
}[ChildKind];

/** A child with the id that it needs to be changed or deleted. */
export type StoredChild = Child & { readonly id: string };

/** Where specs have their children. */
export interface ChildLists {
  readonly mounts: readonly MountSpec[];
  readonly ports: readonly PortSpec[];
  readonly basicAuth: readonly BasicAuthSpec[];
  readonly redirects: readonly RedirectSpec[];
  readonly domains: readonly DomainSpec[];
}

export interface ChildRow<Spec> {
  /** Its list in specs, and the first name of its field paths. */
  readonly root: keyof ChildLists;
  readonly list: (lists: Partial<ChildLists>) => readonly Spec[];
  /** What makes two of them the same one. */
  readonly key: (spec: Spec) => string;
  readonly text: (spec: Spec) => string;
  /** Whether such a text may hold a secret. */
  readonly maySecret: (text: string) => boolean;
  /** Whether Dokploy cannot turn one into the other in place. */
  readonly replaces: (stored: Spec, spec: Spec) => boolean;
}

export function domainKey(domain: Pick<DomainSpec, "host" | "path">): string {
  return domain.path === "/" ? domain.host : `${domain.host}${domain.path}`;
}

export function portKey(port: Pick<PortSpec, "published" | "protocol">): string {
  return `${port.published}/${port.protocol}`;
}

function mountText(mount: MountSpec): string {
  switch (mount.type) {
    case "volume":
      return `volume ${mount.volume}`;
    case "bind":
      return `bind ${mount.source}`;
    case "file":
      return `file ${mount.content}`;
  }
}

function domainText(domain: DomainSpec): string {
  const parts = [
    `port=${domain.port}`,
    `https=${domain.https}`,
    `certificate=${domain.certificate}`,
  ];
  if (domain.stripPath) parts.push("stripPath=true");
  if (domain.internalPath !== "/") parts.push(`internalPath=${domain.internalPath}`);
  if (domain.middlewares.length > 0) parts.push(`middlewares=${domain.middlewares.join(",")}`);
  if (domain.entrypoint !== null) parts.push(`entrypoint=${domain.entrypoint}`);
  return parts.join(" ");
}

/** Says `temporary` only where the replacement's own last word would read as one of the two. */
function redirectText({ replacement, permanent }: RedirectSpec): string {
  if (permanent) return `${replacement} permanent`;
  return / (?:permanent|temporary)$/.test(replacement) ? `${replacement} temporary` : replacement;
}

const never = (): boolean => false;
const always = (): boolean => true;

/** In the order in which they are written: what protects comes before what it protects. */
export const childRows: { readonly [K in ChildKind]: ChildRow<ChildSpecs[K]> } = {
  mount: {
    root: "mounts",
    list: ({ mounts = [] }) => mounts,
    key: ({ target }) => target,
    text: mountText,
    // Volumes' names are known to the server.
    maySecret: (text) => !text.startsWith("volume "),
    replaces: (stored, spec) => stored.type !== spec.type,
  },
  port: {
    root: "ports",
    list: ({ ports = [] }) => ports,
    key: portKey,
    text: ({ target, mode }) => `${target} ${mode}`,
    maySecret: never,
    replaces: never,
  },
  basicAuth: {
    root: "basicAuth",
    list: ({ basicAuth = [] }) => basicAuth,
    key: ({ username }) => username,
    text: ({ password }) => password,
    maySecret: always,
    replaces: never,
  },
  redirect: {
    root: "redirects",
    list: ({ redirects = [] }) => redirects,
    key: ({ regex }) => regex,
    text: redirectText,
    maySecret: always,
    replaces: never,
  },
  domain: {
    root: "domains",
    list: ({ domains = [] }) => domains,
    key: domainKey,
    text: domainText,
    // Host, path and port are known to the world.
    maySecret: (text) => / (?:internalPath|middlewares)=/.test(text),
    replaces: never,
  },
};

export const childKinds = Object.keys(childRows) as readonly ChildKind[];

/** The row of a child's kind; the caller passes it only specs of that kind. */
export function rowOf(kind: ChildKind): ChildRow<Child["spec"]> {
  return childRows[kind] as unknown as ChildRow<Child["spec"]>;
}

export function childKey({ kind, spec }: Child): string {
  return rowOf(kind).key(spec);
}

export function domainsOf({
  spec,
}: {
  readonly spec: Parameters<typeof childrenOf>[0];
}): readonly DomainSpec[] {
  return childRows.domain.list(spec);
}

export function portsOf({
  spec,
}: {
  readonly spec: Parameters<typeof childrenOf>[0];
}): readonly PortSpec[] {
  return childRows.port.list(spec);
}

/** The inverse: the lists of a spec that hold these children. Lists of kinds that are not among them are absent. */
export function listsOf(children: readonly Child[]): Partial<ChildLists> {
  const lists = Map.groupBy(children, ({ kind }) => childRows[kind].root);
  return Object.fromEntries([...lists].map(([root, list]) => [root, list.map(({ spec }) => spec)]));
}

/** All children of a spec, by kind in the order of the table, each as its list has them. */
export function childrenOf(
  spec: Pick<WorkloadSpec, "mounts"> & Partial<ChildLists>,
): readonly Child[] {
  return childKinds.flatMap((kind) =>
    rowOf(kind)
      .list(spec)
      .map((one) => ({ kind, spec: one }) as Child),
  );
}
