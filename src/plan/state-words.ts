// The state of a stack in one word and in words for people: one table for the API, the command line and
// the pages. It is derived from the status that the last run left, and from who suspended the stack.
import type { Outcome, StackStatus, Waiting } from "../model/status.ts";

/** In the order of attention. */
export const stackStates = [
  "failing",
  "waiting",
  "rolling-out",
  "unknown",
  "suspended",
  "ready",
  "removed",
] as const;
export type StackStateName = (typeof stackStates)[number];

export interface StackState {
  readonly state: StackStateName;
  /** `Waiting: approval` */
  readonly text: string;
  /** It fails, or goes on only when somebody decides; what waits for a time or another stack goes on by itself. */
  readonly needsPerson: boolean;
  /** Since when, in ms; null when nobody knows. */
  readonly sinceMs: number | null;
}

type Words = Pick<StackState, "state" | "text" | "needsPerson">;

const say = (state: StackStateName, text: string): Words => ({
  state,
  text,
  needsPerson: state === "failing",
});
/** It waits until somebody decides. */
const ask = (text: string): Words => ({ state: "waiting", text, needsPerson: true });

const waitingWords: Readonly<Record<Waiting["reason"], Words>> = {
  suspended: say("suspended", "Suspended"),
  approval: ask("Waiting: approval"),
  conflict: ask("Waiting: conflict"),
  fight: ask("Waiting: repeated drift"),
  version: ask("Waiting: Dokploy version"),
  window: say("waiting", "Waiting: sync window"),
  dependency: say("waiting", "Waiting: dependency"),
  preview: say("waiting", "Waiting: pull request not read"),
  template: say("waiting", "Waiting: template rollout"),
  build: say("waiting", "Waiting: build"),
  "dry-run": say("waiting", "Waiting: dry run"),
  "build-held": say("failing", "Failing: build"),
  platform: say("failing", "Failing: platform"),
  dns: ask("Waiting: DNS record"),
  host: say("waiting", "Waiting: reachable"),
  server: say("waiting", "Waiting: a server does not answer"),
  secrets: say("waiting", "Waiting: a source of secrets does not answer"),
  swarm: say("unknown", "Unknown: the swarm does not answer"),
  // These two end by themselves within minutes.
  deployment: say("rolling-out", "Rolling out"),
  answer: say("rolling-out", "Rolling out"),
  // It left Git, and its manifest said to keep it.
  retained: say("removed", "Removed from Git, kept"),
};

const rollbackWords = {
  "under-way": say("rolling-out", "Rolling back"),
  done: say("failing", "Failing: rolled back"),
  failed: say("failing", "Failing: rollback failed"),
} as const;

const endWords = {
  ready: say("ready", "Ready"),
  failing: say("failing", "Failing"),
  progressing: say("rolling-out", "Rolling out"),
  removed: say("removed", "Removed"),
} as const;

const notRunWords = { queued: "Queued", never: "Not checked yet" } as const;

/** Every text that a state may have, each once: for tables that explain them. */
export const stateTexts: readonly string[] = [
  ...new Set([
    ...[endWords, waitingWords, rollbackWords].flatMap((words: Readonly<Record<string, Words>>) =>
      Object.values(words).map(({ text }) => text),
    ),
    ...Object.values(notRunWords),
  ]),
];

function wordsOf(outcome: Outcome, isReady: boolean): Words {
  switch (outcome.kind) {
    case "converged":
      return isReady ? endWords.ready : endWords.failing;
    case "progressing":
      return endWords.progressing;
    case "waiting":
      return waitingWords[outcome.reason];
    case "failed":
    case "terminal":
      return endWords.failing;
    case "degraded":
      return outcome.rollback === undefined
        ? endWords.failing
        : rollbackWords[outcome.rollback.state];
    case "removed":
      return endWords.removed;
  }
}

export interface StateInput {
  /** Null: no run of it has ended yet. */
  readonly status: StackStatus | null;
  /** Since when a person has suspended it, in ms; null: nobody has. */
  readonly suspendedSinceMs: number | null;
  /** Whether a run of it is due or under way. */
  readonly busy: boolean;
}

export function stackState({ status, suspendedSinceMs, busy }: StateInput): StackState {
  if (suspendedSinceMs !== null && status?.outcome.kind !== "removed") {
    return { ...waitingWords.suspended, sinceMs: suspendedSinceMs };
  }
  if (status === null) {
    const text = busy ? notRunWords.queued : notRunWords.never;
    return { ...say("unknown", text), sinceMs: null };
  }
  const ready = status.conditions.find(({ type }) => type === "Ready");
  return {
    ...wordsOf(status.outcome, ready?.status === "True"),
    sinceMs: ready?.sinceMs ?? null,
  };
}
