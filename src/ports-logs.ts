// The contract of the edge where log lines leave: one sink, which never slows down whoever writes to it.

export const logLevels = ["trace", "debug", "info", "warn", "error", "fatal"] as const;
export type LineLevel = (typeof logLevels)[number];

export interface LogEntry {
  /** Milliseconds since 1970. */
  readonly atMs: number;
  /** Who wrote it: one of a few names, as each makes a stream of its own. */
  readonly service: string;
  readonly level: LineLevel;
  readonly line: string;
  /** What lines are looked for by and what has many values, such as a stack's name. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** Lines since the process began, and those of now. */
export interface LogCounts {
  /** Taken by the other side. */
  readonly sent: number;
  /** Lost here: the buffer was full, or the process ended before they could be sent. */
  readonly dropped: number;
  /** The other side will not have them. */
  readonly refused: number;
  /** Requests that failed and are tried again. */
  readonly retried: number;
  /** Waiting to be sent. */
  readonly buffered: number;
}

export interface LogSink {
  /** Takes a line: never throws and never waits. */
  add(entry: LogEntry): void;
  counts(): LogCounts;
  /** Why the last lines were not taken; null while lines are taken. */
  trouble(): string | null;
  /** Sends what is left, within a few seconds, and drops the rest. May be called twice. */
  stop(): Promise<void>;
}
