// What became of the pull requests of deployments, asked of the Git host no more often than somebody can see it.
import type { Clock } from "../../lib/clock.ts";
import type { DeploymentRecord } from "../../model/deployment.ts";
import type { Forge } from "../../ports-forge.ts";
import type { ProgressFacts } from "./progress.ts";

type ReviewState = ProgressFacts["review"];

export interface ReviewStates {
  /** Null for a deployment without a pull request. A host that does not answer says nothing new. Never rejects. */
  of(record: DeploymentRecord): Promise<ReviewState>;
  /** The deployment ended. */
  forget(id: string): void;
}

export interface ReviewStatesOptions {
  readonly forge: Pick<Forge, "pull"> | null;
  readonly clock: Pick<Clock, "now">;
  /** So long an answer counts. */
  readonly freshMs: number;
}

export function createReviewStates({ forge, clock, freshMs }: ReviewStatesOptions): ReviewStates {
  const known = new Map<string, { readonly state: ReviewState; readonly atMs: number }>();
  return {
    async of({ id, review }) {
      if (review === null) return null;
      const last = known.get(id);
      const isRecent = last !== undefined && clock.now() - last.atMs < freshMs;
      if (last?.state === "merged" || last?.state === "closed" || isRecent) return last.state;
      const now = await forge?.pull(review.number).then(
        (pull) => pull.state,
        () => last?.state ?? "open",
      );
      known.set(id, { state: now ?? "open", atMs: clock.now() });
      return now ?? "open";
    },
    forget(id) {
      known.delete(id);
    },
  };
}
