// What the rollouts of a stack's services came to, as far as it decides how a run ends: a try that is
// still to come is waited for, one that was given up makes the stack degraded.
import type { DesiredStack } from "../model/desired.ts";
import type { ObservedService } from "../model/observed.ts";
import type { Outcome } from "../model/status.ts";
import { servicesOf } from "../plan/ownership.ts";
import type { Rollouts } from "./rollouts.ts";
import type { View } from "./world.ts";

/** Those that the stack asks for: others may be left of a revision that was rolled back. */
function services(desired: DesiredStack, view: View): readonly ObservedService[] {
  const projects = view.ownership.owned.get(desired.name) ?? [];
  const wanted = new Set(desired.services.map(({ key }) => key));
  return projects
    .flatMap(servicesOf)
    .filter(({ marker }) => marker === null || wanted.has(marker.key))
    .map(({ service }) => service);
}

/** Null when no rollout of what the manifest asks for failed. */
export function failedRollout(
  desired: DesiredStack,
  view: View,
  rollouts: Pick<Rollouts, "verdict" | "retryAtMs">,
  nowMs: number,
): Outcome | null {
  const given: string[] = [];
  const again: string[] = [];
  let nextMs = Infinity;
  for (const { id, name } of services(desired, view)) {
    const verdict = rollouts.verdict(id);
    if (verdict === undefined || verdict.kind === "healthy") continue;
    const dueAtMs = rollouts.retryAtMs(id);
    const line = `${name}: ${verdict.reason}`;
    if (dueAtMs === null) {
      given.push(line);
    } else {
      again.push(`${line}; it is tried again`);
      nextMs = Math.min(nextMs, dueAtMs);
    }
  }
  if (again.length > 0) {
    return {
      kind: "waiting",
      reason: "deployment",
      message: [...again, ...given].join("; "),
      afterMs: Math.max(0, nextMs - nowMs),
    };
  }
  return given.length === 0 ? null : { kind: "degraded", message: given.join("; ") };
}

/** Something that was given up runs after all: it is looked at again, without a deploy. True: there was. */
export function reconsider(
  desired: DesiredStack,
  view: View,
  rollouts: Pick<Rollouts, "verdict" | "retryAtMs" | "forget">,
): boolean {
  let found = false;
  for (const { id, appName } of services(desired, view)) {
    const live = view.swarm?.get(appName);
    if (rollouts.verdict(id)?.kind !== "failed" || rollouts.retryAtMs(id) !== null) continue;
    if (live !== undefined && live.running === live.wanted && live.wanted > 0) {
      rollouts.forget(id);
      found = true;
    }
  }
  return found;
}
