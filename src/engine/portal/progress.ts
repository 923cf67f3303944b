// How far a portal deployment is, from what is known without it: its commit's check of the stack, the
// stack's events, what the server has. Nothing of it is kept a second time. Pure.
import type { CheckReason, CheckRow } from "../../model/checks.ts";
import type {
  DeploymentError,
  DeploymentRecord,
  DeploymentState,
  DeploymentStatus,
  DeploymentStep,
  StepId,
} from "../../model/deployment.ts";
import type { RolloutData } from "../../model/event-data.ts";
import type { Event } from "../../model/status.ts";
import { tellingLines } from "../rollout/telling-lines.ts";

export interface ProgressFacts {
  readonly record: DeploymentRecord;
  /** Of its pull request; null in commit mode, or while it is not known. */
  readonly review: "open" | "merged" | "closed" | null;
  /** The newest of the stack that is not older than the deployment; null when no commit touched it since. */
  readonly check: CheckRow | null;
  /** Of the stack since the deployment began, the oldest first. */
  readonly events: readonly Event[];
  /** What the server has of it by now. */
  readonly projectId: string | null;
  readonly applicationId: string | null;
}

const titles: Readonly<Record<StepId, string>> = {
  written: "Writing it to Git",
  review: "Waiting for a review",
  seen: "Reading the commit",
  project: "Creating the project",
  application: "Creating the application",
  deploy: "Starting the container",
  ready: "Waiting until it answers",
};

const statuses: Readonly<Record<StepId, DeploymentStatus>> = {
  written: "initializing",
  review: "initializing",
  seen: "initializing",
  project: "creating_project",
  application: "creating_application",
  deploy: "deploying",
  ready: "deploying",
};

type End = "running" | "completed" | "failed";

/** What each reason of a check means for the person who waits. */
const ends: Readonly<Record<CheckReason, End>> = {
  seen: "running",
  queued: "running",
  unread: "running",
  progressing: "running",
  platform: "running",
  secrets: "running",
  // It is tried again, with longer and longer pauses.
  failed: "running",
  window: "running",
  dependency: "running",
  template: "running",
  build: "running",
  superseded: "running",
  planned: "running",
  fight: "running",
  unhealthy: "running",
  dns: "running",
  host: "running",
  healthy: "completed",
  unchanged: "completed",
  degraded: "failed",
  problem: "failed",
  conflict: "failed",
  version: "failed",
  "build-held": "failed",
  approval: "failed",
  suspended: "failed",
  "dry-run": "failed",
  removed: "failed",
  kept: "failed",
  left: "failed",
};

/** Why it takes longer than usual; shown beside the step. */
const delays: Partial<Record<CheckReason, string>> = {
  failed: "trying again",
  unread: "Git cannot be read at the moment",
  platform: "the server is not ready for it; trying again",
  secrets: "a secret cannot be read at the moment; trying again",
  window: "it waits for the next sync window",
  dependency: "it waits for another stack",
  template: "other stacks come first",
  build: "its image is being built",
  dns: "its DNS record is not in place yet",
  host: "it cannot be reached under its name yet",
};

function firstAt(events: readonly Event[], found: (event: Event) => boolean): number | null {
  return events.find(found)?.atMs ?? null;
}

function done(type: string): (event: Event) => boolean {
  return ({ action }) => action?.type === type && action.status === "done";
}

/** When each step ended, as far as it has. */
function endings({
  record,
  review,
  check,
  events,
  projectId,
  applicationId,
}: ProgressFacts): ReadonlyMap<StepId, number> {
  const project = firstAt(events, done("create-project"));
  const application = firstAt(events, done("create-service"));
  const deployed =
    firstAt(
      events,
      ({ rollout }) => rollout?.phase === "settling" || rollout?.phase === "probing",
    ) ?? firstAt(events, ({ rollout }) => rollout?.phase === "healthy");
  const rolling = firstAt(events, ({ rollout }) => rollout !== undefined);
  const begun = events.find(({ kind }) => kind !== "problem")?.atMs ?? null;
  const seen =
    check === null && begun === null
      ? null
      : (begun ?? Math.max(record.writtenAtMs ?? record.startedAtMs, check?.atMs ?? 0));
  const isOver = check !== null && ends[check.reason] === "completed";
  const ready = isOver ? check.atMs : null;
  const found: readonly (readonly [StepId, number | null])[] = [
    ["written", record.writtenAtMs],
    ["review", review === "merged" ? (seen ?? record.writtenAtMs) : null],
    ["seen", seen],
    // A stack that exists already skips what was made before.
    ["project", project ?? (projectId === null ? null : seen)],
    ["application", application ?? (applicationId === null ? rolling : (project ?? seen))],
    ["deploy", deployed ?? ready],
    ["ready", ready],
  ];
  return new Map(found.flatMap(([id, atMs]) => (atMs === null ? [] : [[id, atMs] as const])));
}

