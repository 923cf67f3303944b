// A job before a rollout, judged by the one task that it is: its command must end well, and once. Whatever docker says
// of the update tells nothing: a command that ends while the swarm watches it counts as a failure of the update there,
// also when it ended well (measured). Pure.
import { formatDuration } from "../../lib/duration.ts";
import { formatWant } from "../../model/marker.ts";
import type { DeploymentRow } from "../../model/observed.ts";
import type { TaskState } from "../../ports.ts";
import { failureCause } from "./failure-causes.ts";
import { countedMs, timedOut } from "./rollout-state.ts";
import type { FailedStep, Judgement, RolloutState, RolloutView } from "./rollout-state.ts";
import { stuckTask } from "./stuck-tasks.ts";

/** Looks at a service that was stopped before its end was seen, before that is believed. */
const looksUntilStopped = 5;

function wait(state: RolloutState, message: string): Judgement {
  return { state: { ...state, phase: "starting", message }, step: { kind: "wait" } };
}

function failed(
  state: RolloutState,
  reason: string,
  options: Partial<Omit<FailedStep, "kind" | "reason">>,
): Judgement {
  const step = { again: false, deploymentId: null, toldBy: "nothing", platform: null } as const;
  return {
    state: { ...state, message: reason },
    step: { kind: "failed", reason, ...step, ...options },
  };
}

function withError(message: string, error: string): string {
  return error === "" ? message : `${message}: ${error}`;
}

/** Its command was never begun: another attempt runs nothing twice. */
function notBegun(state: RolloutState, error: string, row: DeploymentRow | undefined): Judgement {
  const cause = failureCause([error]);
  const platform = cause.kind === "platform" ? cause.says : null;
  const deploymentId = row?.deploymentId ?? null;
  const reason = withError("its container could not be started", error);
  return failed(state, reason, { again: platform !== null, platform, deploymentId });
}

function judgeRunning(before: RolloutState, nowMs: number, limitMs: number): Judgement {
  const counted = countedMs(before, nowMs);
  const state = { ...before, commandSinceMs: before.commandSinceMs ?? counted };
  if (counted - state.commandSinceMs > limitMs) {
    const reason = `its command did not end within ${formatDuration(limitMs)}`;
    return failed(state, reason, { toldBy: "service" });
  }
  return wait(state, "its command is running");
}

/** Its service was scaled to none, and what it ran is gone. */
function judgeStopped(state: RolloutState): Judgement {
  const mismatches = state.mismatches + 1;
  if (mismatches < looksUntilStopped)
    return wait({ ...state, mismatches }, "its task is not there");
  return failed(
    state,
    "it was stopped before its end was seen: how its command ended is not known",
    {},
  );
}

function judgeTask(
  state: RolloutState,
  task: TaskState,
  { nowMs, tasks, swarm }: RolloutView,
  row: DeploymentRow | undefined,
): Judgement {
  switch (task.state) {
    case "complete":
      return {
        state: { ...state, phase: "settling", message: "its command has ended" },
        step: { kind: "healthy" },
      };
    case "running":
      return judgeRunning(state, nowMs, state.job?.timeoutMs ?? 0);
    case "rejected":
      return notBegun(state, task.error, row);
    case "failed":
      // Docker's own words, where it could not even begin; a command that was begun is never run again by itself.
      return /^(?:starting|creating) container failed/i.test(task.error) &&
        failureCause([task.error]).kind === "platform"
        ? notBegun(state, task.error, row)
        : failed(state, withError("its command failed", task.error), { toldBy: "service" });
    case "shutdown":
    case "remove":
    case "orphaned":
      return failed(state, withError("its command was ended from outside", task.error), {
        toldBy: "service",
      });
    default: {
      const stuck = stuckTask(tasks, swarm)?.text ?? "";
      const message = withError("its container is being started", stuck);
      return timedOut(state, nowMs)
        ? failed(state, `not begun in time: ${message}`, {})
        : wait(state, message);
    }
  }
}

/** What is next for a job whose service the swarm has. `row`: of its deployment, where one is there. */
export function judgeJob(
  before: RolloutState,
  view: RolloutView,
  row: DeploymentRow | undefined,
): Judgement {
  const { nowMs, service, live, tasks } = view;
  const state: RolloutState = {
    ...before,
    beganAtMs: before.beganAtMs ?? nowMs,
    missed: 0,
    running: service?.running ?? before.running,
    wanted: 1,
  };
  if (service === null) return wait(state, "the swarm has not answered; waiting to judge");
  if (service !== undefined && (live === null || tasks === null)) {
    return { state, step: { kind: "inspect" } };
  }
  const task = tasks?.[0];
  if (task?.want === formatWant(state.want)) {
    return judgeTask({ ...state, mismatches: 0 }, task, view, row);
  }
  if (service?.wanted === 0 && live?.want === formatWant(state.want)) return judgeStopped(state);
  return timedOut(state, nowMs)
    ? failed(state, "not begun in time: docker shows no task of it", {})
    : wait({ ...state, mismatches: 0 }, "its container is being started");
}

/**
 * Whether a deployment that did not end well must be looked into first: what it was to run may have run all the same,
 * and is not run twice.
 */
export function mayHaveRun(state: RolloutState, view: RolloutView): boolean {
  const { service, live } = view;
  if (state.job === null || service === undefined) return false;
  return service === null || live === null || live.want === formatWant(state.want);
}
