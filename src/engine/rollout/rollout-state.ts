// What is known of one rollout, and the time that counts for it: data, and nothing that decides. What it means and what
// is next, rollout-judge says.
import type { RolloutPhase } from "../../model/event-data.ts";
import type { Want } from "../../model/marker.ts";
import type { DeploymentRow, SwarmService } from "../../model/observed.ts";
import type { RolloutPolicy } from "../../model/desired.ts";
import type { RowMemory } from "./own-rows.ts";
import type { RolloutJob } from "../../model/rollout-job.ts";
import type { Swarm } from "../../plan/addresses.ts";
import type { LiveService, QueueJob, TaskState } from "../../ports.ts";

export interface RolloutState extends RowMemory {
  /** Whether what runs carries the attempt's label; otherwise its row is all that proves it. */
  readonly isLabelled: boolean;
  /** Whether an image is built for it from a repository: its row then names a commit, some time after it is done. */
  readonly isBuilt: boolean;
  /** Replicas that must run; null: as many as the service itself wants. */
  readonly replicas: number | null;
  readonly policy: RolloutPolicy;
  /** Of a job, whose command runs once; null of what is meant to stay up. */
  readonly job: Pick<RolloutJob, "timeoutMs"> | null;
  /** When the deploy request was acknowledged; null before. */
  readonly issuedAtMs: number | null;
  /** Since when the request that deploys it lasts, of a kind that is deployed while it lasts; null otherwise. */
  readonly deployingSinceMs: number | null;
  /** How often it was issued again after it vanished (Dokploy restarted). */
  readonly reissued: number;
  /** Looks in a row that found neither job nor row after the deploy was issued. */
  readonly missed: number;
  /** When its row was first seen running, or its label live: the time-out counts from here. */
  readonly beganAtMs: number | null;
  /** How much time counted when the command of a job was first seen running, as `countedMs` tells; null before. */
  readonly commandSinceMs: number | null;
  /** Since when everything has been right; null while something is not. */
  readonly rightSinceMs: number | null;
  /** Since when all is well but for the commit, which its row does not name yet; null: it does, or has none. */
  readonly untoldSinceMs: number | null;
  readonly mismatches: number;
  /** Since when the swarm cannot be read; null while it can. */
  readonly blindSinceMs: number | null;
  /** How long it could not be read since `beganAtMs`, as far as that is over: it counts towards no time-out. */
  readonly blindMs: number;
  readonly phase: RolloutPhase;
  /** Containers as last seen; null while nobody looked. */
  readonly running: number | null;
  readonly wanted: number | null;
  readonly message: string;
  /** Of what is built from Git, the commit of its deployment; null: not known. */
  readonly commit: string | null;
}

export interface RolloutView {
  readonly nowMs: number;
  /** Jobs of this application, any title. */
  readonly jobs: readonly QueueJob[];
  readonly rows: readonly DeploymentRow[];
  /** Undefined: the swarm has no such service; null: the swarm's list cannot be believed. */
  readonly service: SwarmService | null | undefined;
  /** Read only when asked for by `inspect`, like `tasks`: of a job its newest task alone. */
  readonly live: LiveService | null;
  readonly tasks: readonly TaskState[] | null;
  /** All that runs, whose addresses may be why this does not; null where that is not known. */
  readonly swarm: Swarm | null;
}

/**
 * Which log may tell why an attempt failed: that of its deployment, or that of its containers. None where what runs is
 * the version before, whose log would only mislead.
 */
export type ToldBy = "deployment" | "service" | "nothing";

export type RolloutStep =
  | { readonly kind: "wait" }
  /** Send the deploy request, when there is room in Dokploy's queue. */
  | { readonly kind: "issue" }
  /** Judge again with `live` and `tasks` read. */
  | { readonly kind: "inspect" }
  /** All is right for long enough: ask the probe, if there is one, then call it healthy. */
  | { readonly kind: "healthy" }
  | FailedStep;

export interface FailedStep {
  readonly kind: "failed";
  /** Whether another attempt can help: a pull that failed, a job that was cancelled. */
  readonly again: boolean;
  readonly reason: string;
  /** Its row, where there is one. */
  readonly deploymentId: string | null;
  readonly toldBy: ToldBy;
  /** The platform's failure (W7b) where the server's state tells so; null: its log may tell. */
  readonly platform: string | null;
}

export interface Judgement {
  readonly state: RolloutState;
  readonly step: RolloutStep;
}

export function beginRollout(
  want: Want,
  policy: RolloutPolicy,
  replicas: number | null,
  more: Partial<Pick<RolloutState, "rowsBefore" | "isLabelled" | "isBuilt" | "job">> = {},
): RolloutState {
  const { rowsBefore = null, isLabelled = true, isBuilt = false, job = null } = more;
  return {
    ...{ want, policy, replicas, rowsBefore, isLabelled, isBuilt, job },
    issuedAtMs: null,
    deployingSinceMs: null,
    reissued: 0,
    missed: 0,
    beganAtMs: null,
    commandSinceMs: null,
    rightSinceMs: null,
    untoldSinceMs: null,
    mismatches: 0,
    blindSinceMs: null,
    blindMs: 0,
    phase: "waiting",
    running: null,
    wanted: replicas,
    message: "waiting to be deployed",
    deploymentId: null,
    commit: null,
  };
}

/** A moment without the time before it in which the swarm could not be read (W7b). */
export function countedMs(state: RolloutState, nowMs: number): number {
  return nowMs - blindUntil(state, nowMs);
}

/** Whether its time is over; time in which the swarm could not be read does not count (W7b). */
export function timedOut(state: RolloutState, nowMs: number, moreMs = 0): boolean {
  if (state.beganAtMs === null) return false;
  const blindMs = blindUntil(state, nowMs);
  return nowMs - state.beganAtMs - blindMs > state.policy.timeoutMs + moreMs;
}

function blindUntil({ beganAtMs, blindSinceMs, blindMs }: RolloutState, nowMs: number): number {
  if (beganAtMs === null || blindSinceMs === null) return blindMs;
  return blindMs + nowMs - Math.max(beganAtMs, blindSinceMs);
}

/** The server could not be looked at, or its swarm not be read: time passes that nothing is judged by. */
export function lookedInVain(state: RolloutState, nowMs: number): RolloutState {
  return { ...state, blindSinceMs: state.blindSinceMs ?? nowMs };
}

export function lookedAt(state: RolloutState, { nowMs, service }: RolloutView): RolloutState {
  if (service === null) return lookedInVain(state, nowMs);
  if (state.blindSinceMs === null) return state;
  return { ...state, blindMs: blindUntil(state, nowMs), blindSinceMs: null };
}
