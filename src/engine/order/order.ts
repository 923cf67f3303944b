// Which stack comes first, as pure decisions: what a stack waits for that depends on others (H5), and
// whether a stack may join the rollout of its template (H8). What is remembered between runs is in
// admission and template-admission.
import type { DesiredStack } from "../../model/desired.ts";
import type { Action } from "../../model/plan.ts";
import type { Outcome } from "../../model/status.ts";
import { listed } from "../../plan/render/words.ts";
import type { Loaded } from "../state/desired-state.ts";
import { windowState } from "./windows.ts";

/** How the last run of a stack ended. */
export interface RunEnd {
  /** Of what was loaded when that run began. */
  readonly sequence: number;
  readonly ready: boolean;
  readonly outcome: Outcome;
  /** What its condition Ready says. */
  readonly message: string;
  /** False for a stack that left Git, or whose manifest is broken. */
  readonly desired: boolean;
}

/** Whether a run saw the newest change of its stack: only then does it say anything of this revision. */
export function isCurrent(name: string, judged: RunEnd | undefined, loaded: Loaded): boolean {
  return judged !== undefined && judged.sequence >= (loaded.changedAt.get(name) ?? 0);
}

function notReady(name: string, loaded: Loaded, judged: RunEnd | undefined): string | null {
  const desired = loaded.byName.get(name);
  if (desired === undefined) {
    return loaded.manifests.brokenStacks.has(name)
      ? "its manifest has a problem"
      : "it is not in Git";
  }
  if (desired.suspend) return "it is suspended in Git";
  if (judged === undefined) return "it has not been checked yet";
  if (!isCurrent(name, judged, loaded)) return "its newest change has not been carried out yet";
  if (judged.ready) return null;
  const { message } = judged;
  switch (judged.outcome.kind) {
    case "converged":
      return `it is not healthy (${message})`;
    case "progressing":
      return `it is being rolled out (${message})`;
    case "waiting":
      return `it waits itself (${message})`;
    case "failed":
    case "degraded":
    case "terminal":
      return `it failed (${message})`;
    case "removed":
      return "it is not on the server";
  }
}

/** H5: what a stack waits for before it may change, or null when all that it names are Ready. */
export function dependencyWait(
  { dependsOn }: Pick<DesiredStack, "dependsOn">,
  loaded: Loaded,
  judged: ReadonlyMap<string, RunEnd>,
): string | null {
  const reasons = dependsOn.flatMap((name) => {
    const reason = notReady(name, loaded, judged.get(name));
    return reason === null ? [] : [`${name}: ${reason}`];
  });
  return reasons.length === 0 ? null : `waits for ${reasons.join("; ")}`;
}

/** Whether a plan brings a rollout; a change that Dokploy applies at once, or a marker alone, does not. */
export function beginsRollout(actions: readonly Action[]): boolean {
  return actions.some(({ type }) => type === "rollout" || type === "create-service");
}

export interface TemplateRollout {
  readonly maxParallel: number | null;
  readonly stopOnFailure: boolean;
}

/** The other stacks of a stack's template. */
export interface Siblings {
  /** Those with a rollout in flight, or with writes begun for one. */
  readonly inFlight: readonly string[];
  /** Of these, those whose rollout an earlier process began and of which nothing is known yet. */
  readonly unknown: readonly string[];
  /** Those that failed on the newest change of the template, with why. */
  readonly failed: ReadonlyMap<string, string>;
}

/**
 * H8: why a stack may not join the rollout of its template now, or null when it may. `reached`: the
 * newest change of the template concerns it and has not been carried out in it; its own failure on that
 * change does not hold it, or nobody could ever recover.
 */
export function templateWait(
  template: string,
  rollout: TemplateRollout,
  siblings: Siblings,
  reached: boolean,
): string | null {
  const { inFlight, unknown, failed } = siblings;
  if (rollout.stopOnFailure && reached) {
    const [first] = failed;
    if (first !== undefined) {
      const more = failed.size > 1 ? ` (and ${failed.size - 1} more)` : "";
      return `${first[0]} failed on the newest change of the template ${template}${more}: ${first[1]}; this stack stays as it is until that recovers or the template changes again`;
    }
    if (unknown.length > 0) {
      return `waits until it is known what became of ${listed(unknown)}, of the same template ${template}`;
    }
  }
  if (rollout.maxParallel === null || inFlight.length < rollout.maxParallel) return null;
  const many = rollout.maxParallel === 1 ? "one stack" : `${rollout.maxParallel} stacks`;
  return `waits for ${listed(inFlight)}: the template ${template} is rolled out to ${many} at a time`;
}

/** H6: whether a deploy may still be requested for a stack whose rollout began before. */
export function mayDeploy(desired: DesiredStack | undefined, nowMs: number): boolean {
  if (desired === undefined) return true;
  return !desired.suspend && windowState(desired.sync.windows, nowMs).kind === "open";
}
