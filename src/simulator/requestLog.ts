/** What was asked of the simulator, so that tests can say how many requests and writes there were. */
export interface LoggedRequest {
  /** Counts from 1. */
  number: number;
  /** Milliseconds of the real clock. */
  startedAt: number;
  method: string;
  url: string;
  transport: "rest" | "trpc" | "other";
  procedures: string[];
  /** True when any of its procedures is a mutation. */
  write: boolean;
  batchSize: number;
  /** The parsed body, or the input of a GET. */
  body: unknown;
  /** The API key it came with, known or not. */
  apiKey: string | null;
  /** Null until answered, and forever when the socket was destroyed or the server hangs. */
  status: number | null;
}

export interface RequestLog {
  readonly entries: readonly LoggedRequest[];
  /** How often each procedure was called, items of batches counted one by one. */
  counts(): Record<string, number>;
  count(procedure: string): number;
  writes(): LoggedRequest[];
  clear(): void;
  /** Calls `listener` with each request when it has been read, before anything of it is done. */
  onRequest(listener: (entry: LoggedRequest) => void): void;
}

export interface WritableLog extends RequestLog {
  add(entry: Omit<LoggedRequest, "number">): LoggedRequest;
}

/** A demo runs for days; a test never comes near. */
const MAX_ENTRIES = 50_000;

export function createRequestLog(): WritableLog {
  let entries: LoggedRequest[] = [];
  const listeners: ((entry: LoggedRequest) => void)[] = [];
  let last = 0;
  const counts = (): Record<string, number> => {
    const out: Record<string, number> = {};
    for (const entry of entries)
      for (const procedure of entry.procedures) out[procedure] = (out[procedure] ?? 0) + 1;
    return out;
  };
  return {
    get entries() {
      return entries;
    },
    counts,
    count: (procedure) => counts()[procedure] ?? 0,
    writes: () => entries.filter((entry) => entry.write),
    clear: () => {
      entries = [];
    },
    onRequest: (listener) => void listeners.push(listener),
    add: (entry) => {
      last++;
      const added = { number: last, ...entry };
      if (entries.length >= MAX_ENTRIES) entries = entries.slice(MAX_ENTRIES / 2);
      entries.push(added);
      for (const listener of listeners) listener(added);
      return added;
    },
  };
}
