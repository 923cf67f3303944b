// The states of stacks and checks as people see them: a word, a shape and a colour class for each.
import type { Health, StackStateName } from "../../api/shapes/stack.ts";
import type { CommitSummary } from "../../api/shapes/dashboard.ts";

/** Each has a shape of its own: colour is never the only sign. */
export type Shape =
  "check" | "cross" | "attention" | "turning" | "paused" | "dashed" | "minus" | "dot";
/** Named after the tokens of the style sheet. */
export type Tone = "ok" | "bad" | "wait" | "busy" | "quiet";

export interface Look {
  readonly word: string;
  readonly shape: Shape;
  readonly tone: Tone;
}

export const stackLooks: Readonly<Record<StackStateName, Look>> = {
  failing: { word: "Failing", shape: "cross", tone: "bad" },
  waiting: { word: "Waiting", shape: "attention", tone: "wait" },
  "rolling-out": { word: "Rolling out", shape: "turning", tone: "busy" },
  unknown: { word: "Unknown", shape: "dashed", tone: "quiet" },
  suspended: { word: "Suspended", shape: "paused", tone: "quiet" },
  ready: { word: "Ready", shape: "check", tone: "ok" },
  removed: { word: "Removed", shape: "minus", tone: "quiet" },
};

/** What needs a person comes first. */
export const attentionOrder: readonly StackStateName[] = [
  "failing",
  "waiting",
  "rolling-out",
  "unknown",
  "suspended",
  "ready",
  "removed",
];

const checkLooks: Readonly<Record<CommitSummary["state"], Omit<Look, "word">>> = {
  failure: { shape: "cross", tone: "bad" },
  attention: { shape: "attention", tone: "wait" },
  pending: { shape: "turning", tone: "busy" },
  success: { shape: "check", tone: "ok" },
  neutral: { shape: "minus", tone: "quiet" },
};

/** Of a commit, or of one of its checks. */
export function checkLook({ state, stateText }: Pick<CommitSummary, "state" | "stateText">): Look {
  return { word: stateText, ...checkLooks[state] };
}

export const healthLooks: Readonly<Record<Health, Look>> = {
  healthy: { word: "Healthy", shape: "check", tone: "ok" },
  progressing: { word: "Starting", shape: "turning", tone: "busy" },
  degraded: { word: "Failing", shape: "cross", tone: "bad" },
  stopped: { word: "Stopped", shape: "paused", tone: "quiet" },
  unknown: { word: "Unknown", shape: "dashed", tone: "quiet" },
  none: { word: "", shape: "dot", tone: "quiet" },
};
