// The lease of a server as a pure state machine: what is known, what was seen, and what is to be done next. The lease
// is a tag: only one of that name can exist, and each one made has an id of its own. Why there are never two holders:
//
// - Only a `create` that succeeded makes a holder, and the server lets one of many succeed. The id is its alone.
// - A holder may write until `ttlMs` after it *sent* its last believed write of the tag. A renewal is believed only
//   when its *answer* came before that end, so a renewal that counts was carried out before that end as well.
// - A tag is removed only by its id, and only by who saw its text unchanged for `ttlMs` (from the *answer* that first
//   showed it to the *sending* of the last look): by then its holder's time is over, and no renewal counts any more.
//   A removal that comes late meets a dead id: the tag of the next holder has another one.
// - A text that a person wrote may come twice, with a renewal in between: it is replaced by a unique one, and that one
//   is watched for `ttlMs`.
// - A living tag that vanished, with nobody having given it back, was deleted by hand: who saw it living waits `ttlMs`,
//   also when a create of its own, sent before it saw that tag, succeeds after all.
// - Clocks of other hosts are not asked: only whether a text changed between two of one's own looks counts.
//
// Of each moment there are two times of one's own: `agedMs` runs at least as fast as real time (for one's own end),
// `steadyMs` at most as fast (for the watching of others).
import type { Moment } from "../../lib/moment.ts";
import { parseLeaseText } from "../../model/lease-text.ts";

export interface Row {
  readonly tagId: string;
  readonly text: string;
}

interface SeenRow {
  readonly row: Row;
  /** When an answer first showed this text. */
  readonly sinceMs: number;
  /** When the last look that showed it was sent. */
  readonly askedMs: number;
}

export interface LeaseState {
  readonly held: { readonly tagId: string; readonly endsAtMs: number } | null;
  /** Null: nothing was there. */
  readonly seen: SeenRow | null;
  /** What was seen may not hold any more: look before anything else is done. */
  readonly isDoubtful: boolean;
  /** A living tag was deleted by hand: this process takes nothing before this (steady). */
  readonly guardedUntilMs: number | null;
  /** When a look was last sent that showed a living tag of somebody else, and how long that one may last. */
  readonly foreign: { readonly askedMs: number; readonly watchMs: number } | null;
  /** Looks sent before this (steady) may lack what this process wrote. */
  readonly settledMs: number;
  /** Texts whose answer was not seen, with the time when each was sent. */
  readonly unanswered: readonly {
    readonly text: string;
    readonly kind: "create" | "update";
    readonly sent: Moment;
  }[];
  /** The key may not write tags. */
  readonly isForbidden: boolean;
  /** Counts how often the lease was taken: what was read under another number may be old. */
  readonly epoch: number;
}

export interface LeaseRules {
  readonly ttlMs: number;
  /** Whether this very process wrote the text, or an earlier one that is known to have ended. */
  readonly isOwn: (text: string) => boolean;
}

export type LeaseStep =
  | { readonly do: "hold" }
  | { readonly do: "look" }
  | { readonly do: "create" }
  | { readonly do: "remove"; readonly row: Row }
  /** Give it a text that nobody writes twice: its own may have come and gone meanwhile. */
  | { readonly do: "stamp"; readonly row: Row }
  /** Tags are forbidden to the key, and nobody else is known to write. */
  | { readonly do: "go-unguarded" }
  /** Null: a tag was deleted by hand, and whoever had it may not know yet. */
  | { readonly do: "wait"; readonly holder: Row | null; readonly forMs: number };

export type Answer = "done" | "exists" | "gone" | "forbidden" | "lost";

const mostUnanswered = 8;

export const nothingKnown: LeaseState = {
  held: null,
  seen: null,
  isDoubtful: true,
  guardedUntilMs: null,
  foreign: null,
  settledMs: -Infinity,
  unanswered: [],
  isForbidden: false,
  epoch: 0,
};

/** Whether this process may begin a write. */
export function isHeld({ held }: LeaseState, now: Moment): boolean {
  return held !== null && now.agedMs < held.endsAtMs;
}

/** How long a text must stay as it is until it is over: its writer may count in longer leases. */
function watchMs(row: Row, { ttlMs }: LeaseRules): number {
  return Math.max(ttlMs, parseLeaseText(row.text)?.ttlMs ?? 0);
}

/** Nobody writes on the strength of it: given back, or an earlier one of our own. */
function isDead(row: Row, rules: LeaseRules): boolean {
  return rules.isOwn(row.text) || parseLeaseText(row.text)?.state === "free";
}

