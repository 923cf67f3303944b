// One rollout, and looks at it.
import { deployTitle } from "../../../src/engine/rollout/own-rows.ts";
import { beginRollout } from "../../../src/engine/rollout/rollout-state.ts";
import { judge } from "../../../src/engine/rollout/rollout-judge.ts";
import type {
  Judgement,
  RolloutState,
  RolloutView,
} from "../../../src/engine/rollout/rollout-state.ts";
import { formatWant } from "../../../src/model/marker.ts";
import type { DeploymentRow, SwarmService } from "../../../src/model/observed.ts";
import type { LiveService, QueueJob, TaskState } from "../../../src/ports.ts";

export const want = { hash: "aaaaaaaaaaaa", attempt: 2 };
export const older = { hash: "bbbbbbbbbbbb", attempt: 1 };
export const policy = {
  timeoutMs: 60_000,
  stableForMs: 10_000,
  http: null,
  onFailure: "keep",
  after: null,
} as const;
export const begun = beginRollout(want, policy, 1);
export const issued: RolloutState = { ...begun, issuedAtMs: 0 };

export const row = (status: DeploymentRow["status"], title = deployTitle(want)): DeploymentRow => ({
  deploymentId: `d-${status}`,
  title,
  status,
  createdAt: "2026-01-01T00:00:00.000Z",
});
export const service = (running = 1, wanted = 1): SwarmService => ({
  id: "s1",
  appName: "shop-web",
  image: "nginx:1",
  running,
  wanted,
});
export const live = (
  updateState: string | null = "completed",
  label = formatWant(want),
): LiveService => ({
  want: label,
  updateState,
});
export const job = (state: QueueJob["state"], title = deployTitle(want)): QueueJob => ({
  serviceId: "a1",
  title,
  state,
});
export const task = (more: Partial<TaskState> = {}): TaskState => ({
  state: "running",
  error: "",
  ageMs: 1000,
  failed: false,
  ...more,
});
export const crashed = (ageMs: number): TaskState =>
  task({ state: "failed", error: "task: non-zero exit (2)", ageMs, failed: true });

export const view = (more: Partial<RolloutView> = {}): RolloutView => ({
  nowMs: 1000,
  jobs: [],
  rows: [],
  service: undefined,
  live: null,
  tasks: null,
  swarm: null,
  ...more,
});
/** Done in Dokploy's eyes, and looked into. */
export const done = (more: Partial<RolloutView> = {}): RolloutView =>
  view({ rows: [row("done")], service: service(), live: live(), tasks: [task()], ...more });

export function stepOf(state: RolloutState, seen: RolloutView): Judgement["step"]["kind"] {
  return judge(state, seen).step.kind;
}
/** Judges a series of looks, each `[time, view]`; returns the steps. */
export function watch(
  state: RolloutState,
  looks: readonly (readonly [number, RolloutView])[],
): readonly Judgement[] {
  let current = state;
  return looks.map(([nowMs, seen]) => {
    const judgement = judge(current, { ...seen, nowMs });
    current = judgement.state;
    return judgement;
  });
}
