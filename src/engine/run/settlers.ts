// How a run ends once its plan was carried out, as far as it could be. As with gates the order is part of the
// rule: what failed comes before what is under way, and that before what waits.
import { describeError, toCapstanError } from "../../lib/errors.ts";
import type { Outcome } from "../../model/status.ts";
import type { Allowed } from "../drift/corrections.ts";
import { failedRollout } from "../health/verdicts.ts";
import { verifyRemoval } from "../removal/absence.ts";
import type { Done } from "./carry-out.ts";
import type { GitRun } from "./gates.ts";
import { heldRemoval, retriedRemoval } from "./removals.ts";
import type { Row } from "./rows.ts";
import type { RunTools } from "./tools.ts";

/** What was done, of a stack in Git or of one that left it. */
export interface Worked {
  readonly tools: Pick<RunTools, "rollouts" | "world" | "clock">;
  /** Whose rollouts keep the run from its end; null for a stack that left Git. */
  readonly follows: string | null;
  readonly done: Done;
}

/** A run of a stack in Git whose plan was carried out. */
export interface WorkedRun extends GitRun {
  readonly follows: string;
  readonly done: Done;
  /** What waits because its fields are fought over (H3); null when nothing does. */
  readonly fight: Allowed["held"];
}

export function outcomeOfError(
  error: unknown,
  { clock, world }: Pick<RunTools, "clock" | "world">,
): Outcome {
  const known = toCapstanError(error);
  // What happened is not known, or somebody else changed something since the list.
  if (known.code === "uncertain" || known.code === "conflict") world.distrust(clock.now());
  if (known.code === "invalid" || known.code === "unsupported") {
    return { kind: "terminal", message: describeError(known) };
  }
  return {
    kind: "failed",
    message: describeError(known),
    retryAfterMs: known.retryAfterMs ?? null,
  };
}

export type WorkName = "failed" | "unanswered" | "stopping" | "rolling-out" | "held-removal";

/** What became of the actions themselves. */
export const workSettlers: readonly Row<Worked, WorkName>[] = [
  {
    name: "failed",
    outcome: ({ done, tools }) =>
      done.error === null ? null : retriedRemoval(outcomeOfError(done.error, tools), done.results),
  },
  {
    name: "unanswered",
    outcome({ done }) {
      if (done.waitMs === null) return null;
      const message = "a request was not answered; checking before anything is repeated";
      return { kind: "waiting", reason: "answer", message, afterMs: done.waitMs };
    },
  },
  {
    name: "stopping",
    outcome: ({ done }) =>
      done.stopped
        ? { kind: "progressing", message: "Capstan is stopping: the next start continues" }
        : null,
  },
  {
    name: "rolling-out",
    outcome({ follows, tools }) {
      const active = follows === null ? [] : tools.rollouts.active(follows);
      if (active.length === 0) return null;
      const after = active.flatMap((one) => one.after ?? []);
      if (after.length === active.length) {
        const lasting = [...new Set(after)].sort().join("; ");
        const message = `${lasting}; trying again`;
        return { kind: "waiting", reason: "platform", message, afterMs: null, lasting };
      }
      const lines = active.map(({ request, message }) => `${request.desired.key}: ${message}`);
      return { kind: "progressing", message: lines.join("; ") };
    },
  },
  { name: "held-removal", outcome: ({ done }) => heldRemoval(done.results) },
];

export type SettlerName =
  | WorkName
  | "failed-rollout"
  | "in-line"
  | "fight"
  | "silent-server"
  | "approval"
  | "removing"
  | "remains";

/** All of a stack in Git; where none has anything to say it is converged. */
export const settlers: readonly Row<WorkedRun, SettlerName>[] = [
  ...workSettlers,
  {
    name: "failed-rollout",
    outcome: ({ wanted, planned: { view }, tools: { rollouts, clock } }) =>
      failedRollout(wanted, view, rollouts, clock.now()),
  },
  {
    // A rollout may have ended while this run was under way: the next one writes that down, and begins what waited for
    // it.
    name: "in-line",
    outcome({ done }) {
      const lines = done.results.flatMap(({ action, status, message }) => {
        if (action.type !== "rollout") return [];
        if (status === "done") return [`${action.service}: rolled out`];
        const isInLine = status === "not-executed" && action.waitsFor.length > 0;
        return isInLine ? [`${action.service}: ${message}`] : [];
      });
      return lines.length === 0 ? null : { kind: "progressing", message: lines.join("; ") };
    },
  },
  {
    name: "fight",
    outcome: ({ fight }) =>
      fight === null ? null : { kind: "waiting", reason: "fight", ...fight },
  },
  { name: "silent-server", outcome: ({ waits }) => waits },
  {
    name: "approval",
    outcome: ({ hold, actions, planned: { plan } }) =>
      actions.length < plan.actions.length ? hold : null,
  },
  {
    name: "removing",
    outcome: ({ actions }) =>
      actions.some((action) => action.type === "delete-service") ? verifyRemoval : null,
  },
  {
    name: "remains",
    outcome: ({ tools, planned: { plan, view }, loaded, policy }) =>
      tools.removals.remains(plan, loaded, view, policy),
  },
];
