// One run of one stack: read, plan, carry out, and say how it ended as one Outcome. It is the same for
// a stack that is in Git and for one that left it; nothing here knows about queues or timers.
import { isCapstanError } from "../../lib/errors.ts";
import { heldByGit } from "../state/in-git.ts";
import type { Loaded } from "../state/desired-state.ts";
import { runGone } from "./run-gone.ts";
import { runInGit } from "./run-in-git.ts";
import type { RunPolicy, RunRequest, RunResult } from "./run.ts";
import { outcomeOfError } from "./settlers.ts";
import { createRunTools } from "./tools.ts";
import type { RunDeps } from "./tools.ts";

export interface Reconciler {
  /** Never throws for what the world does: errors of platform and store become outcomes. */
  run(request: RunRequest, loaded: Loaded, policy: RunPolicy): Promise<RunResult>;
}

export function createReconciler(deps: RunDeps): Reconciler {
  const tools = createRunTools(deps);
  return {
    async run(request, loaded, policy) {
      const desired = loaded.byName.get(request.stack) ?? null;
      try {
        if (desired !== null) return await runInGit(desired, loaded, request, policy, tools);
        const held = heldByGit(loaded, request.stack);
        if (held !== null) return { outcome: held, plan: null, desired: null, unhealthy: null };
        return await runGone(request.stack, loaded, request, policy, tools);
      } catch (error) {
        if (!isCapstanError(error)) throw error;
        const outcome = outcomeOfError(error, tools);
        return { outcome, plan: null, desired, unhealthy: null };
      }
    },
  };
}
