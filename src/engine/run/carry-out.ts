// The work of a run: a plan's actions are carried out, with everything around it that must be remembered
// before the first request and after the last answer.
import { CapstanError } from "../../lib/errors.ts";
import type { Action } from "../../model/plan.ts";
import { execute, resourceOf } from "../execution/execute.ts";
import type { ExecutionResult } from "../execution/execute.ts";
import type { Loaded } from "../state/desired-state.ts";
import type { View } from "../state/world.ts";
import type { RunTools } from "./tools.ts";
import { underWay } from "./under-way.ts";

export interface Work {
  readonly stack: string;
  readonly loaded: Loaded;
  readonly view: View;
  /** When the details were asked for that the plan was made with. */
  readonly detailsAtMs: number;
  readonly actions: readonly Action[];
  /** Whether this process has been the only one that may write since the view was taken. */
  readonly isHeld: () => boolean;
}

const changedHands = new CapstanError(
  "conflict",
  "the lease of the server ran out in the middle of the work: the rest is planned again",
);

export interface Done extends ExecutionResult {
  /** Whether an action was carried out in this run; a rollout that only goes on, or is tried again for what the platform lacks, is none. */
  readonly did: boolean;
}

export async function carryOut(work: Work, tools: RunTools): Promise<Done> {
  const { stack, loaded, actions } = work;
  const { platform, intents, removals, causes, rollouts, clock } = tools;
  const missing = new Set(actions.flatMap((action) => resourceOf(stack, action) ?? []));
  intents.keepOnly(`${stack}/`, missing);
  await removals.begin(stack, actions);
  causes.begin(stack, actions, loaded);
  /** Rollouts under way, which a plan names until they end: nothing was done for them in this run. */
  const followed = new Set<string>();
  const isFollowed = (action: Action): boolean =>
    action.type === "rollout" && followed.has(action.service);
  const result = await execute(actions, {
    stack,
    cause: (action) => causes.of(action, stack, loaded).line,
    view: work.view,
    detailsAtMs: work.detailsAtMs,
    platform,
    intents,
    record(effect) {
      tools.world.record(effect);
      // What runs is no part of what is laid over a list: a new one is asked for.
      if (effect.kind === "stopped") tools.world.distrust(clock.now());
    },
    follow: (rollout) => {
      if (!rollouts.follow(rollout)) followed.add(rollout.desired.key);
    },
    mayWrite: () => tools.mayWrite() && work.isHeld(),
    clock,
    tell: tools.tell,
    holdsRemovals: () => {
      if (!tools.isNewest(loaded)) return "Git changed meanwhile: its removals are checked again";
      // Dokploy would forget the service, and docker would go on running it.
      return work.view.swarm === null
        ? "docker does not answer: nothing is removed meanwhile"
        : null;
    },
    keepRecord: (action) => tools.hostRecords.perform(stack, action),
    underWay: (removal) => underWay(stack, removal, loaded, tools),
    report: (done) => {
      if (isFollowed(done.action)) return;
      tools.report(stack, done, causes.of(done.action, stack, loaded));
    },
  });
  removals.sent(stack, result);
  for (const { action, status } of result.results) {
    if (action.type === "delete-service" && status === "done") rollouts.forget(action.id);
  }
  const isSameAgain = ({ cause }: Action): boolean =>
    cause.kind === "retry" && cause.platform !== undefined;
  const did = result.results.some(
    ({ action, status }) => status === "done" && !isFollowed(action) && !isSameAgain(action),
  );
  // The rest is planned again, by what the server has then.
  if (result.stopped && tools.mayWrite())
    return { ...result, did, stopped: false, error: changedHands };
  return { ...result, did };
}
