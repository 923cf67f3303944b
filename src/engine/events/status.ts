// Turns the outcome of a run into the conditions that people and checks read. The only place that does.
import { clockTime } from "../../lib/duration.ts";
import { domainsOf } from "../../model/children.ts";
import type { DesiredStack } from "../../model/desired.ts";
import type { HostReport } from "../../model/host-check.ts";
import type { Plan } from "../../model/plan.ts";
import type {
  Condition,
  DriftState,
  Outcome,
  RollbackState,
  StackStatus,
} from "../../model/status.ts";
import { removedWords } from "../../model/status.ts";
import { plural, shortRevision } from "../../plan/render/words.ts";

type ConditionState = Pick<Condition, "status" | "reason" | "message">;

/** The reason of all that is not known because the swarm cannot be read. */
const swarmUnreadable = "SwarmUnreadable";

const inSync = "in sync and healthy";
const healthyWithDrift = "healthy, with what was changed in Dokploy";

interface Words {
  readonly ready: ConditionState;
  readonly synced: ConditionState;
}

const say = (status: Condition["status"], reason: string, message: string): ConditionState => ({
  status,
  reason,
  message,
});

const rollbackReasons: Readonly<Record<RollbackState["state"], string>> = {
  "under-way": "RollingBack",
  done: "RolledBack",
  failed: "RollbackFailed",
};

/** `hasDrift`: something is left as people changed it in Dokploy. */
function words(outcome: Outcome, hasDrift: boolean): Words {
  switch (outcome.kind) {
    case "converged":
      return {
        ready: say(
          "True",
          "Ready",
          [
            hasDrift ? healthyWithDrift : inSync,
            ...(outcome.builds ?? []),
            ...(outcome.adopted ?? []),
          ].join("; "),
        ),
        synced: say("True", "Synced", "in sync"),
      };
    case "progressing":
      return {
        ready: say("False", "Progressing", outcome.message),
        synced: say("True", "Written", "written to Dokploy; rolling out"),
      };
    case "waiting": {
      if (outcome.reason === "swarm") {
        return {
          ready: say("Unknown", swarmUnreadable, outcome.message),
          synced: say("True", "Synced", "in sync"),
        };
      }
      if (outcome.reason === "host") {
        return {
          ready: say("False", "WaitingHost", outcome.message),
          synced: say("True", "Synced", "in sync"),
        };
      }
      const words = ["waiting", ...outcome.reason.split("-")];
      const reason = words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join("");
      return {
        ready: say("False", reason, outcome.message),
        synced: say("False", reason, outcome.message),
      };
    }
    case "failed":
      return {
        ready: say("False", "Failed", outcome.message),
        synced: say("Unknown", "Failed", outcome.message),
      };
    case "degraded": {
      const { rollback, message } = outcome;
      if (rollback !== undefined) {
        const reason = rollbackReasons[rollback.state];
        const held = `held at ${shortRevision(rollback.to)} until a commit changes this stack`;
        return { ready: say("False", reason, message), synced: say("False", reason, held) };
      }
      return {
        ready: say("False", "RolloutFailed", message),
        synced: say("True", "Written", "written to Dokploy; a rollout failed"),
      };
    }
    case "terminal":
      return {
        ready: say("False", "Terminal", outcome.message),
        synced: say("False", "Terminal", outcome.message),
      };
    case "removed":
      return {
        ready: say("False", "Removed", outcome.message ?? removedWords),
        synced: say("True", "Removed", outcome.message ?? removedWords),
      };
  }
}

/** Who suspended it and until when; null when it is not. */
function whySuspended(outcome: Outcome): string | null {
  return outcome.kind === "waiting" && outcome.reason === "suspended" ? outcome.message : null;
}

/** Of a suspended stack: what was seen of it, as why nothing is written is said by its condition Suspended. */
function suspendedWords({ waiting, unhealthy }: StatusInput): Words {
  const reason = "WaitingSuspended";
  const synced =
    waiting === null || waiting === undefined
      ? say("Unknown", reason, "not compared with Git while it is suspended")
      : waiting === 0
        ? say("True", "Synced", "nothing differs from Git")
        : say(
            "False",
            reason,
            `differs from Git: ${plural(waiting, "action")} planned for when it is resumed`,
          );
  if (synced.status === "True" && unhealthy === null) {
    return { synced, ready: say("Unknown", reason, "not known while it is suspended") };
  }
  const isReady = synced.status === "True" && unhealthy?.length === 0;
  const ready = isReady
    ? say("True", reason, "in sync and healthy when last looked at")
    : say("False", reason, "not brought in order while it is suspended");
  return { synced, ready };
}

/** What is to be said of a stack when there is room for one sentence. */
export function statusMessage({ outcome, conditions }: StackStatus): string {
  const ready = conditions.find(({ type }) => type === "Ready");
  return whySuspended(outcome) ?? ready?.message ?? "";
}

