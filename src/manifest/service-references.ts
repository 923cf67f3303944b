// What services of an environment say of themselves to the others: `$(services.db.host)`, `$(services.db.url)`. All of
// them have a host; databases have what a program needs to reach them. A compose service has a host for each service of
// its file: `$(services.queue.rabbit.host)`.
import { databaseRows, isDatabase } from "../model/kinds/database-rows.ts";
import type { IdentityField } from "../model/kinds/database-rows.ts";
import type { DatabaseKind } from "../model/specs.ts";
import type { Section } from "../model/manifest.ts";
import { child, textOf } from "./tree.ts";
import type { ScalarNode, TreeNode } from "./tree.ts";

/** What may stand after the service's name. */
export const referenceAttributes = [
  ...["host", "port", "user", "database", "password", "rootPassword", "url"],
] as const;

export interface ReferencedValue {
  readonly text: string;
  /** The secrets that are in it. */
  readonly secretNames: readonly string[];
}

export type ServiceAnswer =
  | ({ readonly kind: "value" } & ReferencedValue)
  | { readonly kind: "no-service" }
  /** With those that it has. */
  | { readonly kind: "no-attribute"; readonly known: readonly string[] }
  /** A compose service has many hosts; with the services of its file that have one. */
  | { readonly kind: "which-part"; readonly known: readonly string[] }
  /** The compose file has no such service; with those that it has. */
  | { readonly kind: "no-part"; readonly part: string; readonly known: readonly string[] }
  /** It is there, on a network of its own. */
  | { readonly kind: "unreachable"; readonly part: string; readonly isolated: boolean }
  /** It leads back to itself. */
  | { readonly kind: "circle" }
  /** What is wrong with the service is told where it stands. */
  | { readonly kind: "broken" };

export interface ServiceReferences {
  readonly names: readonly string[];
  /** `attribute`: `host`, or `rabbit.host` of a service in a compose file. */
  get(service: string, attribute: string): ServiceAnswer;
}

export interface ReferencedService {
  readonly section: Section;
  readonly tree: TreeNode;
  /** Its name on the network; the containers of a compose service have names of their own. */
  readonly host: string;
  /** Of a compose service: what its file runs; null where it has problems, which are told where they stand. */
  readonly parts?: () => ComposeParts | null;
}

export interface ComposeParts {
  readonly services: readonly string[];
  /** Those of which Capstan knows that they have their name on the shared network. */
  readonly reachable: readonly string[];
  readonly isolated: boolean;
}

function ofPart(service: ReferencedService, path: string): ServiceAnswer {
  const parts = service.parts?.() ?? null;
  if (parts === null) return { kind: "broken" };
  const dot = path.lastIndexOf(".");
  const { services, reachable, isolated } = parts;
  if (dot === -1) {
    return path === "host"
      ? { kind: "which-part", known: reachable }
      : { kind: "no-attribute", known: [] };
  }
  const part = path.slice(0, dot);
  if (!services.includes(part)) return { kind: "no-part", part, known: services };
  if (path.slice(dot + 1) !== "host") return { kind: "no-attribute", known: [`${part}.host`] };
  if (!reachable.includes(part)) return { kind: "unreachable", part, isolated };
  return { kind: "value", text: part, secretNames: [] };
}

/** `finish` resolves the references in one field of a service, and tells what is wrong with them. */
export function createServiceReferences(
  services: ReadonlyMap<string, ReferencedService>,
  finish: (field: TreeNode) => TreeNode,
): ServiceReferences {
  const underWay = new Set<string>();

  function fieldOf(service: ReferencedService, field: IdentityField): ScalarNode | null {
    const node = child(service.tree, field);
    if (node === undefined) return null;
    const finished = finish(node);
    const isFinal = finished.kind === "scalar" && finished.parts === null;
    return isFinal && typeof finished.value === "string" ? finished : null;
  }

  function answerOf(
    service: ReferencedService,
    kind: DatabaseKind,
    attribute: (typeof referenceAttributes)[number],
  ): ServiceAnswer {
    const { identity, port, url } = databaseRows[kind];
    if (attribute === "host") return { kind: "value", text: service.host, secretNames: [] };
    if (attribute === "port") return { kind: "value", text: String(port), secretNames: [] };
    const wanted =
      attribute === "url" ? identity.filter((one) => one !== "rootPassword") : [attribute];
    const values = { database: "", user: "", password: "", rootPassword: "" };
    const secretNames = new Set<string>();
    for (const field of wanted) {
      const found = fieldOf(service, field);
      if (found === null) return { kind: "broken" };
      values[field] = String(found.value);
      for (const name of found.secretNames) secretNames.add(name);
    }
    const text = attribute === "url" ? url(values, service.host) : values[attribute];
    return { kind: "value", text, secretNames: [...secretNames] };
  }

  return {
    names: [...services.keys()],
    get(name, attribute) {
      const service = services.get(name);
      if (service === undefined) return { kind: "no-service" };
      if (service.parts !== undefined) return ofPart(service, attribute);
      if (attribute === "host") return { kind: "value", text: service.host, secretNames: [] };
      if (service.section !== "databases") return { kind: "no-attribute", known: ["host"] };
      const type = textOf(child(service.tree, "type"));
      if (type === null || !isDatabase(type)) return { kind: "broken" };
      const known = referenceAttributes.filter(
        (one) =>
          ["host", "port", "url"].includes(one) ||
          databaseRows[type].identity.some((field) => field === one),
      );
      const asked = known.find((one) => one === attribute);
      if (asked === undefined) return { kind: "no-attribute", known };
      const path = `${name}.${attribute}`;
      if (underWay.has(path)) return { kind: "circle" };
      underWay.add(path);
      const answer = answerOf(service, type, asked);
      underWay.delete(path);
      return answer;
    },
  };
}