/** A step is over when a later one is. */
function stepsOf(facts: ProgressFacts, end: End): readonly DeploymentStep[] {
  const { record } = facts;
  const order = (Object.keys(titles) as StepId[]).filter(
    (id) => id !== "review" || record.review !== null,
  );
  const ended = endings(facts);
  const last = order.findLastIndex((id) => ended.has(id));
  let beganMs = record.startedAtMs;
  return order.map((id, index): DeploymentStep => {
    const state =
      index <= last || end === "completed"
        ? "done"
        : index > last + 1
          ? "waiting"
          : end === "failed"
            ? "failed"
            : "active";
    const startedAtMs = state === "waiting" ? null : beganMs;
    const endedAtMs = state === "done" ? Math.max(beganMs, ended.get(id) ?? beganMs) : null;
    beganMs = endedAtMs ?? beganMs;
    const link = id === "review" ? (record.review?.url ?? null) : null;
    return { id, title: titles[id], state, startedAtMs, endedAtMs, link };
  });
}

const longestReason = 300;

/** A clause as a sentence. Names keep their small letters: a colon, a slash or the like follows them. */
function sentenceOf(clause: string): string {
  const begun = /^[a-z]+(?= |$)/.test(clause)
    ? `${clause.slice(0, 1).toUpperCase()}${clause.slice(1)}`
    : clause;
  return /[.!?…]$/.test(begun) ? begun : `${begun}.`;
}

/** What failed, with the line of the log that says why. */
function failedRollout({ why, log }: RolloutData): DeploymentError | null {
  if (why === null) return null;
  const [line] = tellingLines(log, 1);
  const reason = line === undefined ? "" : `: ${line.slice(0, longestReason)}`;
  return { message: sentenceOf(`${why}${reason}`), log };
}

function failure({ check, events, review }: ProgressFacts): DeploymentError {
  if (review === "closed") {
    return { message: "Its pull request was closed without a merge.", log: [] };
  }
  const rollout = events.findLast(({ rollout }) => rollout?.phase === "failed")?.rollout;
  const known =
    check?.reason === "degraded" && rollout !== undefined ? failedRollout(rollout) : null;
  if (known !== null) return known;
  const [said = "", ...log] = (check?.description ?? "").split("\n");
  return { message: said === "" ? "It did not work." : sentenceOf(said), log };
}

/** How it ends by what is known now; null while it goes on. */
export function endOf(facts: ProgressFacts): DeploymentRecord["end"] {
  const { record, check, review } = facts;
  if (record.end !== null) return record.end;
  const end: End = review === "closed" ? "failed" : check === null ? "running" : ends[check.reason];
  if (end === "running") return null;
  const newest = Math.max(record.startedAtMs, check?.atMs ?? 0);
  return { atMs: newest, status: end, error: end === "failed" ? failure(facts) : null };
}

export function deploymentState(facts: ProgressFacts): DeploymentState {
  const { record, check } = facts;
  const ended = endOf(facts);
  const end: End = ended?.status ?? "running";
  const steps = stepsOf(facts, end);
  const active = steps.find(({ state }) => state === "active" || state === "failed");
  const done = steps.filter(({ state }) => state === "done").length;
  const delay = end === "running" && check !== null ? delays[check.reason] : undefined;
  const title = active?.title ?? "Ready";
  return {
    id: record.id,
    name: record.name,
    status: end === "running" ? statuses[active?.id ?? "ready"] : end,
    url: record.url,
    error: ended?.error ?? null,
    projectId: facts.projectId,
    applicationId: facts.applicationId,
    progress: Math.round((100 * done) / steps.length),
    currentStep: delay === undefined ? title : `${title} (${delay})`,
    steps,
    startedAtMs: record.startedAtMs,
    endedAtMs: ended?.atMs ?? null,
  };
}
