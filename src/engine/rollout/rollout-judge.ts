// One rollout, judged: a pure function from what is known and what was just seen to what is next.
//
//   looking   nothing of this attempt has been seen: look twice where an answer may have been lost,
//             then deploy
//   deploying it is in Dokploy's queue, its row says running, or the request that deploys it lasts
//   settling  its row is done, or what runs carries its label: wait for label, update, replicas and
//             tasks to be right for `stableForMs`
//   ended     healthy or failed
import { clockTime, formatDuration } from "../../lib/duration.ts";
import type { RolloutPhase } from "../../model/event-data.ts";
import { formatWant } from "../../model/marker.ts";
import type { DeploymentRow, SwarmService } from "../../model/observed.ts";
import type { TaskState } from "../../ports.ts";
import { failureCause } from "./failure-causes.ts";
import { judgeJob, mayHaveRun } from "./job-judge.ts";
import { commitOf, deployTitle, ownRow } from "./own-rows.ts";
import { lookedAt, timedOut } from "./rollout-state.ts";
import type { FailedStep, Judgement, RolloutState, RolloutView, ToldBy } from "./rollout-state.ts";
import { stuckTask } from "./stuck-tasks.ts";

/** Looks that must miss it before an acknowledged deploy counts as vanished. */
const missesUntilVanished = 3;
const mostReissues = 3;
/** Looks at a finished deployment whose label does not run, before that is a failure. */
const mismatchesUntilFailed = 5;

/** How long a row may be done without naming its commit: as long as notifying people may take. */
const commitWithinMs = 120_000;

const rolledBack =
  "the swarm rolled it back: the new version did not stay up, the old one is running";
const paused = "the swarm paused the update: the new version did not stay up";
const stopped = "somebody stopped it in the middle of its rollout";

const isRolledBack = (updateState: string | null | undefined): boolean =>
  updateState?.startsWith("rollback") === true;

function wait(state: RolloutState, phase: RolloutPhase, message: string): Judgement {
  return { state: { ...state, phase, message }, step: { kind: "wait" } };
}

function failed(
  state: RolloutState,
  reason: string,
  options: Pick<FailedStep, "again" | "toldBy"> & {
    readonly deploymentId?: string;
    readonly platform?: string;
  },
): Judgement {
  return {
    state: { ...state, message: reason },
    step: {
      kind: "failed",
      reason,
      again: options.again,
      toldBy: options.toldBy,
      deploymentId: options.deploymentId ?? null,
      platform: options.platform ?? null,
    },
  };
}

function waitForSwarm(state: RolloutState, phase: RolloutPhase): Judgement {
  const since = state.blindSinceMs === null ? "" : ` since ${clockTime(state.blindSinceMs)}`;
  const message = `the swarm has not answered${since}; waiting to judge`;
  return wait({ ...state, rightSinceMs: null }, phase, message);
}

/** Why its tasks fail, as docker words it, newest first. */
function taskErrors(tasks: readonly TaskState[] | null): string {
  const errors = new Set((tasks ?? []).filter((task) => task.failed).map((task) => task.error));
  return [...errors].filter((error) => error !== "").join("; ");
}

function withReasons(message: string, { tasks, swarm }: RolloutView): string {
  const reasons = [taskErrors(tasks), stuckTask(tasks, swarm)?.text ?? ""];
  const why = reasons.filter((text) => text !== "").join("; ");
  return why === "" ? message : `${message} (${why})`;
}

/** What keeps its containers from starting and passes without anybody changing the service. */
function platformOf({ tasks, swarm }: RolloutView): string | null {
  const cause = failureCause([taskErrors(tasks)]);
  if (cause.kind === "platform") return cause.says;
  return stuckTask(tasks, swarm)?.kind === "addresses" ? "the network has no address left" : null;
}

/** `2 of 3 containers are running: worker: exited (1)` */
export function countText(service: SwarmService, wanted: number): string {
  const { running, parts, wrong = [] } = service;
  const what = parts === undefined ? "replicas" : "containers";
  const which = wrong.length === 0 ? "" : `: ${wrong.join(", ")}`;
  return `${running} of ${wanted} ${what} are running${which}`;
}