function isOver(seen: SeenRow, rules: LeaseRules): boolean {
  return isDead(seen.row, rules) || seen.askedMs - seen.sinceMs >= watchMs(seen.row, rules);
}

export function nextStep(state: LeaseState, rules: LeaseRules, now: Moment): LeaseStep {
  if (isHeld(state, now)) return { do: "hold" };
  if (state.isDoubtful) return { do: "look" };
  const { seen, guardedUntilMs } = state;
  if (seen !== null && !isOver(seen, rules)) {
    const forMs = seen.sinceMs + watchMs(seen.row, rules) - now.steadyMs;
    return forMs <= 0 ? { do: "look" } : { do: "wait", holder: seen.row, forMs };
  }
  if (guardedUntilMs !== null && now.steadyMs < guardedUntilMs) {
    return { do: "wait", holder: null, forMs: guardedUntilMs - now.steadyMs };
  }
  if (state.isForbidden) return { do: "go-unguarded" };
  if (seen === null) return { do: "create" };
  // A person may write one text twice, with a renewal of the holder in between.
  const isUnique = isDead(seen.row, rules) || parseLeaseText(seen.row.text) !== null;
  return { do: isUnique ? "remove" : "stamp", row: seen.row };
}

/** What a look at the server's tags showed. One that may be older than what is known changes nothing. */
export function looked(
  state: LeaseState,
  row: Row | null,
  rules: LeaseRules,
  asked: Moment,
  answered: Moment,
): LeaseState {
  if (asked.steadyMs < state.settledMs) return state;
  if (state.seen !== null && asked.steadyMs < state.seen.askedMs) return state;
  const before = state.seen;
  const isSame = before !== null && before.row.tagId === row?.tagId && before.row.text === row.text;
  const sinceMs = isSame ? before.sinceMs : answered.steadyMs;
  const seen = row === null ? null : { row, sinceMs, askedMs: asked.steadyMs };
  const isForeign = seen !== null && !isDead(seen.row, rules);
  const next: LeaseState = {
    ...state,
    seen,
    isDoubtful: false,
    guardedUntilMs: guard(state, seen, rules, answered),
    foreign: isForeign
      ? { askedMs: asked.steadyMs, watchMs: watchMs(seen.row, rules) }
      : state.foreign,
  };
  if (state.held !== null) return { ...next, ...stillHeld(state, row, rules, answered) };
  return { ...next, ...adopted(next, row, rules, answered) };
}

/** A living tag that this process saw is gone, and neither was over nor was given back. */

function guard(
  { seen: before, held, guardedUntilMs }: LeaseState,
  seen: SeenRow | null,
  rules: LeaseRules,
  answered: Moment,
): number | null {
  if (before === null || held !== null || isOver(before, rules)) return guardedUntilMs;
  const isGone =
    seen === null || (seen.row.tagId !== before.row.tagId && rules.isOwn(seen.row.text));
  return isGone ? answered.steadyMs + watchMs(before.row, rules) : guardedUntilMs;
}

/**
 * A create that succeeded, although somebody else's living tag was seen after it was sent: it came late, and that tag
 * was deleted by hand in between. Its holder may not know yet. Null where nothing of the kind happened.
 */
function lateGuard(
  { foreign, guardedUntilMs }: LeaseState,
  sent: Moment,
  answered: Moment,
): number | null {
  const isLate = foreign !== null && foreign.askedMs > sent.steadyMs;
  const untilMs = isLate ? answered.steadyMs + foreign.watchMs : (guardedUntilMs ?? -Infinity);
  return untilMs > answered.steadyMs ? untilMs : null;
}

function stillHeld(
  { held, unanswered }: LeaseState,
  row: Row | null,
  rules: LeaseRules,
  answered: Moment,
): Pick<LeaseState, "held" | "unanswered"> {
  if (held === null || row?.tagId !== held.tagId || !rules.isOwn(row.text)) {
    return { held: null, unanswered };
  }
  const proven = unanswered.find(({ text }) => text === row.text);
  if (proven === undefined || answered.agedMs >= held.endsAtMs) return { held, unanswered };
  const endsAtMs = Math.max(held.endsAtMs, proven.sent.agedMs + rules.ttlMs);
  return { held: { ...held, endsAtMs }, unanswered: unanswered.filter((one) => one !== proven) };
}

