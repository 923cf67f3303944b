// Stacks, what was loaded, and how runs ended, as tests of the order need them.
import type { Loaded } from "../../../src/engine/state/desired-state.ts";
import type { RunEnd } from "../../../src/engine/order/order.ts";
import type { DesiredStack } from "../../../src/model/desired.ts";
import type { Action } from "../../../src/model/plan.ts";
import type { Outcome } from "../../../src/model/status.ts";
import { webStack } from "../../support/web-stack.ts";

export interface LoadedOptions {
  readonly sequence?: number;
  readonly changedAt?: Readonly<Record<string, number>>;
  readonly broken?: readonly string[];
  readonly rollout?: { readonly maxParallel: number | null; readonly stopOnFailure: boolean };
}
export function loadedOf(stacks: readonly DesiredStack[], options: LoadedOptions = {}): Loaded {
  const sequence = options.sequence ?? 1;
  const rollout = options.rollout ?? { maxParallel: null, stopOnFailure: false };
  return {
    revision: { id: `r${sequence}`, title: "" },
    sequence,
    changedIn: new Map(),
    changedAt: new Map(
      stacks.map(({ name }) => [name, options.changedAt?.[name] ?? sequence] as const),
    ),
    manifests: {
      stacks: [...stacks],
      problems: [],
      namesUnknown: false,
      brokenStacks: new Set(options.broken),
      missingStacks: new Set(),
      templates: [{ name: "box", rollout }],
    } as unknown as Loaded["manifests"],
    byName: new Map(stacks.map((stack) => [stack.name, stack])),
    previousNames: new Set(),
    previous: new Map(),
  };
}
export const stack = (name: string, given: Partial<DesiredStack> = {}): DesiredStack =>
  webStack({}, { name, ...given });
export const judged = (outcome: Outcome, given: Partial<RunEnd> = {}): RunEnd => ({
  sequence: 1,
  ready: outcome.kind === "converged",
  outcome,
  message: "message" in outcome ? outcome.message : "in sync",
  desired: true,
  ...given,
});
export const converged: Outcome = { kind: "converged" };
export const alone = { expects: () => true, builds: { wait: () => null } };
export const progressing: Outcome = { kind: "progressing", message: "app/web: deploying" };
export const degraded: Outcome = { kind: "degraded", message: "web: it crashed" };
export const failed: Outcome = { kind: "failed", message: "no answer", retryAfterMs: null };

export const base = { cause: { kind: "resumed" }, risk: "none", changes: [] } as const;
export const marking: Action = { ...base, type: "mark", marks: [] };
export const rolling = { ...base, type: "rollout", service: "app/web" } as unknown as Action;
