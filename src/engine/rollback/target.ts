// What a run goes by, from what is known: staying with Git's stack, leaving it for its last healthy revision, or
// staying at that one. Pure; what that means for the end of a run is in `rollback-outcome.ts`.
import type { DesiredStack } from "../../model/desired.ts";
import type { PlanRollback } from "../../plan/input.ts";
import { serviceTitle } from "../../plan/render/words.ts";
import { failureText, heldStack } from "../../plan/rollback.ts";
import type { Failure } from "../../plan/rollback.ts";
import { shortRevision } from "../../plan/settle.ts";
import type { HealthyRevision } from "../../ports-store.ts";
import type { Loaded } from "../state/desired-state.ts";
import type { Back, Target } from "./rollback-outcome.ts";

/** A stack as it was at a revision where it was healthy. */
export interface Found {
  readonly stack: DesiredStack;
  readonly revision: string;
  /** Of the whole stack. */
  readonly hash: string;
}

export interface Situation {
  /** The stack as Git has it now. */
  readonly now: DesiredStack;
  readonly hash: string;
  readonly loaded: Pick<Loaded, "changedIn" | "revision">;
  /** Where it may return to, or why it cannot. */
  readonly found: Found | string;
}

export function gitTarget(now: DesiredStack, { revision }: Pick<Loaded, "revision">): Target {
  return { desired: now, revision: revision.id, back: null, note: null };
}

/** The revision that is left: the one that changed the stack last. */
function leftRevision({ now, loaded }: Situation): string {
  return loaded.changedIn.get(now.name) ?? loaded.revision.id;
}

function backTo(
  at: { readonly from: string; readonly to: string; readonly why: string },
  more: Pick<Back, "begins" | "stuck"> & Pick<PlanRollback, "hash" | "failed">,
): Back {
  const { from, to, why } = at;
  const { begins, stuck, hash, failed } = more;
  const revisions = { from: shortRevision(from), to: shortRevision(to) };
  const cause = { kind: "rollback", ...revisions, why } as const;
  return { plan: { hash, failed, cause }, from, to, begins, stuck };
}

/**
 * Of a stack whose markers say that it is held. `failed`: keys of the services that failed; `record`: what the store
 * remembers of it; `marked`: the newest revision that its markers name.
 */
export function heldTarget(
  situation: Situation,
  failed: ReadonlySet<string>,
  record: HealthyRevision | undefined,
  marked: string | undefined,
): Target {
  const { now, hash, loaded, found } = situation;
  const left = record?.left?.hash === hash ? record.left : null;
  const from = left?.revision ?? leftRevision(situation);
  const why = left?.reason ?? "";
  const more = { hash, failed, begins: null };
  if (typeof found === "string") {
    const to = record?.revision ?? marked ?? "unknown";
    const back = backTo({ from, to, why }, { ...more, stuck: found });
    return { ...gitTarget(now, loaded), back };
  }
  const { stack, revision } = found;
  const back = backTo({ from, to: revision, why }, { ...more, stuck: null });
  return { desired: heldStack(stack, now), revision, back, note: null };
}

/** Of a stack with rollouts that were given up. `clean`: makes of a text one line that may be shown. */
export function leavingTarget(
  situation: Situation,
  failures: readonly Failure[],
  clean: (text: string) => string,
): Target {
  const { now, hash, loaded, found } = situation;
  const stays = (note: string): Target => ({ ...gitTarget(now, loaded), note });
  if (typeof found === "string") return stays(clean(found));
  const { stack, revision } = found;
  const same = failures.filter(({ service: { key, hash: of } }) =>
    stack.services.some((one) => one.key === key && one.hash.run === of.run),
  );
  if (same.length === failures.length) {
    const names = same.map(({ service }) => serviceTitle(service.key)).join(", ");
    return stays(`${shortRevision(revision)}, the last healthy one, has the same ${names}`);
  }
  const from = leftRevision(situation);
  const why = clean(failureText(failures));
  const left = { revision: from, hash, reason: why };
  const begins: HealthyRevision = { stack: now.name, revision, hash: found.hash, left };
  const failed = new Set(failures.map(({ service }) => service.key));
  const back = backTo({ from, to: revision, why }, { hash, failed, begins, stuck: null });
  return { desired: heldStack(stack, now), revision, back, note: null };
}