/** A create whose answer was lost happened after all; only it: an update that came late proves nothing. */
function adopted(
  state: LeaseState,
  row: Row | null,
  rules: LeaseRules,
  answered: Moment,
): Partial<LeaseState> {
  const made = state.unanswered.find(({ text, kind }) => kind === "create" && text === row?.text);
  if (row === null || made === undefined) return {};
  const unanswered = state.unanswered.filter((one) => one !== made);
  const endsAtMs = made.sent.agedMs + rules.ttlMs;
  if (answered.agedMs >= endsAtMs) return { unanswered };
  const guardedUntilMs = lateGuard(state, made.sent, answered);
  if (guardedUntilMs !== null) return { unanswered, guardedUntilMs };
  return { unanswered, held: { tagId: row.tagId, endsAtMs }, epoch: state.epoch + 1 };
}

const kept = (unanswered: LeaseState["unanswered"]): LeaseState["unanswered"] =>
  unanswered.slice(-mostUnanswered);

/** A `create` was answered; `tagId` of the new tag when it was done. */
export function created(
  state: LeaseState,
  answer: { readonly kind: Answer; readonly row: Row | null; readonly text: string },
  rules: LeaseRules,
  sent: Moment,
  answered: Moment,
): LeaseState {
  const doubtful: LeaseState = { ...state, settledMs: answered.steadyMs, isDoubtful: true };
  switch (answer.kind) {
    case "done": {
      const { row } = answer;
      const endsAtMs = sent.agedMs + rules.ttlMs;
      // Too late to be of use: it is looked at like any other tag.
      if (row === null || answered.agedMs >= endsAtMs) return doubtful;
      const guardedUntilMs = lateGuard(state, sent, answered);
      if (guardedUntilMs !== null) return { ...doubtful, guardedUntilMs };
      const seen = { row, sinceMs: answered.steadyMs, askedMs: answered.steadyMs };
      const held = { tagId: row.tagId, endsAtMs };
      return {
        ...doubtful,
        held,
        seen,
        isDoubtful: false,
        guardedUntilMs: null,
        epoch: state.epoch + 1,
      };
    }
    case "forbidden":
      return { ...doubtful, isForbidden: true };
    case "lost": {
      const one = { text: answer.text, kind: "create", sent } as const;
      return { ...doubtful, unanswered: kept([...state.unanswered, one]) };
    }
    case "exists":
    case "gone":
      return doubtful;
  }
}

/** A renewal was answered. */
export function updated(
  state: LeaseState,
  answer: { readonly kind: Answer; readonly text: string },
  rules: LeaseRules,
  sent: Moment,
  answered: Moment,
): LeaseState {
  const { held } = state;
  if (held === null) return { ...state, isDoubtful: true };
  const settled: LeaseState = { ...state, settledMs: answered.steadyMs };
  switch (answer.kind) {
    case "done": {
      if (answered.agedMs >= held.endsAtMs) return { ...settled, held: null, isDoubtful: true };
      const row = { tagId: held.tagId, text: answer.text };
      const seen = { row, sinceMs: answered.steadyMs, askedMs: answered.steadyMs };
      return { ...settled, held: { ...held, endsAtMs: sent.agedMs + rules.ttlMs }, seen };
    }
    case "gone":
      return { ...settled, held: null, isDoubtful: true };
    case "forbidden":
      return { ...settled, isForbidden: true };
    case "lost":
    case "exists": {
      const one = { text: answer.text, kind: "update", sent } as const;
      return { ...settled, isDoubtful: true, unanswered: kept([...state.unanswered, one]) };
    }
  }
}

/** A stamp was answered, whatever the answer: a look shows what came of it, and then it is watched for a whole lease. */
export function stamped(state: LeaseState, kind: Answer, answered: Moment): LeaseState {
  const isForbidden = state.isForbidden || kind === "forbidden";
  return { ...state, isForbidden, settledMs: answered.steadyMs, isDoubtful: true };
}

/** A removal of what was over was answered. */
export function removed(state: LeaseState, row: Row, kind: Answer, answered: Moment): LeaseState {
  const settled: LeaseState = { ...state, settledMs: answered.steadyMs };
  switch (kind) {
    case "done":
    case "gone":
      // A look may have shown another tag meanwhile: what is known of that one stays known.
      return state.seen?.row.tagId === row.tagId
        ? { ...settled, seen: null }
        : { ...settled, isDoubtful: true };
    case "forbidden":
      return { ...settled, isForbidden: true };
    case "lost":
    case "exists":
      return { ...settled, isDoubtful: true };
  }
}
