// What the Git host last said of each workflow's runs, and when. A host that fails leaves the runs known before,
// with the reason beside them; one question is under way for a workflow at a time, however many ask.
import type { Clock } from "../../lib/clock.ts";
import { describeError, isCapstanError } from "../../lib/errors.ts";
import type { WorkflowRun } from "../../model/forge.ts";
import type { Forge } from "../../ports-forge.ts";
import type { Tell } from "../../ports-telemetry.ts";
import type { BuildSource } from "./build-sources.ts";
import { createEndedRuns } from "./ended-runs.ts";

export type Workflow = Pick<BuildSource, "repository" | "workflow">;

export interface KnownRuns {
  /** When the host answered, or did not; 0 when what is known has to be asked for again. */
  readonly atMs: number;
  /** The newest first. */
  readonly runs: readonly WorkflowRun[];
  /** Why nothing newer is known; null when all is well. */
  readonly error: string | null;
}

export interface RunBook {
  /** What was answered no longer ago than `maxAgeMs`; null when that is nothing. Asks nobody. */
  recent(source: Workflow, maxAgeMs: number): KnownRuns | null;
  /** The runs that are known, however old. */
  runs(source: Workflow): readonly WorkflowRun[];
  /** Asks the host. Never rejects. */
  ask(source: Workflow): Promise<KnownRuns>;
  /** The same, given up after `patienceMs` with the runs known before; a later answer is kept. Never rejects. */
  askFor(source: Workflow, patienceMs: number): Promise<KnownRuns>;
  /** From now on nothing known is recent. */
  expire(): void;
}

export interface RunBookOptions {
  /** Null: no Git host is known. */
  readonly forge: Pick<Forge, "runs"> | null;
  readonly clock: Clock;
  readonly tell: Tell;
  /** An answer was kept. */
  readonly answered: (source: Workflow) => void;
}

const runsAsked = 20;

export const workflowKey = ({ repository, workflow }: Workflow): string =>
  `${repository} ${workflow ?? ""}`;

/** No such repository, or one without CI. */
const isNoSource = (error: unknown): boolean =>
  isCapstanError(error, "not-found") || isCapstanError(error, "unsupported");

export function createRunBook({ forge, clock, tell, answered }: RunBookOptions): RunBook {
  const countEnded = createEndedRuns(tell);
  const known = new Map<string, KnownRuns>();
  const asking = new Map<string, Promise<KnownRuns>>();

  const runs = (source: Workflow): readonly WorkflowRun[] =>
    known.get(workflowKey(source))?.runs ?? [];

  async function read(source: Workflow): Promise<KnownRuns> {
    const { repository, workflow } = source;
    const before = runs(source);
    if (forge === null) {
      const error = "no Git host is set (FORGE): its runs cannot be asked for";
      return { atMs: clock.now(), runs: before, error };
    }
    try {
      const which = workflow === null ? { repository } : { repository, workflow };
      const now = await forge.runs({ ...which, limit: runsAsked });
      countEnded(workflowKey(source), repository, now);
      return { atMs: clock.now(), runs: now, error: null };
    } catch (error) {
      // A guess that was wrong is nobody's mistake.
      if (workflow === null && isNoSource(error))
        return { atMs: clock.now(), runs: [], error: null };
      return { atMs: clock.now(), runs: before, error: describeError(error) };
    }
  }

  function ask(source: Workflow): Promise<KnownRuns> {
    const key = workflowKey(source);
    const under = asking.get(key);
    if (under !== undefined) return under;
    const asked = read(source).then((now) => {
      asking.delete(key);
      known.set(key, now);
      answered(source);
      return now;
    });
    asking.set(key, asked);
    return asked;
  }

  return {
    runs,
    ask,

    recent(source, maxAgeMs) {
      const now = known.get(workflowKey(source));
      return now !== undefined && clock.now() - now.atMs <= maxAgeMs ? now : null;
    },

    async askFor(source, patienceMs) {
      const late = Promise.withResolvers<KnownRuns>();
      const before = runs(source);
      const cancel = clock.after(patienceMs, () => {
        late.resolve({ atMs: 0, runs: before, error: "the Git host has not answered yet" });
      });
      const now = await Promise.race([ask(source), late.promise]);
      cancel();
      return now;
    },

    expire() {
      for (const [key, now] of known) known.set(key, { ...now, atMs: 0 });
    },
  };
}
