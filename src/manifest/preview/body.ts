// What a stack's body becomes for a preview: its services with the preview's overlay over them, and nothing in it by
// which the preview could meet its stack on the server: hosts, ports, names on the network, volumes of others, folders
// of the host. Pure.
import { sections } from "../../model/manifest.ts";
import type { Section } from "../../model/manifest.ts";
import { previewHostPrefix, pullTitle } from "../../model/preview-name.ts";
import type { PullId } from "../../model/preview-name.ts";
import { mergeTrees, without, withoutNulls } from "../merge.ts";
import { child, emptyMap, isNull, scalar, scalars, textOf } from "../tree.ts";
import type { Entry, MapNode, ScalarNode, TreeNode } from "../tree.ts";

export interface PreviewOf extends PullId {
  /** The name of the stack that it is a preview of. */
  readonly stack: string;
}

/** Of the stack as a whole: a preview is a project of its own that nobody waits for, and that waits for nobody. */
const droppedOfStack = [
  ...["project", "dependsOn", "deletionPolicy", "suspend", "adopt", "sync"],
  ...["environments", "preview"],
];

/** Of services, unless the overlay says them. */
const droppedOfServices: Readonly<Record<Section, readonly string[]>> = {
  applications: ["ports", "aliases", "schedules", "volumeBackups"],
  databases: [
    ...["externalPort", "externalGrpcPort", "externalAdminPort", "aliases"],
    ...["backups", "volumeBackups"],
  ],
  compose: ["schedules", "backups", "volumeBackups"],
};

/** Kept data has no use: a preview's are its own and go with it. */
const keepsData: readonly Section[] = ["databases", "compose"];

function withEntry(node: MapNode, key: string, value: TreeNode): MapNode {
  const keyPlace = node.entries.get(key)?.keyPlace ?? node.place;
  return { ...node, entries: new Map([...node.entries, [key, { keyPlace, node: value }]]) };
}

function mapItems(
  node: TreeNode,
  key: string,
  change: (item: TreeNode) => TreeNode | null,
): TreeNode {
  const list = child(node, key);
  if (node.kind !== "map" || list?.kind !== "list") return node;
  const items = list.items.map(change).filter((item) => item !== null);
  return withEntry(node, key, { ...list, items });
}

const typeOf = (mount: TreeNode): string | null => textOf(child(mount, "type"));

/** A service as its stack has it, without what only the stack itself may have. */
function bare(service: TreeNode, section: Section): TreeNode {
  if (service.kind !== "map") return service;
  const left = without(service, droppedOfServices[section], service);
  const rollout = child(left, "rollout");
  const kept =
    rollout?.kind === "map"
      ? withEntry(left, "rollout", without(rollout, ["onFailure", "after"], rollout))
      : left;
  return mapItems(kept, "mounts", (mount) => (typeOf(mount) === "bind" ? null : mount));
}

/** Whichever layer says it: a volume of another one is a volume of its own here. */
function ownVolumes(service: TreeNode): TreeNode {
  return mapItems(service, "mounts", (mount) =>
    typeOf(mount) === "volume" && mount.kind === "map"
      ? without(mount, ["external"], mount)
      : mount,
  );
}

function spelling({ parts, value }: ScalarNode): string {
  return JSON.stringify(parts ?? value);
}

function prefixed(host: ScalarNode, prefix: string): ScalarNode {
  const text = { kind: "text", text: prefix } as const;
  if (host.parts !== null) return { ...host, parts: [text, ...host.parts] };
  return typeof host.value === "string"
    ? scalar(`${prefix}${host.value}`, host.place, host.secretNames)
    : host;
}

/** `other`: the same service with the stack's own name in it, by which a host is known that is made of the name. */
function ownHosts(service: TreeNode, other: TreeNode | undefined, prefix: string): TreeNode {
  const others = child(other, "domains");
  const theirs = new Set(
    others === undefined ? [] : [...scalars(others)].map(({ node }) => spelling(node)),
  );
  return mapItems(service, "domains", (domain) => {
    const host = child(domain, "host");
    if (domain.kind !== "map" || host?.kind !== "scalar" || !theirs.has(spelling(host)))
      return domain;
    return withEntry(domain, "host", prefixed(host, prefix));
  });
}

/** Whether a value outside of a service names it: `$(services.files.web.host)`. */
function isNamed(name: string, merged: ReadonlyMap<Section, MapNode>): boolean {
  const start = `services.${name}.`;
  return [...merged.values()].some(({ entries }) =>
    [...entries].some(
      ([key, { node }]) =>
        key !== name &&
        [...scalars(node)].some(({ node: { parts } }) =>
          (parts ?? []).some((part) => part.kind === "reference" && part.path.startsWith(start)),
        ),
    ),
  );
}

function sectionOf(body: MapNode, section: Section): MapNode {
  const base = child(body, section);
  const over = child(child(child(body, "preview"), "overlay"), section);
  const services = new Map<string, Entry>();
  if (base?.kind === "map") {
    for (const [name, entry] of base.entries) {
      services.set(name, { ...entry, node: bare(entry.node, section) });
    }
  }
  const plain: MapNode = {
    ...(base?.kind === "map" ? base : emptyMap(body.place)),
    entries: services,
  };
  const merged = over === undefined || isNull(over) ? plain : mergeTrees(plain, over);
  const left = withoutNulls(merged);
  return left.kind === "map" ? left : plain;
}

function forced(service: TreeNode, section: Section): TreeNode {
  if (service.kind !== "map" || !keepsData.includes(section)) return service;
  return withEntry(service, "deletionPolicy", scalar("delete", service.place));
}

function isolated(service: TreeNode): TreeNode {
  if (service.kind !== "map") return service;
  return withEntry(service, "isolated", scalar(true, service.place));
}

/**
 * `other`: the body as the stack itself has it, the references to its name filled in with the stack's own. Both are
 * merged from template and manifest already.
 */
export function previewBody(body: MapNode, other: MapNode, preview: PreviewOf): MapNode {
  const prefix = previewHostPrefix(preview);
  const overlay = child(child(body, "preview"), "overlay");
  let result = without(body, [...droppedOfStack, ...sections], body);
  result = withEntry(
    result,
    "description",
    scalar(`Preview of ${preview.stack} for pull request ${pullTitle(preview)}.`, body.place),
  );
  const server = child(overlay, "server");
  if (server !== undefined && !isNull(server)) result = withEntry(result, "server", server);
  const merged = new Map(sections.map((section) => [section, sectionOf(body, section)] as const));
  for (const [section, { entries, place }] of merged) {
    const theirs = sectionOf(other, section);
    const over = child(overlay, section);
    const services = [...entries].map(([name, entry]): [string, Entry] => {
      const hosts = ownHosts(entry.node, child(theirs, name), prefix);
      const own = forced(ownVolumes(hosts), section);
      // On the network that all share, its services would have the names of the stack's.
      const isApart =
        section === "compose" &&
        child(child(over, name), "isolated") === undefined &&
        !isNamed(name, merged);
      return [name, { ...entry, node: isApart ? isolated(own) : own }];
    });
    if (services.length === 0) continue;
    result = withEntry(result, section, { kind: "map", place, entries: new Map(services) });
  }
  return result;
}
