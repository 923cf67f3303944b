// What becomes of a record when its pull request is read, or somebody asks for previews of it. Pure.
import type { PullRequest } from "../../model/forge.ts";
import { isAsked } from "./record.ts";
import type { PullRecord } from "./record.ts";

/** A pull request, and where it is: null, or absent: in the repository of the stacks. */
export type AskedPull = PullRequest & { readonly repository?: string | null };

/** What was seen of it beside what the host says. */
export interface SeenPull {
  /** Stacks that it makes or changes. */
  readonly touched: readonly string[];
  /** Why its merge result cannot be used; null: it can. */
  readonly trouble: string | null;
}

/** A push makes its time begin again. */
function moved(pull: AskedPull, before: PullRecord | undefined, nowMs: number): PullRecord {
  const { number, url, headSha, fromFork, baseBranch, repository = null } = pull;
  const now = {
    ...{ repository, url, headSha, fromFork, baseBranch, labels: [...(pull.labels ?? [])] },
    // A branch of that name in a fork is another one.
    headBranch: fromFork ? null : pull.headBranch,
  };
  if (before === undefined) {
    const times = { sinceMs: nowMs, movedMs: nowMs };
    return { pull: number, ...now, touched: [], asked: null, ...times, trouble: null, up: [] };
  }
  if (before.headSha === headSha) return { ...before, ...now };
  const sinceMs = before.up.length === 0 ? nowMs : before.sinceMs;
  return { ...before, ...now, sinceMs, movedMs: nowMs };
}

const notAsked = "nobody with write access commented `capstan preview` on that";

/** `usable`: whether its newest commit is to be shown. Null: nothing is to be remembered of it. */
export function whenRead(
  pull: AskedPull,
  { touched, trouble }: SeenPull,
  before: PullRecord | undefined,
  nowMs: number,
): { readonly record: PullRecord | null; readonly usable: boolean } {
  const labels = [...(pull.labels ?? [])];
  // A fork's newer commit is nobody's wish yet: what was asked for stays.
  if (before !== undefined && pull.fromFork && isAsked(before) && before.headSha !== pull.headSha) {
    const words = `it was pushed to, and ${notAsked}`;
    return { record: { ...before, url: pull.url, labels, trouble: words }, usable: false };
  }
  if (trouble !== null) {
    const record = before === undefined ? null : { ...before, url: pull.url, labels, trouble };
    return { record, usable: false };
  }
  const record = { ...moved(pull, before, nowMs), touched: [...touched], trouble };
  const isWish = record.labels.length > 0 || record.asked !== null;
  return { record: isWish ? record : null, usable: isWish };
}

/** Somebody with rights asks for previews of its commit. */
export function whenAsked(
  pull: AskedPull,
  by: string,
  before: PullRecord | undefined,
  nowMs: number,
): PullRecord {
  const asked = { by, headSha: pull.headSha };
  return { ...moved(pull, before, nowMs), asked, movedMs: nowMs, trouble: null };
}
