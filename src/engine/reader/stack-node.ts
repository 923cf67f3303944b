// One resource of a stack, as its tree shows it.
import type { ChildKind } from "../../model/children.ts";
import type {
  ObservedEnvironment,
  ObservedProject,
  ObservedService,
  ServiceKind,
} from "../../model/observed.ts";
import type { NodeHealth } from "./node-health.ts";
import type { NodeChange } from "./pending-changes.ts";

export type NodeKind =
  | "project"
  | "environment"
  | "application"
  | "database"
  | "compose"
  | "job"
  | ChildKind
  | "unmanaged"
  | "orphan";

/** Which page of Dokploy shows a resource. */
export interface DokployPlace {
  readonly projectId: string;
  readonly environmentId: string;
  readonly service: { readonly kind: ServiceKind; readonly id: string } | null;
}

export interface StackNode {
  /** Unique in its tree, and stable: `app/web`, `app/web/domain/shop.example.com`. */
  readonly id: string;
  readonly kind: NodeKind;
  readonly name: string;
  /** One line: image, target, `2 of 2 replicas`. */
  readonly detail: string;
  readonly health: NodeHealth;
  /** Whether it differs from Git as of the last run. */
  readonly drift: boolean;
  /** What the last run left to do; null: nothing. */
  readonly change: NodeChange | null;
  readonly place: DokployPlace | null;
  /** Of a domain. */
  readonly address: string | null;
  readonly children: readonly StackNode[];
}

/** What a node has nothing of. */
export const blank = {
  ...{ detail: "", drift: false, change: null, place: null, address: null, children: [] },
} as const;

/** `service`: null for the page of the environment itself. */
export function placeOf(
  { projectId }: ObservedProject,
  { environmentId }: ObservedEnvironment,
  service: ObservedService | null,
): DokployPlace {
  const page = service === null ? null : { kind: service.kind, id: service.id };
  return { projectId, environmentId, service: page };
}