function judgeService(
  before: RolloutState,
  view: RolloutView,
  row: DeploymentRow | undefined,
): Judgement {
  const state: RolloutState = {
    ...before,
    beganAtMs: before.beganAtMs ?? view.nowMs,
    missed: 0,
    running: view.service?.running ?? before.running,
    wanted: before.replicas ?? view.service?.wanted ?? before.wanted,
  };
  const endWith = (reason: string, again: boolean, toldBy: ToldBy = "service"): Judgement => {
    // A full disk or a registry that is gone also keeps containers from starting: that passes.
    const platform = platformOf(view);
    return failed(state, reason, {
      again: again || platform !== null,
      toldBy: again || platform !== null ? "deployment" : toldBy,
      ...(row === undefined ? {} : { deploymentId: row.deploymentId }),
      ...(platform === null ? {} : { platform }),
    });
  };
  const notRight = (message: string, shown = message, mismatches = 0): Judgement =>
    timedOut(state, view.nowMs)
      ? endWith(`not healthy in time: ${withReasons(message, view)}`, false)
      : wait({ ...state, mismatches, rightSinceMs: null }, "starting", shown);
  /** One look alone proves nothing. */
  const unlessPassing = (message: string, reason: string): Judgement => {
    const mismatches = state.mismatches + 1;
    return mismatches < mismatchesUntilFailed
      ? notRight(message, message, mismatches)
      : endWith(reason, true);
  };
  if (view.service === null) return waitForSwarm(state, "starting");
  if (view.service === undefined) {
    return state.replicas === 0 && row !== undefined
      ? { state, step: { kind: "healthy" } }
      : notRight("nothing of it runs: docker knows no container and no service of it");
  }
  if (view.live === null || view.tasks === null) return { state, step: { kind: "inspect" } };

  const { updateState, want } = view.live;
  if (isRolledBack(updateState)) return endWith(withReasons(rolledBack, view), false, "nothing");
  if (updateState === "paused") return endWith(withReasons(paused, view), false);
  if (updateState === "updating") {
    const message = "the swarm is replacing the containers";
    return notRight(message, withReasons(message, view));
  }
  if (state.isLabelled && want !== formatWant(state.want)) {
    const reason = "its deployment has ended, but another version is running";
    return unlessPassing("another version is still running", reason);
  }
  const wanted = state.replicas ?? view.service.wanted;
  if (view.service.wanted === 0 && wanted > 0) {
    return unlessPassing(stopped, stopped);
  }
  if (view.service.running !== wanted || view.service.wanted !== wanted) {
    const message = countText(view.service, wanted);
    return notRight(message, withReasons(message, view));
  }
  // A task that failed counts against the time for which all has been right.
  const lastFailureMs = Math.max(
    0,
    ...view.tasks.filter((task) => task.failed).map((task) => view.nowMs - task.ageMs),
  );
  const rightSinceMs = Math.max(state.rightSinceMs ?? view.nowMs, lastFailureMs);
  const right: RolloutState = {
    ...state,
    rightSinceMs,
    mismatches: 0,
    phase: "settling",
    message:
      state.policy.stableForMs === 0
        ? "running"
        : `runs; watching it for ${formatDuration(state.policy.stableForMs)}`,
  };
  if (view.nowMs - rightSinceMs >= state.policy.stableForMs) {
    return { state: right, step: { kind: "healthy" } };
  }
  // What became right in time may prove that it stays so; what keeps failing has had its chance then.
  if (timedOut(state, view.nowMs, state.policy.stableForMs)) {
    return endWith(withReasons("it does not stay up", view), false);
  }
  return { state: right, step: { kind: "wait" } };
}

function judgeRunning(
  state: RolloutState,
  view: RolloutView,
  row: DeploymentRow | undefined,
): Judgement {
  return state.job === null ? judgeService(state, view, row) : judgeJob(state, view, row);
}

/**
 * Whether the lists leave a doubt about what runs. What was right needs no other look before its time is over: its
 * tasks then tell of all that failed meanwhile. Before that only another number of containers raises a doubt.
 */
export function isInDoubt(state: RolloutState, view: RolloutView): boolean {
  const { phase, policy, rightSinceMs, blindSinceMs, running, wanted } = state;
  if (phase !== "settling" || rightSinceMs === null || blindSinceMs !== null) return true;
  if (view.nowMs - rightSinceMs >= policy.stableForMs) return true;
  const { service } = view;
  return service?.running !== running || service.wanted !== wanted;
}

/**
 * What is well, once its row names the commit that was built. Dokploy writes that after it told people of the end; when
 * it does not come, it is well without.
 */
