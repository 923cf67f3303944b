// Revisions beside the newest, each loaded once as long as Git and the secrets stay as they are: a stack that
// is held at one comes by in every resync.
import type { Desired } from "../../manifest/load.ts";
import type { Revision } from "../../ports.ts";
import type { DesiredState } from "./desired-state.ts";

const revisionsKept = 4;

/** `now` is the sequence of what is loaded: another one, and all is read anew. */
export function createOtherRevisions(desired: Pick<DesiredState, "at">) {
  type Other = Promise<{ readonly revision: Revision; readonly manifests: Desired }>;
  const loads = new Map<string, Other>();
  let sequence = 0;
  return {
    at(id: string, now: number): Other {
      if (now !== sequence) loads.clear();
      sequence = now;
      const known = loads.get(id);
      if (known !== undefined) return known;
      const load = desired.at(id);
      loads.set(id, load);
      load.catch(() => loads.get(id) === load && loads.delete(id));
      for (const oldest of loads.keys()) {
        if (loads.size <= revisionsKept) break;
        loads.delete(oldest);
      }
      return load;
    },
  };
}
