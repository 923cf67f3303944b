// Whether a stack's actions have to wait for builds (`rollout.after`), from what is known of their runs. Pure.
import type { DesiredStack } from "../../model/desired.ts";
import { imageOf } from "../../model/kinds/table.ts";
import type { Action } from "../../model/plan.ts";
import type { Waiting } from "../../model/status.ts";
import { buildVerdict } from "./build-runs.ts";
import { workflowKey } from "./known-runs.ts";
import type { KnownRuns, Workflow } from "./known-runs.ts";

export interface BuildWait {
  /** Null: the actions may go out. */
  readonly waiting: Waiting | null;
  /** Workflows of which nothing recent is known, each once: to be asked for now. */
  readonly unknown: readonly Workflow[];
  /** The wait is for these answers alone: it ends with the first of them. */
  readonly untilAnswered: boolean;
}

/** Looked at again after so long, where no delivery says so before. */
const againMs = 30_000;
const laterMs = 120_000;

/** Whether a plan brings another image, or a service that is not there yet. */
function bringsImage(service: string, actions: readonly Action[]): boolean {
  return actions.some(
    (action) =>
      "service" in action &&
      action.service === service &&
      (action.type === "create-service" || action.changes.some(({ path }) => path === "image")),
  );
}

function waits(reason: Waiting["reason"], service: string, message: string): Waiting {
  const afterMs = reason === "build" ? againMs : laterMs;
  return { kind: "waiting", reason, message: `${service}: ${message}`, afterMs };
}

/**
 * Only services that get a new image wait. A build that failed is named before one that is under way. `recent`:
 * what is known of a workflow, null when that is too old to decide by.
 */
export function buildWait(
  { services }: Pick<DesiredStack, "services">,
  actions: readonly Action[],
  recent: (workflow: Workflow) => KnownRuns | null,
): BuildWait {
  const unknown = new Map<string, Workflow>();
  let held: Waiting | null = null;
  for (const one of services) {
    const { key: service } = one;
    const { after } = one.rollout;
    const image = imageOf(one);
    if (after === null || image === null || !bringsImage(service, actions)) continue;
    const now = recent(after);
    if (now === null) {
      unknown.set(workflowKey(after), after);
    } else if (now.error !== null) {
      held ??= waits("build-held", service, `runs of ${after.workflow}: ${now.error}`);
    } else {
      const verdict = buildVerdict(image, after, now.runs);
      if (verdict.kind === "running") held ??= waits("build", service, verdict.message);
      if (verdict.kind === "held") held = waits("build-held", service, verdict.message);
    }
  }
  const asked = [...unknown.values()];
  if (held !== null || asked.length === 0)
    return { waiting: held, unknown: asked, untilAnswered: false };
  const waiting = waits("build", [...unknown.keys()].join(", "), "asks for its runs");
  return { waiting, unknown: asked, untilAnswered: true };
}
