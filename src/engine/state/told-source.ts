// Reports each request to the source of the stacks, for metrics and traces.
import type { Clock } from "../../lib/clock.ts";
import { toCapstanError } from "../../lib/errors.ts";
import type { Source } from "../../ports.ts";
import type { Ending, Tell } from "../../ports-telemetry.ts";

export type Readable = Pick<Source, "latest" | "read">;

/** The same source; `tell` hears of every look for a new revision and of every revision that was read. */
export function toldSource(source: Readable, clock: Clock, tell: Tell): Readable {
  async function told<T>(revision: string | null, ask: () => Promise<T>): Promise<T> {
    const startedAtMs = clock.now();
    const ended = (outcome: Ending): void => {
      tell({ kind: "git-fetch", revision, outcome, startedAtMs, endedAtMs: clock.now() });
    };
    try {
      const answer = await ask();
      ended("ok");
      return answer;
    } catch (error) {
      ended(toCapstanError(error).code);
      throw error;
    }
  }
  return {
    latest: () => told(null, () => source.latest()),
    read: (revision) => told(revision.id, () => source.read(revision)),
  };
}
