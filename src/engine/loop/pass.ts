// One pass: every stack that is named, or all, in turn, with rollouts followed to their end.
import type { Clock } from "../../lib/clock.ts";
import type { StackStatus } from "../../model/status.ts";
import type { PassResult } from "../engine.ts";
import type { Reader } from "../reader/reader.ts";
import { selectStacks } from "../reader/select-stacks.ts";
import type { PassOptions } from "../run/run.ts";
import type { Loaded } from "../state/desired-state.ts";
import type { View } from "../state/world.ts";
import type { Wakeups } from "../wakeups.ts";
import type { Controller } from "./controller.ts";

/** A single pass gives a failing stack up after this many tries. */
export const passFailures = 3;
/** A single pass waits this long for a server or swarm that went away during rollouts: a restart takes 15 s. */
const passOutageMs = 120_000;

/** Whether a pass did what it was asked for with a stack. */
function isFine({ outcome, conditions }: StackStatus, { prune }: PassOptions): boolean {
  if (outcome.kind === "converged") {
    return conditions.every(({ type, status }) => type !== "Ready" || status === "True");
  }
  if (outcome.kind !== "waiting") return false;
  return (
    ["suspended", "window", "retained", "preview"].includes(outcome.reason) ||
    (outcome.reason === "approval" && !prune)
  );
}

export interface PassParts {
  readonly reader: Reader;
  readonly controller: Controller;
  readonly wakeups: Wakeups;
  readonly clock: Clock;
  readonly rolloutTickMs: number;
  /** Aborted when the process is to end. */
  readonly ending: AbortSignal;
}

/** Whether nothing was seen of a rollout for longer than a pass waits. */
function isBlind({ blindSinceMs }: { blindSinceMs: number | null }, nowMs: number): boolean {
  return blindSinceMs !== null && nowMs - blindSinceMs > passOutageMs;
}

async function settleRollouts(
  { reader, controller, wakeups, clock, rolloutTickMs, ending }: PassParts,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { rollouts } = reader.site;
  for (;;) {
    await controller.idle(signal);
    const isStuck =
      rollouts.failingForMs() > passOutageMs ||
      rollouts.active().every((one) => one.troubles >= passFailures || isBlind(one, clock.now()));
    if (signal?.aborted === true || ending.aborted) return;
    if (isStuck) break;
    await clock.sleep(rolloutTickMs, signal);
  }
  // What they wait for is said by a run of their stack.
  for (const { request } of rollouts.active()) {
    wakeups.goOn(request.stack, "its rollout is not followed any longer");
  }
  await controller.idle(signal);
}

/** Which stacks a pass has; throws `invalid` for a name that nobody knows. */
export function stacksOfPass(
  options: PassOptions,
  loaded: Loaded,
  view: View,
  left: Pick<Reader, "tombstones" | "hostRecords">,
): { readonly named: ReadonlySet<string>; readonly needed: ReadonlySet<string> } {
  const named = new Set(selectStacks(loaded, view, left, options.stacks));
  // What they depend on is only looked at, and must be Ready as it is (H5).
  const needed = [...named].flatMap((name) => loaded.byName.get(name)?.dependsOn ?? []);
  return { named, needed: new Set(needed) };
}

/** Runs the stacks of a pass to their ends; the controller has been made for it, and no run has begun. */
export async function runPass(
  { named, needed }: ReturnType<typeof stacksOfPass>,
  read: { readonly loaded: Loaded; readonly view: View },
  options: PassOptions,
  parts: PassParts,
  signal: AbortSignal | undefined,
): Promise<PassResult> {
  const { controller, wakeups } = parts;
  controller.begin();
  for (const stack of new Set([...named, ...needed])) {
    wakeups.renew(stack, "apply", read.view.takenAtMs);
  }
  await settleRollouts(parts, signal);
  const stacks = [...controller.statuses().values()]
    .filter(({ name }) => options.stacks === undefined || named.has(name))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const { revision, manifests } = read.loaded;
  const { problems } = manifests;
  const fine = stacks.every((stack) => isFine(stack, options));
  return {
    revision: revision.id,
    stacks,
    problems,
    ok: fine && problems.length === 0 && signal?.aborted !== true,
  };
}
