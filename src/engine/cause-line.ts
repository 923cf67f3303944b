// Law H7: why something is done, in one line: the cause as the plan names it, where the manifest says how
// it shall be, and the commit that said so.
import type { Action } from "../model/plan.ts";
import { shortRevision } from "../plan/render-words.ts";
import type { Loaded } from "./desired-state.ts";

/** A log's last lines may be part of a reason. */
const longestReason = 400;

/** `image changed in Git (stacks/shop.yaml:12, 3f9c0aa1b2c4)` */
export function causeLine(action: Action, stack: string, loaded: Loaded): string {
  const desired = loaded.byName.get(stack);
  const service =
    "service" in action ? desired?.services.find(({ key }) => key === action.service) : undefined;
  const place = (service ?? desired)?.place;
  const revision = shortRevision(loaded.changedIn.get(stack) ?? loaded.revision.id);
  const where = place === undefined ? revision : `${place.file}:${place.line}, ${revision}`;
  const reason = action.reason.replaceAll(/\s*\n\s*/g, " ");
  const short = reason.length > longestReason ? `${reason.slice(0, longestReason - 1)}…` : reason;
  return `${short} (${where})`;
}
