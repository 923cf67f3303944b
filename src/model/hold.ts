// Removals that wait for somebody, as data: what would go, why it waits, and what an approval is bound to (O6).

export interface Resource {
  readonly kind: "project" | "service";
  readonly id: string;
  /** As Dokploy shows it. */
  readonly name: string;
}

/** What would go of one stack. */
export interface Removal {
  readonly stack: string;
  readonly resources: readonly Resource[];
}

export type HoldReason =
  /** A file could not be read, so that nobody knows which stacks it names (O5). */
  | { readonly kind: "names-unknown" }
  | { readonly kind: "all-stacks"; readonly owned: number }
  | { readonly kind: "many-stacks"; readonly going: number; readonly owned: number }
  | { readonly kind: "many-services"; readonly going: number; readonly owned: number };

export interface Hold {
  /** An approval of this digest lets exactly `removals` go; null: no approval helps. */
  readonly digest: string | null;
  readonly reason: HoldReason;
  readonly removals: readonly Removal[];
}

/** Who is asked for an approval: `apply --prune`, or a running controller. */
export type ApprovalWay = "apply" | "run";
