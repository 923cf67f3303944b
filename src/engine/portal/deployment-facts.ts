// All that is known of one deployment now, put together from the store, the engine and the Git host. Reads only.
import type { CheckRow } from "../../model/checks.ts";
import type { DeploymentRecord } from "../../model/deployment.ts";
import { failedRecord, isLost, laterCheck } from "./deployment-record.ts";
import type { PortalDeps } from "./deps.ts";
import { endOf } from "./progress.ts";
import type { ProgressFacts } from "./progress.ts";
import { createReviewStates } from "./review-states.ts";

export interface DeploymentFacts {
  /** The record in it has an end as soon as one can be seen. */
  of(record: DeploymentRecord): Promise<ProgressFacts>;
  /** The deployment ended: nothing is asked for it any more. */
  forget(id: string): void;
}

const mostEvents = 500;

/** `reviewFreshMs`: so old an answer of the Git host may be. */
export function createDeploymentFacts(
  { engine, store, forge, clock }: Pick<PortalDeps, "engine" | "store" | "forge" | "clock">,
  reviewFreshMs: number,
): DeploymentFacts {
  const reviews = createReviewStates({ forge, clock, freshMs: reviewFreshMs });

  function checkOf(record: DeploymentRecord): CheckRow | null {
    const { name, sha } = record;
    const own = sha === null ? null : store.checks(sha).find((row) => row.stack === name);
    if (own && own.reason !== "superseded") return own;
    return laterCheck(record, store.newestCheck(name));
  }

  function factsOf(record: DeploymentRecord, review: ProgressFacts["review"]): ProgressFacts {
    const { name: stack, startedAtMs } = record;
    const events = store.events(mostEvents, { stack, sinceMs: startedAtMs });
    const project = engine.projects().find((one) => one.stack === stack);
    return {
      record,
      review,
      check: checkOf(record),
      events: [...events].reverse(),
      projectId: project?.id ?? null,
      applicationId: project?.services[0]?.id ?? null,
    };
  }

  /** Null while it goes on. */
  function ended(facts: ProgressFacts): DeploymentRecord | null {
    const { record } = facts;
    const end = endOf(facts);
    if (end !== null) return { ...record, end };
    if (!isLost(record, engine.loaded(), clock.now())) return null;
    const why = "Its manifest is not in Git: it never arrived there, or somebody removed it.";
    return failedRecord(record, why, clock.now());
  }

  return {
    async of(record) {
      if (record.end !== null) return factsOf(record, null);
      const facts = factsOf(record, await reviews.of(record));
      const now = ended(facts);
      return now === null ? facts : { ...facts, record: now };
    },
    forget(id) {
      reviews.forget(id);
    },
  };
}
