// W12: what a run writes must be planned by what the server had after this process became the only one that may write.
import type { View } from "../state/world.ts";
import type { RunTools } from "./tools.ts";

export interface Held {
  /** The view is older than the lease: another process may have written since. */
  readonly isOld: boolean;
  /** Whether nobody else has been able to write since. */
  readonly isHeld: () => boolean;
}

/** Call right before the work. Throws `conflict` with who else writes to this server. */
export async function holdFor(view: View, { lease }: Pick<RunTools, "lease">): Promise<Held> {
  if (lease === null) return { isOld: false, isHeld: () => true };
  const { epoch, sinceMs } = await lease.hold();
  return { isOld: view.takenAtMs < sinceMs, isHeld: () => lease.isHeld(epoch) };
}
