// What belongs to one service, as nodes of its stack's tree: domains, mounts, ports and the like. Pure.
import { childrenOf } from "../../model/children.ts";
import type { Child } from "../../model/children.ts";
import type { DesiredService } from "../../model/desired.ts";
import { childName, oneLineOf } from "../../plan/render/words.ts";
import { childId, recordId } from "./pending-changes.ts";
import type { PendingChanges } from "./pending-changes.ts";
import { blank } from "./stack-node.ts";
import type { StackNode } from "./stack-node.ts";

/** `service`: of a compose file, in which something is done. */
function timedDetail(
  text: string,
  service: string | undefined,
  { enabled }: { readonly enabled: boolean },
): string {
  return `${text}${service === undefined ? "" : `, in ${service}`}${enabled ? "" : ", off"}`;
}

function childDetail({ kind, spec }: Child): string {
  switch (kind) {
    case "domain":
      return `port ${spec.port}${spec.https ? `, certificate ${spec.certificate}` : ", http"}`;
    case "mount":
      if (spec.type === "volume") return `volume ${spec.volume}`;
      return spec.type === "bind" ? `bind ${spec.source}` : "file";
    case "port":
      return `to ${spec.target}, ${spec.mode}`;
    case "redirect":
      return `${spec.permanent ? "permanently " : ""}to ${spec.replacement}`;
    case "basicAuth":
      return "";
    case "schedule":
      return timedDetail(`${spec.cron} ${spec.timezone}`, spec.service, spec);
    case "backup":
      return timedDetail(`${spec.cron} to ${spec.destination}`, spec.within?.service, spec);
    case "volumeBackup":
      return timedDetail(`${spec.cron} to ${spec.destination}`, spec.service, spec);
  }
}

function addressOf({ kind, spec }: Child): string | null {
  if (kind !== "domain") return null;
  return `${spec.https ? "https" : "http"}://${spec.host}${spec.path === "/" ? "" : spec.path}`;
}

/** Of a domain its DNS record counts as well. */
function changeOf(
  id: string,
  child: Child,
  changes: PendingChanges,
): Pick<StackNode, "drift" | "change"> {
  const record = child.kind === "domain" ? recordId(child.spec.host) : null;
  const ofRecord = record === null ? null : changes.of(record);
  return {
    drift: changes.drifted(id) || (record !== null && changes.drifted(record)),
    change: changes.of(id) ?? (ofRecord === null ? null : "update"),
  };
}

function rank({ kind }: Child): number {
  return kind === "domain" ? 0 : 1;
}

/** Those of the manifest, and those that only an action still to be carried out names. */
export function childNodes(
  service: string,
  desired: DesiredService | null,
  changes: PendingChanges,
): readonly StackNode[] {
  const all = desired === null ? [] : childrenOf(desired.spec);
  // What people reach comes first.
  const wanted = [...all].sort((a, b) => rank(a) - rank(b));
  const known = new Map(wanted.map((child) => [childId(service, child), child]));
  for (const child of changes.childrenOf(service)) {
    const id = childId(service, child);
    if (!known.has(id)) known.set(id, child);
  }
  return [...known].map(([id, child]) => ({
    ...blank,
    id,
    kind: child.kind,
    name: oneLineOf(childName(child)),
    detail: oneLineOf(childDetail(child)),
    health: "none",
    ...changeOf(id, child, changes),
    address: addressOf(child),
  }));
}
