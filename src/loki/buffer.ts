// Lines that wait to be sent: a queue with bounds, which drops its oldest line when a new one has no room.

export interface Waiting {
  /** Nanoseconds; kept over tries, so that Loki knows a line that it has already. */
  readonly time: string;
  readonly atMs: number;
  readonly service: string;
  readonly level: string;
  readonly line: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly bytes: number;
}

export interface Bounds {
  readonly maxLines: number;
  readonly maxBytes: number;
}

export interface LineBuffer {
  readonly lines: number;
  readonly bytes: number;
  /** How many old lines had to go for it. */
  push(line: Waiting): number;
  /** Takes the oldest lines out, at least one when there is any. */
  take(batch: Bounds): readonly Waiting[];
  /** Puts lines back that were taken; how many of the oldest had to go. */
  putBack(lines: readonly Waiting[]): number;
}

export function createLineBuffer(bounds: Bounds): LineBuffer {
  let waiting: Waiting[] = [];
  /** Index of the oldest: shifting an array would copy it each time. */
  let head = 0;
  let bytes = 0;

  const count = (): number => waiting.length - head;

  function shift(): void {
    bytes -= waiting[head]?.bytes ?? 0;
    head += 1;
    if (head < 1_000 || head * 2 < waiting.length) return;
    waiting = waiting.slice(head);
    head = 0;
  }
  function trim(): number {
    let dropped = 0;
    while (count() > 0 && (count() > bounds.maxLines || bytes > bounds.maxBytes)) {
      shift();
      dropped += 1;
    }
    return dropped;
  }

  return {
    get lines() {
      return count();
    },
    get bytes() {
      return bytes;
    },
    push(line) {
      waiting.push(line);
      bytes += line.bytes;
      return trim();
    },
    take(batch) {
      const taken: Waiting[] = [];
      let size = 0;
      while (count() > 0 && taken.length < batch.maxLines) {
        const next = waiting[head];
        if (next === undefined || (taken.length > 0 && size + next.bytes > batch.maxBytes)) break;
        taken.push(next);
        size += next.bytes;
        shift();
      }
      return taken;
    },
    putBack(lines) {
      waiting = [...lines, ...waiting.slice(head)];
      head = 0;
      for (const line of lines) bytes += line.bytes;
      return trim();
    },
  };
}