export interface StatusInput {
  readonly name: string;
  readonly desired: DesiredStack | null;
  readonly revision: string;
  readonly outcome: Outcome;
  readonly plan: Plan | null;
  /** Why a service is not healthy, one line each; null when nothing is known of what runs. */
  readonly unhealthy: readonly string[] | null;
  /** The swarm could not be read; absent: it could. */
  readonly blind?: boolean;
  /** Changes that a suspended stack was seen to need; null or absent: that was not looked at. */
  readonly waiting?: number | null;
  /** What ended once of late and is well, one line each. */
  readonly restarts?: readonly string[];
  /** What is set back again and again; absent or null: nothing. */
  readonly fought?: string | null;
  /** Which of its secrets are not of now; absent or null: all are. */
  readonly agedSecrets?: string | null;
  /** What is left as it is; absent or null: nothing. */
  readonly drift?: DriftState | null;
  /** Whether people reach it under its names; absent: nobody looked, and what was found before stays. */
  readonly hosts?: HostReport;
  readonly nowMs: number;
}

/** What is said of the health of a stack of which nothing is known now. */
function unknownHealth(
  { blind }: StatusInput,
  before: StackStatus | undefined,
  knownMs: number | null,
): ConditionState {
  if (blind !== true) return say("Unknown", "Unknown", "not known what is running");
  const old = before?.conditions.find(({ type }) => type === "Healthy");
  // The words of the last knowledge stay while the outage lasts.
  if (old?.reason === swarmUnreadable) return say("Unknown", swarmUnreadable, old.message);
  const known =
    knownMs === null || old?.status === "Unknown"
      ? ""
      : `; last known at ${clockTime(knownMs)}: ${old?.message ?? ""}`;
  const message = `not known what is running: the swarm does not answer${known}`;
  return say("Unknown", swarmUnreadable, message);
}

/** What the outcome alone does not tell. */
function syncedWith(synced: ConditionState, input: StatusInput): ConditionState {
  const { drift = null, fought = null, agedSecrets = null } = input;
  const isSynced = synced.status === "True";
  const { message, ...rest } =
    isSynced && drift !== null ? say("False", drift.reason, drift.message) : synced;
  const more = [isSynced ? fought : null, agedSecrets].filter((one) => one !== null);
  return { ...rest, message: [message, ...more].join("; ") };
}

/** A condition keeps the time since when it has its status while only its words change. */
export function stackStatus(input: StatusInput, before: StackStatus | undefined): StackStatus {
  const { unhealthy } = input;
  const healthKnownMs = unhealthy === null ? (before?.healthKnownMs ?? null) : input.nowMs;
  const suspended = whySuspended(input.outcome);
  const { ready, synced } =
    suspended !== null
      ? suspendedWords(input)
      : words(input.outcome, (input.drift ?? null) !== null);
  const make = (
    type: Condition["type"],
    { status, reason, message }: ConditionState,
  ): Condition => {
    const old = before?.conditions.find((condition) => condition.type === type);
    const sinceMs = old?.status === status ? old.sinceMs : input.nowMs;
    return { type, status, reason, message, revision: input.revision, sinceMs };
  };
  const sick = unhealthy !== null && unhealthy.length > 0;
  const running = ["all services are running", ...(input.restarts ?? [])].join("; ");
  const conditions: Condition[] = [
    make(
      "Ready",
      sick && ready.status === "True"
        ? { status: "False", reason: "Unhealthy", message: unhealthy.join("; ") }
        : ready,
    ),
    make("Synced", syncedWith(synced, input)),
    make(
      "Healthy",
      unhealthy === null
        ? unknownHealth(input, before, healthKnownMs)
        : sick
          ? { status: "False", reason: "Unhealthy", message: unhealthy.join("; ") }
          : { status: "True", reason: "Healthy", message: running },
    ),
    make("Suspended", {
      status: suspended === null ? "False" : "True",
      reason: suspended === null ? "Active" : "Suspended",
      message: suspended ?? "",
    }),
    ...(input.hosts?.conditions ?? []).map((one) => ({
      ...make(one.type, one),
      ...(one.isAdvisory ? { isAdvisory: true as const } : {}),
    })),
  ];
  const urls = (input.desired?.services ?? []).flatMap((service) =>
    domainsOf(service).map(
      ({ https, host, path }) => `${https ? "https" : "http"}://${host}${path === "/" ? "" : path}`,
    ),
  );
  return {
    name: input.name,
    project: input.desired?.project ?? input.name,
    revision: input.revision,
    outcome: input.outcome,
    conditions,
    plan: input.plan,
    urls,
    ...(input.drift ? { drift: input.drift } : {}),
    healthKnownMs,
    lastRunMs: input.nowMs,
  };
}
