// What is new between two looks at the end of a log. Pure. A log is only ever read as its last lines, so
// lines are told apart by what they say and by their order.

/** Where the lines of an earlier look end in a later one. */
export function newLines(before: readonly string[], now: readonly string[]): readonly string[] {
  // The longest end of the earlier look with which the later one begins.
  for (let count = Math.min(before.length, now.length); count > 0; count -= 1) {
    const from = before.length - count;
    let at = 0;
    while (at < count && before[from + at] === now[at]) at += 1;
    if (at === count) return now.slice(count);
  }
  return now;
}

export interface LogLine {
  /** As the line itself says; null where it does not. */
  readonly at: string | null;
  readonly text: string;
}

const stamped = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:\d{2})) ?(.*)$/s;

export function logLine(line: string): LogLine {
  const [, at, text = ""] = stamped.exec(line) ?? [];
  const time = at === undefined ? NaN : Date.parse(at);
  return Number.isNaN(time) ? { at: null, text: line } : { at: new Date(time).toISOString(), text };
}