function withItsCommit(
  judgement: Judgement,
  { nowMs }: RolloutView,
  row: DeploymentRow,
): Judgement {
  const { state, step } = judgement;
  if (step.kind !== "healthy" || !state.isBuilt || row.commit !== undefined) return judgement;
  const untoldSinceMs = state.untoldSinceMs ?? nowMs;
  if (nowMs - untoldSinceMs >= commitWithinMs) return judgement;
  const message = "runs; Dokploy has yet to say which commit it was built from";
  return wait({ ...state, untoldSinceMs }, "settling", message);
}

/** By the row of its own deployment. */
function judgeRow(state: RolloutState, view: RolloutView, row: DeploymentRow): Judgement {
  switch (row.status) {
    case "running":
      return timedOut(state, view.nowMs)
        ? failed(state, "the deployment does not finish", {
            again: false,
            toldBy: "deployment",
            deploymentId: row.deploymentId,
          })
        : wait(
            { ...state, beganAtMs: state.beganAtMs ?? view.nowMs, missed: 0 },
            "deploying",
            "Dokploy is deploying it",
          );
    case "error":
      if (mayHaveRun(state, view)) return judgeRunning(state, view, row);
      return failed(state, "the deployment failed", {
        again: true,
        toldBy: "deployment",
        deploymentId: row.deploymentId,
      });
    case "cancelled":
      if (mayHaveRun(state, view)) return judgeRunning(state, view, row);
      return failed(state, "the deployment was cancelled", {
        again: true,
        toldBy: "deployment",
        deploymentId: row.deploymentId,
        platform: "Dokploy was restarted while it deployed",
      });
    case "done":
      return withItsCommit(judgeRunning(state, view, row), view, row);
  }
}

/** What is next for one rollout. */
export function judge(before: RolloutState, view: RolloutView): Judgement {
  const row = ownRow(before, view.rows, view.jobs);
  const state: RolloutState = {
    ...lookedAt(before, view),
    deploymentId: row?.deploymentId ?? before.deploymentId,
    commit: row === undefined ? (commitOf(view.rows) ?? before.commit) : (row.commit ?? null),
  };
  const title = deployTitle(state.want);
  if (row !== undefined) return judgeRow(state, view, row);
  if (view.jobs.some((job) => job.title === title)) {
    return wait({ ...state, missed: 0 }, "queued", "waiting in Dokploy's queue");
  }
  if (view.jobs.some((job) => job.state === "waiting")) {
    // It reads the configuration when it starts, so that it will deploy this one.
    return wait(state, "queued", "another deployment of it waits in Dokploy's queue");
  }
  // Rows are few and git sources overwrite their titles: what runs may prove it all the same.
  if (view.service !== undefined && view.service !== null) {
    if (view.live === null) return { state, step: { kind: "inspect" } };
    if (view.live.want === formatWant(state.want)) return judgeRunning(state, view, undefined);
  }
  if (state.deployingSinceMs !== null) {
    // Its answer ends it, or the request's own time-out, which is the rollout's.
    return wait(
      { ...state, beganAtMs: state.beganAtMs ?? state.deployingSinceMs },
      "deploying",
      "Dokploy is deploying it",
    );
  }
  // What has no row carries the old label again once the swarm went back. Before it began that tells of another one.
  const hasBegun = state.issuedAtMs !== null && state.beganAtMs !== null;
  if (hasBegun && isRolledBack(view.live?.updateState)) return judgeRunning(state, view, undefined);
  // What runs may be this attempt already.
  if (view.service === null) return waitForSwarm(state, state.phase);
  if (state.issuedAtMs === null) {
    return { state: { ...state, phase: "waiting", message: "deploying" }, step: { kind: "issue" } };
  }
  const missed = state.missed + 1;
  if (missed < missesUntilVanished)
    return wait({ ...state, missed }, "requested", "deployment requested");
  if (state.reissued >= mostReissues) {
    const reason = "Dokploy keeps losing the deployment";
    return failed(state, reason, { again: true, toldBy: "nothing", platform: reason });
  }
  return {
    state: {
      ...state,
      issuedAtMs: null,
      missed: 0,
      reissued: state.reissued + 1,
      phase: "waiting",
      message: "deploying again: Dokploy lost the request",
    },
    step: { kind: "issue" },
  };
}
