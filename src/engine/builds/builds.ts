// Runs of the host's CI: a stack may wait for a green one of its image's build (`rollout.after`), and the
// latest ones are shown with the stack. What is known is a few seconds old at most when a decision needs it.
import type { Clock } from "../../lib/clock.ts";
import type { DesiredStack } from "../../model/desired.ts";
import type { WorkflowRun } from "../../model/forge.ts";
import type { Action } from "../../model/plan.ts";
import type { Waiting } from "../../model/status.ts";
import type { Forge } from "../../ports-forge.ts";
import { tellNobody } from "../../ports-telemetry.ts";
import type { Tell } from "../../ports-telemetry.ts";
import type { Wakeups } from "../wakeups.ts";
import { buildSources } from "./build-sources.ts";
import type { BuildSource } from "./build-sources.ts";
import { buildWait } from "./build-wait.ts";
import { createRunBook, workflowKey } from "./known-runs.ts";
import type { Workflow } from "./known-runs.ts";

/** The runs of one workflow that services are built by. */
export interface BuildStatus extends BuildSource {
  /** The newest first; empty when none is known. */
  readonly runs: readonly WorkflowRun[];
  /** Why nothing newer is known; null when all is well. */
  readonly error: string | null;
}

export interface Builds {
  /** What a stack waits for whose actions bring new images; null when nothing. It is sent for when there are news. */
  wait(desired: DesiredStack, actions: readonly Action[]): Waiting | null;
  /** The host says that runs moved. */
  changed(): void;
  /**
   * Sorted by repository and workflow; only those of the stack `only` where it is given. The first hundred are
   * asked anew where they are older than half a minute, and waited for a moment. Never rejects.
   */
  list(stacks: readonly DesiredStack[], only?: string): Promise<readonly BuildStatus[]>;
  /** Nobody is sent for any more. */
  stop(): void;
}

export interface BuildsOptions {
  /** Null: no Git host is known. */
  readonly forge: Pick<Forge, "runs"> | null;
  /** The host of that Git host's own registry; its images name their repositories. */
  readonly registryHost?: string | null;
  readonly clock: Clock;
  readonly wakeups: Pick<Wakeups, "goOn">;
  readonly tell?: Tell;
}

const freshMs = 20_000;
const shownMs = 30_000;
const mostListed = 100;
/** Who looks does not wait longer for a host that is slow or gone. */
const patienceMs = 3_000;

export function createBuilds(options: BuildsOptions): Builds {
  const { forge, clock, wakeups, registryHost = null, tell = tellNobody } = options;
  const book = createRunBook({ forge, clock, tell, answered });
  /** By stack: the workflows (their keys) that it waits to hear of. */
  const waiting = new Map<string, ReadonlySet<string>>();
  let stopped = false;

  function answered(source: Workflow): void {
    if (stopped) return;
    for (const [stack, keys] of [...waiting]) {
      if (!keys.has(workflowKey(source))) continue;
      waiting.delete(stack);
      wakeups.goOn(stack, `runs of ${source.workflow ?? source.repository} are known`);
    }
  }

  /** What is known, asked for when it is old; what comes later than anybody waits is there the next time. */
  async function look(source: BuildSource, mayAsk: boolean): Promise<BuildStatus> {
    const recent = book.recent(source, shownMs);
    if (recent === null && !mayAsk) {
      const error = "so many at a time are not asked for; look at its stack";
      return { ...source, runs: book.runs(source), error };
    }
    const { runs, error } = recent ?? (await book.askFor(source, patienceMs));
    return { ...source, runs, error };
  }

  return {
    wait(desired, actions) {
      waiting.delete(desired.name);
      const wait = buildWait(desired, actions, (workflow) => book.recent(workflow, freshMs));
      if (wait.untilAnswered) waiting.set(desired.name, new Set(wait.unknown.map(workflowKey)));
      for (const workflow of wait.unknown) void book.ask(workflow);
      return wait.waiting;
    },

    changed() {
      book.expire();
    },

    async list(stacks, only) {
      const wanted = buildSources(stacks, forge === null ? null : registryHost).filter(
        ({ stacks: names }) => only === undefined || names.includes(only),
      );
      const all = await Promise.all(
        wanted.map((source, index) => look(source, index < mostListed)),
      );
      return all.filter(
        ({ workflow, runs, error }) => workflow !== null || runs.length > 0 || error !== null,
      );
    },

    stop() {
      stopped = true;
      waiting.clear();
    },
  };
}
