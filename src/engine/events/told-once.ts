// What lasts is told when it is news: the first time, when it changes, and once a day, so that a stack that
// waits for a week neither fills the events nor is lost among them.
import type { StackRecords } from "../memory/stack-records.ts";

const repeatAfterMs = 24 * 60 * 60_000;

interface Told {
  readonly said: string;
  readonly atMs: number;
}

export interface ToldOnce {
  /** Whether what is said about `subject` of a stack is news; then it counts as told. */
  isNews(stack: string, subject: string, said: readonly unknown[], nowMs: number): boolean;
  /** It was told for another reason: the day begins again. */
  told(stack: string, subject: string, said: readonly unknown[], nowMs: number): void;
  /** Whatever is said next of a stack, or of one subject of it, is news. */
  forget(stack: string, subject?: string): void;
}

/** `name` is that of its field in the records. */
export function createToldOnce(records: Pick<StackRecords, "field">, name: string): ToldOnce {
  const stacks = records.field<Map<string, Told>>(name);

  function told(stack: string, subject: string, said: readonly unknown[], atMs: number): void {
    const subjects = stacks.get(stack) ?? new Map<string, Told>();
    stacks.set(stack, subjects.set(subject, { said: JSON.stringify(said), atMs }));
  }

  return {
    isNews(stack, subject, said, nowMs) {
      const last = stacks.get(stack)?.get(subject);
      const isOld = last?.said === JSON.stringify(said);
      if (isOld && nowMs - last.atMs < repeatAfterMs) return false;
      told(stack, subject, said, nowMs);
      return true;
    },
    told,
    forget(stack, subject) {
      if (subject === undefined) stacks.delete(stack);
      else stacks.get(stack)?.delete(subject);
    },
  };
}
