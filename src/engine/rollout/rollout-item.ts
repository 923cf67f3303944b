// One rollout that is followed, with what was seen of it, and which of many are looked at in one tick.
import type { DesiredService } from "../../model/desired.ts";
import type { RolloutPhase } from "../../model/event-data.ts";
import type { Want } from "../../model/marker.ts";
import { carriesLabel, isFromGit, kindOf, replicasOf, runningOf } from "../../model/kinds/table.ts";
import { swarmOn } from "../../model/observed.ts";
import type { DeploymentRow, ServiceRef, SwarmService } from "../../model/observed.ts";
import type { LiveService, QueueJob, RolloutObservation, TaskState } from "../../ports.ts";
import type { Verdict } from "../../plan/input.ts";
import { deployTitle, ownRow } from "./own-rows.ts";
import type { RowMemory } from "./own-rows.ts";
import { beginRollout } from "./rollout-state.ts";
import type { RolloutState, RolloutView } from "./rollout-state.ts";

export interface RolloutRequest {
  readonly stack: string;
  readonly serviceId: string;
  readonly appName: string;
  /** Another server of that Dokploy; null, or absent: its own host. */
  readonly serverId?: string | null;
  readonly desired: DesiredService;
  readonly want: Want;
  /** Why it is deployed (H7); written into the deployment's description. */
  readonly reason: string;
  /** The newest commit of its branch that was known when it was planned; null or absent: none. */
  readonly head?: string | null;
}

export interface RolloutProgress {
  readonly request: RolloutRequest;
  readonly message: string;
  readonly phase: RolloutPhase;
  /** Containers as last seen; null while nobody looked. */
  readonly running: number | null;
  readonly wanted: number | null;
  /** Following it failed, in a row, so many times; 0 when all goes well. */
  readonly troubles: number;
  /** Since when the swarm cannot be read, so that nothing is judged (W7b); null while it can. */
  readonly blindSinceMs: number | null;
  /** The platform's failure after which this is another try (W7b); null once it got further, or for others. */
  readonly after: string | null;
}

/** Why a rollout failed: a clause, and the last lines of a log. */
export interface FailureWords {
  readonly why: string;
  readonly log: readonly string[];
  /** When it is tried again; null where it is not. */
  readonly nextAtMs: number | null;
  /** False where the same was told of the try before: what lasts is told once. */
  readonly isNews: boolean;
}

export interface Item {
  readonly request: RolloutRequest;
  state: RolloutState;
  /** Failures in a row of looking at it or asking for its deploy; backed off, beside the others (Q7). */
  troubles: number;
  quietUntilMs: number;
  /** Its rows, once the attempt's deployment is done: they tell nothing new any more. */
  rows: readonly DeploymentRow[] | null;
  /** When its label and its tasks were last read; 0: never. */
  inspectedAtMs: number;
  /** What was told of it: a crash loop comes by the same two states every few seconds. */
  readonly told: Set<string>;
  /** The platform's failure of the try before; null where there was none. */
  readonly after: string | null;
  /** The newest commit of its branch that was known before this process asked for it; null: none, or it did not ask. */
  head: string | null;
  /** How often its containers ran and then did not. */
  falls: number;
  probing: Promise<void> | null;
  /** What the probe answered last: null is well; undefined, it was not asked yet. */
  probed: string | null | undefined;
}

export interface Inspected {
  readonly item: Item;
  readonly service: SwarmService;
}

/** How many rollouts that wait for their turn are looked at in one tick. */
const mostLookedAt = 20;

export function newItem(request: RolloutRequest, rowsBefore: RowMemory["rowsBefore"] = null): Item {
  const { desired, want } = request;
  return {
    request,
    state: beginRollout(want, desired.rollout, replicasOf(desired), {
      rowsBefore,
      isLabelled: carriesLabel(desired),
      isBuilt: isFromGit(desired),
      job: desired.job ?? null,
    }),
    troubles: 0,
    quietUntilMs: 0,
    rows: null,
    inspectedAtMs: 0,
    told: new Set(),
    after: null,
    head: null,
    falls: 0,
    probing: null,
    probed: undefined,
  };
}

/** The attempt after one that failed: after the platform's failure nothing is told twice, as tries go on for hours. */
export function nextTry(
  request: RolloutRequest,
  rowsBefore: RowMemory["rowsBefore"],
  { verdict, told }: { readonly verdict: Verdict; readonly told: Item["told"] },
): Item {
  const item = newItem(request, rowsBefore);
  const isOther = verdict.kind === "healthy" || verdict.want.hash !== request.want.hash;
  if (isOther || verdict.platform === undefined) return item;
  return { ...item, after: verdict.platform, told };
}

