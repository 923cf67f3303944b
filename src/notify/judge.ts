// Decides what is news, as plain state without a clock: every call is told the time. Of each subject it knows what
// people were told last, and what was seen since. What passes by itself within its time is never told; what people
// know already is told again only after a while, without being seen again: a stack tells once how its run ended.
import { subjectKey } from "./notice.ts";
import type { NoticeKind, Subject } from "./notice.ts";

export type Condition = "fine" | "failing" | "waiting";

export interface Seen {
  readonly subject: Subject;
  readonly condition: Condition;
  /** Why, in words for people. */
  readonly text: string;
  readonly atMs: number;
  /** It is told when it still is so after this time. */
  readonly holdMs: number;
}

/** What people were told last. */
export interface Told {
  readonly condition: Condition;
  readonly atMs: number;
}

export interface News {
  readonly kind: NoticeKind;
  readonly subject: Subject;
  readonly text: string;
  /** When it was first seen. */
  readonly atMs: number;
}

export interface Judge {
  see(seen: Seen): void;
  /** Fields were set back; one notice for all of a while. */
  drift(stack: string, fields: readonly string[], atMs: number): void;
  /** It exists no more, and nobody is told. */
  forget(subject: Subject): void;
  /** Subjects that people believe to be in trouble, or that may be. */
  troubled(): readonly Subject[];
  /** What is to be told now; from then on people know it. */
  due(nowMs: number): readonly News[];
  /** When `due` gives something next; null when nothing waits. */
  nextDueMs(): number | null;
}

export interface JudgeOptions {
  /** The same is told again after this time at the earliest. */
  readonly repeatMs: number;
  /** By subject key: what an earlier process told. */
  readonly told: ReadonlyMap<string, { readonly subject: Subject; readonly told: Told }>;
  /** Keeps what was told; null: nothing is to be kept of the subject any more. */
  readonly keep: (subject: Subject, told: Told | null) => void;
}

interface Waiting {
  readonly seen: Seen;
  readonly dueAtMs: number;
}

/** All actions of one run come within this time. */
const driftHoldMs = 3_000;
const fieldsNamed = 8;

export function createJudge({ repeatMs, told: earlier, keep }: JudgeOptions): Judge {
  const told = new Map(earlier);
  const waiting = new Map<string, Waiting>();
  /** By subject key: stacks in trouble, as last seen in this process. */
  const lasting = new Map<string, Seen>();
  const drifts = new Map<string, { stack: string; fields: Set<string>; atMs: number }>();

  function note(subject: Subject, next: Told | null): void {
    const key = subjectKey(subject);
    if (next === null) told.delete(key);
    else told.set(key, { subject, told: next });
    keep(subject, next);
  }

  /** Null: people know it already, or need not. */
  function judge({ seen }: Waiting, nowMs: number): News | null {
    const { subject, condition, text, atMs } = seen;
    const before = told.get(subjectKey(subject))?.told ?? null;
    if (condition === "fine") {
      if (before === null) return null;
      note(subject, null);
      // That somebody decided needs no telling: whoever did knows.
      return before.condition === "failing" ? { kind: "recovery", subject, text, atMs } : null;
    }
    if (before?.condition === condition && nowMs - before.atMs < repeatMs) return null;
    note(subject, { condition, atMs: nowMs });
    const bad = subject.type === "certificate" ? "certificate" : "failure";
    return { kind: condition === "waiting" ? "approval" : bad, subject, text, atMs };
  }

  function driftNews(key: string, nowMs: number): News | null {
    const drift = drifts.get(key);
    if (drift === undefined) return null;
    const subject: Subject = { type: "drift", stack: drift.stack };
    const before = told.get(subjectKey(subject))?.told ?? null;
    drifts.delete(key);
    if (before !== null && nowMs - before.atMs < repeatMs) return null;
    note(subject, { condition: "fine", atMs: nowMs });
    const names = [...drift.fields].sort();
    const more = names.length > fieldsNamed ? ` and ${names.length - fieldsNamed} more` : "";
    const text = `${names.slice(0, fieldsNamed).join(", ")}${more}`;
    return { kind: "drift", subject, text, atMs: drift.atMs };
  }

  /** When people are told again of each stack whose trouble they know. */
  function reminders(): readonly { readonly key: string; readonly seen: Seen; atMs: number }[] {
    return [...lasting].flatMap(([key, seen]) => {
      const known = told.get(key)?.told;
      if (known?.condition !== seen.condition || waiting.has(key)) return [];
      return [{ key, seen, atMs: known.atMs + repeatMs }];
    });
  }

  return {
    see(seen) {
      const key = subjectKey(seen.subject);
      if (seen.subject.type === "stack" && seen.condition !== "fine") lasting.set(key, seen);
      else lasting.delete(key);
      const before = waiting.get(key);
      const dueAtMs = seen.atMs + seen.holdMs;
      const isSame = before?.seen.condition === seen.condition;
      if (!isSame && seen.condition === "fine" && !told.has(key)) {
        // It passed by itself before anybody was told.
        waiting.delete(key);
        return;
      }
      if (before === undefined || !isSame) waiting.set(key, { seen, dueAtMs });
      else {
        const first = { ...seen, atMs: before.seen.atMs };
        waiting.set(key, { seen: first, dueAtMs: Math.min(before.dueAtMs, dueAtMs) });
      }
    },
    drift(stack, fields, atMs) {
      const known = drifts.get(stack) ?? { stack, fields: new Set<string>(), atMs };
      for (const field of fields) known.fields.add(field);
      drifts.set(stack, known);
    },
    forget(subject) {
      waiting.delete(subjectKey(subject));
      lasting.delete(subjectKey(subject));
      if (told.has(subjectKey(subject))) note(subject, null);
    },
    troubled: () => {
      const open = [...waiting.values()].filter(({ seen }) => seen.condition !== "fine");
      const known = [...told.values()].filter((one) => one.told.condition !== "fine");
      const all = [...open.map(({ seen }) => seen.subject), ...known.map(({ subject }) => subject)];
      return [...new Map(all.map((subject) => [subjectKey(subject), subject])).values()];
    },
    due(nowMs) {
      const news: News[] = [];
      for (const { key, seen, atMs } of reminders()) {
        if (atMs <= nowMs) waiting.set(key, { seen: { ...seen, atMs: nowMs }, dueAtMs: nowMs });
      }
      for (const [key, one] of [...waiting]) {
        if (one.dueAtMs > nowMs) continue;
        waiting.delete(key);
        const found = judge(one, nowMs);
        if (found !== null) news.push(found);
      }
      for (const [key, { atMs }] of [...drifts]) {
        if (atMs + driftHoldMs > nowMs) continue;
        const found = driftNews(key, nowMs);
        if (found !== null) news.push(found);
      }
      return news;
    },
    nextDueMs() {
      const times = [
        ...[...waiting.values()].map(({ dueAtMs }) => dueAtMs),
        ...reminders().map(({ atMs }) => atMs),
        ...[...drifts.values()].map(({ atMs }) => atMs + driftHoldMs),
      ];
      return times.length === 0 ? null : Math.min(...times);
    },
  };
}
