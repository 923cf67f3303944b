// What the rollouts of a stack's services came to, as far as it decides how a run ends: a try that is
// still to come is waited for, one that was given up makes the stack degraded.
import { clockTime } from "../../lib/duration.ts";
import type { DesiredStack } from "../../model/desired.ts";
import { formatWant } from "../../model/marker.ts";
import { swarmOn } from "../../model/observed.ts";
import type { ObservedService } from "../../model/observed.ts";
import type { Outcome } from "../../model/status.ts";
import { endsAgainAndAgain } from "./stability.ts";
import type { Verdict } from "../../plan/input.ts";
import { servicesOf } from "../../plan/ownership.ts";
import type { LiveService, Platform } from "../../ports.ts";
import type { Rollouts } from "../rollout/rollouts.ts";
import type { View } from "../state/world.ts";

/** Those that the stack asks for: others may be left of a revision that was rolled back. */
function services(
  desired: DesiredStack,
  view: View,
  without: ReadonlySet<string> = new Set(),
): readonly ObservedService[] {
  const projects = view.ownership.owned.get(desired.name) ?? [];
  const wanted = new Set(desired.services.map(({ key }) => key).filter((key) => !without.has(key)));
  return projects
    .flatMap(servicesOf)
    .filter(({ marker }) => marker === null || wanted.has(marker.key))
    .map(({ service }) => service);
}

/** Whether a job failed that is not the one asked for: a rollback leaves a job as it is, and runs none. */
function isOfOtherJob({ services: all }: DesiredStack, name: string, { want }: Verdict): boolean {
  const own = all.filter((one) => one.job !== undefined && one.name === name);
  return own.length > 0 && own.every(({ hash }) => hash.run !== want.hash);
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
  const platform: string[] = [];
  let nextMs = Infinity;
  for (const { id, name } of services(desired, view)) {
    const verdict = rollouts.verdict(id);
    if (verdict === undefined || verdict.kind === "healthy") continue;
    if (isOfOtherJob(desired, name, verdict)) continue;
    const dueAtMs = rollouts.retryAtMs(id);
    const line = `${name}: ${verdict.reason}`;
    if (dueAtMs === null) {
      given.push(line);
      continue;
    }
    if (verdict.platform === undefined) {
      again.push(`${line}; retrying`);
    } else {
      again.push(`${line}; next try at ${clockTime(dueAtMs)}`);
      platform.push(verdict.platform);
    }
    nextMs = Math.min(nextMs, dueAtMs);
  }
  if (platform.length > 0 && platform.length === again.length) {
    return {
      kind: "waiting",
      reason: "platform",
      message: [...again, ...given].join("; "),
      afterMs: Math.max(0, nextMs - nowMs),
      lasting: [...new Set(platform)].sort().join("; "),
    };
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

/**
 * Something that was given up runs after all: it is looked at again, without a deploy. That replicas run tells
 * nothing, as those of the version before do, or one that ends in a moment: the label is read, in one request where
 * something was given up, and the tasks of what carries it.
 * True: there was.
 */
export async function reconsider(
  desired: DesiredStack,
  view: View,
  rollouts: Pick<Rollouts, "verdict" | "retryAtMs" | "forget">,
  platform: Pick<Platform, "liveServices" | "tasks">,
): Promise<boolean> {
  // A job is not well because it still runs.
  const jobs = new Set(
    desired.services.filter(({ job }) => job !== undefined).map(({ key }) => key),
  );
  const given = services(desired, view, jobs).flatMap(({ id, appName, serverId }) => {
    const live = swarmOn(view, serverId)?.get(appName);
    const verdict = rollouts.verdict(id);
    if (verdict?.kind !== "failed" || rollouts.retryAtMs(id) !== null) return [];
    if (live === undefined || live.running !== live.wanted || live.wanted === 0) return [];
    return [{ id, appName, swarmId: live.id, want: formatWant(verdict.want) }];
  });
  if (given.length === 0) return false;
  const labels = await platform
    .liveServices(given.map(({ swarmId }) => swarmId))
    .catch(() => new Map<string, LiveService>());
  const found: (typeof given)[number][] = [];
  for (const one of given) {
    if (labels.get(one.swarmId)?.want !== one.want) continue;
    const tasks = await platform.tasks(one.appName).catch(() => []);
    if (!endsAgainAndAgain(tasks)) found.push(one);
  }
  for (const { id } of found) rollouts.forget(id);
  return found.length > 0;
}
