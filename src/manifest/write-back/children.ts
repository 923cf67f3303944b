// How a manifest writes the children of services that it has in lists, from what the server has. One row a kind of child.
import type { Child, ChildKind, ChildSpecs } from "../../model/children.ts";
import type { PlainValue } from "../yaml-text.ts";

type Item = Readonly<Record<string, PlainValue>>;

/** Whose volumes these are: their names on the server begin with it. */
export interface ItemContext {
  /** The server's name of a volume that the manifest calls so. */
  readonly volumeName: (source: string) => string;
}

interface ListRow<Spec> {
  /** Whether an item of the manifest is this one. */
  readonly is: (item: Item, spec: Spec, context: ItemContext) => boolean;
  /** Defaults left out; null: it cannot be written. */
  readonly item: (spec: Spec, context: ItemContext) => Item | null;
}

const without = (item: Readonly<Record<string, PlainValue | undefined>>): Item =>
  Object.fromEntries(
    Object.entries(item).filter((entry): entry is [string, PlainValue] => entry[1] !== undefined),
  );

const textOf = (value: PlainValue | undefined): string =>
  typeof value === "string" || typeof value === "number" ? String(value) : "";

/** The name that a manifest of the stack has for a volume; null: it is another's. */
function sourceOf(volume: string, { volumeName }: ItemContext): string | null {
  const prefix = volumeName("");
  const source = volume.startsWith(prefix) ? volume.slice(prefix.length) : "";
  return source !== "" && volumeName(source) === volume ? source : null;
}

const rows: { readonly [K in ChildKind]: ListRow<ChildSpecs[K]> | null } = {
  domain: {
    is: (item, { host, path }) =>
      textOf(item.host).toLowerCase() === host && (textOf(item.path) || "/") === path,
    item: (domain) =>
      without({
        host: domain.host,
        path: domain.path === "/" ? undefined : domain.path,
        port: domain.port,
        https: domain.https ? true : undefined,
        certificate: domain.certificate === "none" ? undefined : domain.certificate,
        stripPath: domain.stripPath ? true : undefined,
        internalPath: domain.internalPath === "/" ? undefined : domain.internalPath,
        middlewares: domain.middlewares.length === 0 ? undefined : domain.middlewares,
        service: domain.service,
        entrypoint: domain.entrypoint ?? undefined,
      }),
  },
  port: {
    is: (item, { published, protocol }) =>
      textOf(item.published) === String(published) && (textOf(item.protocol) || "tcp") === protocol,
    item: ({ published, target, protocol, mode }) =>
      without({
        ...{ published, target },
        protocol: protocol === "tcp" ? undefined : protocol,
        mode: mode === "ingress" ? undefined : mode,
      }),
  },
  mount: {
    is: (item, { target }) => textOf(item.target) === target,
    item(mount, context) {
      switch (mount.type) {
        case "volume": {
          const source = sourceOf(mount.volume, context);
          return without({
            type: "volume",
            source: source ?? mount.volume,
            target: mount.target,
            external: source === null ? true : undefined,
          });
        }
        case "bind":
          return { type: "bind", source: mount.source, target: mount.target };
        case "file":
          return null;
      }
    },
  },
  redirect: {
    is: (item, { regex }) => textOf(item.regex) === regex,
    item: ({ regex, replacement, permanent }) =>
      without({ regex, replacement, permanent: permanent ? true : undefined }),
  },
  // A password is nothing that is written.
  basicAuth: {
    is: (item, { username }) => textOf(item.username) === username,
    item: () => null,
  },
  // Manifests have them by name: their parts are fields of their own.
  schedule: null,
  backup: null,
  volumeBackup: null,
};

function rowOf(kind: ChildKind): ListRow<Child["spec"]> | null {
  return rows[kind] as ListRow<Child["spec"]> | null;
}

/** Whether a manifest has children of that kind in a list. */
export function isListed(kind: ChildKind): boolean {
  return rowOf(kind) !== null;
}

/** The child as an item of its list; null: it cannot be written. */
export function itemOf({ kind, spec }: Child, context: ItemContext): Item | null {
  return rowOf(kind)?.item(spec, context) ?? null;
}

/** Which item of a manifest's list the child is; -1: none. */
export function indexOf(list: unknown, { kind, spec }: Child, context: ItemContext): number {
  if (!Array.isArray(list)) return -1;
  return list.findIndex(
    (item: unknown) =>
      typeof item === "object" && item !== null && rowOf(kind)?.is(item as Item, spec, context),
  );
}
