// Law H7: why something is done, in one line: the cause as the plan names it, where the manifest says how
// it should be, and the commit that said so.
import { mapTexts } from "../../lib/map-texts.ts";
import type { Cause } from "../../model/cause.ts";
import type { Action } from "../../model/plan.ts";
import { causeText } from "../../plan/cause-words.ts";
import { shortRevision } from "../../plan/render/words.ts";
import type { Loaded } from "../state/desired-state.ts";

/** A log's last lines may be part of a cause. */
const longestReason = 400;
const mostNames = 50;

/** A cause with its line for people. */
export interface ToldCause {
  readonly cause: Cause;
  /** `image changed in Git (stacks/shop.yaml:12, 3f9c0aa1b2c4)` */
  readonly line: string;
}

const cut = (text: string): string =>
  text.length > longestReason ? `${text.slice(0, longestReason - 1)}…` : text;

export function toldCause(action: Action, stack: string, loaded: Loaded): ToldCause {
  const desired = loaded.byName.get(stack);
  const service =
    "service" in action ? desired?.services.find(({ key }) => key === action.service) : undefined;
  const place = (service ?? desired)?.place;
  const revision = shortRevision(loaded.changedIn.get(stack) ?? loaded.revision.id);
  const where = place === undefined ? revision : `${place.file}:${place.line}, ${revision}`;
  const reason = cut(causeText(action.cause).replaceAll(/\s*\n\s*/g, " "));
  const cause = mapTexts(action.cause, cut, new Set(), mostNames);
  return { cause, line: `${reason} (${where})` };
}