/** Whether this failure was not told of the tries before. */
export function isNewTrouble({ told }: Item, platform: string | undefined): boolean {
  if (platform === undefined) return true;
  const isNews = !told.has(platform);
  told.add(platform);
  return isNews;
}

const untilDeployed: ReadonlySet<RolloutPhase> = new Set([
  "waiting",
  "requested",
  "queued",
  "deploying",
]);

/** Whether nothing of it has happened yet: no request of ours, and no deployment that was seen. */
export function isWaiting({ state }: Pick<Item, "state">): boolean {
  const { issuedAtMs, deployingSinceMs, beganAtMs } = state;
  return issuedAtMs === null && deployingSinceMs === null && beganAtMs === null;
}

/** Takes the new state over; whether it says what was not told of this attempt yet. */
export function moveTo(item: Item, state: RolloutState): boolean {
  if (wasUp(item.state.phase) && state.phase === "starting") item.falls += 1;
  item.state = state;
  const said = `${state.phase} ${state.message}`;
  const isNews = !item.told.has(said);
  item.told.add(said);
  return isNews;
}

function wasUp(phase: RolloutPhase): boolean {
  return phase === "settling" || phase === "probing";
}

/** For the end of a rollout whose containers did not stay up; empty where they did. */
export function fallsText({ falls }: Pick<Item, "falls">): string {
  if (falls === 0) return "";
  return ` (its containers were seen to end ${falls === 1 ? "once" : `${falls} times`})`;
}

export function progressOf({ request, state, troubles, after }: Item): RolloutProgress {
  const { message, phase, running, wanted, blindSinceMs } = state;
  const still = untilDeployed.has(phase) ? after : null;
  return { request, message, phase, running, wanted, troubles, blindSinceMs, after: still };
}

function jobsOf({ request }: Item, { queue }: RolloutObservation): readonly QueueJob[] {
  return queue.filter((job) => job.serviceId === request.serviceId);
}

export function rowsOf(item: Item, observation: RolloutObservation): readonly DeploymentRow[] {
  return observation.rows.get(item.request.serviceId) ?? item.rows ?? [];
}

/** Keeps the rows of deployments that are done. */
export function keepRows(looked: readonly Item[], observation: RolloutObservation): void {
  for (const item of looked) {
    const rows = rowsOf(item, observation);
    const own = ownRow(item.state, rows, jobsOf(item, observation));
    // Dokploy writes the commit of a build some time after it is done.
    const isTold = own?.commit !== undefined || !isFromGit(item.request.desired);
    item.rows = own?.status === "done" && isTold ? rows : null;
  }
}

export function viewOf(
  item: Item,
  observation: RolloutObservation,
  live: LiveService | null,
  tasks: readonly TaskState[] | null,
): RolloutView {
  const { appName, desired } = item.request;
  const swarm = swarmOn(observation, item.request.serverId ?? null);
  return {
    nowMs: observation.takenAtMs,
    jobs: jobsOf(item, observation),
    rows: rowsOf(item, observation),
    service: swarm === null ? null : runningOf(desired, swarm, appName),
    live,
    tasks,
    swarm,
  };
}

/** Those under way, and the next few that wait for their turn: not thousands in one look. */
export function inView(items: Iterable<Item>): readonly Item[] {
  const all = [...items];
  const begun = (item: Item): boolean =>
    item.state.issuedAtMs !== null || item.state.beganAtMs !== null;
  return [...all.filter(begun), ...all.filter((item) => !begun(item)).slice(0, mostLookedAt)];
}

/** Whether its deployment goes through no queue, and lasts as long as its request. */
export function isDirect({ request }: Pick<Item, "request">): boolean {
  return kindOf(request.desired.kind).deploys === "direct";
}

export function refOf({ serviceId, desired }: RolloutRequest): ServiceRef {
  return { kind: desired.kind, id: serviceId };
}

/** Deploys of ours that wait or run, or were asked for and show neither as job nor as row yet. */
export function inQueue(looked: readonly Item[], observation: RolloutObservation): number {
  return looked.filter((item) => {
    if (isDirect(item)) return false;
    const title = deployTitle(item.request.want);
    if (observation.queue.some((job) => job.title === title)) return true;
    const rows = rowsOf(item, observation);
    return item.state.issuedAtMs !== null && ownRow(item.state, rows) === undefined;
  }).length;
}

/** Its deployment has begun, and lasts until its request is answered. */
export function deploying(state: RolloutState, nowMs: number): RolloutState {
  return {
    ...state,
    deployingSinceMs: nowMs,
    beganAtMs: state.beganAtMs ?? nowMs,
    phase: "deploying",
    message: "Dokploy is deploying it",
  };
}
