// Carries the rows that changed in the picture over to the database, in order and many at once. A row that changed
// twice is written once, as it is by then: what waits is never more than the picture holds, however long the database
// is away.
import { backoffMs } from "../../lib/backoff.ts";
import type { BackoffPolicy } from "../../lib/backoff.ts";
import type { Clock } from "../../lib/clock.ts";
import { CapstanError, describeError, toCapstanError } from "../../lib/errors.ts";
import type { Logger } from "../../lib/logger.ts";
import { TakenOverError } from "./failures.ts";
import type { Link } from "./link.ts";
import type { Picture, Row, TableChange } from "./picture.ts";
import { keepableRow } from "./rows.ts";
import { confirm, writeChanges } from "./writes.ts";
import type { Writing } from "./writes.ts";

export interface Writer {
  /** A row of the picture changed. */
  changed(table: string, key: Row): void;
  /** As `Store.written`. */
  written(): Promise<void>;
  /** This process leads under this number. */
  begin(fence: number): void;
  /** It does not lead until it begins again. */
  release(): void;
  /** Null while it does not lead. */
  fence(): number | null;
  /** Another one leads: nothing of what only one may write is written any more. */
  takenOver(error: TakenOverError): void;
  /** Whether another process ended the lead of this one. */
  isLost(): boolean;
  /** What is not written yet, as far as is known. */
  waiting(): readonly TableChange[];
  /** Why nothing can be written now; null: it can. */
  trouble(): string | null;
  /** Nothing is written any more. */
  stop(): void;
}

export interface WriterOptions extends Writing {
  readonly link: Link;
  readonly picture: Picture;
  readonly clock: Clock;
  readonly logger: Logger;
  /** A number in [0, 1). */
  readonly random: () => number;
  /** Called with the number of each change of this process. */
  readonly wrote: (seq: number) => void;
  /** Called before that: what is gathered elsewhere goes into the picture. */
  readonly losing: () => void;
  /** Called once for each lead that another process ended, with what was not written. */
  readonly lost: (why: string, unwritten: readonly TableChange[]) => void;
}

/** Written by every process: whoever signs in does so at any of them. */
export const sharedTables: ReadonlySet<string> = new Set(["sessions"]);

/** Long enough for what belongs together, too short for a person to miss it. */
const gatherMs = 20;
const mostRows = 5_000;
const retry: BackoffPolicy = { firstMs: 500, maxMs: 5_000, jitter: 0.3 };

interface Mark {
  readonly table: string;
  readonly key: Row;
}

export function createWriter(options: WriterOptions): Writer {
  const { link, picture, scope, writer, clock, logger, random } = options;
  const shapes = new Map(picture.tables.map((shape) => [shape.name, shape]));
  /** In the order in which they changed. */
  const marks = new Map<string, Mark>();
  /** What is on its way to the database. */
  let sent: readonly (readonly [string, Mark])[] = [];
  let fence: number | null = null;
  let lostTo: TakenOverError | null = null;
  let failure: CapstanError | null = null;
  let failures = 0;
  let cancel: (() => void) | null = null;
  let running: Promise<void> = Promise.resolve();
  let next: Promise<void> | null = null;
  let isStopped = false;

  function schedule(ms: number): void {
    if (isStopped) return;
    cancel ??= clock.after(ms, () => {
      cancel = null;
      if (marks.size > 0) flush().catch(() => undefined);
    });
  }

  function changesOf(batch: readonly Mark[]) {
    const byTable = new Map<string, { rows: Row[]; removed: Row[] }>();
    for (const { table, key } of batch) {
      const change = byTable.get(table) ?? { rows: [], removed: [] };
      byTable.set(table, change);
      const row = picture.row(table, key);
      if (row === null) change.removed.push(keepableRow(key));
      else change.rows.push(keepableRow(row));
    }
    return [...byTable].flatMap(([table, change]) => {
      const shape = shapes.get(table);
      return shape === undefined ? [] : [{ shape, change: { table, ...change } }];
    });
  }

  function waiting(): readonly TableChange[] {
    const all = new Map([...sent, ...marks]);
    return changesOf([...all.values()]).map(({ change }) => change);
  }

  function release(): void {
    fence = null;
    for (const [id, { table }] of marks) if (!sharedTables.has(table)) marks.delete(id);
    sent = sent.filter(([, { table }]) => sharedTables.has(table));
  }

  function takenOver(error: TakenOverError): void {
    if (fence === null) return;
    options.losing();
    const unwritten = waiting();
    release();
    lostTo = error;
    options.lost(error.message, unwritten);
  }

  function failed(error: CapstanError): void {
    if (isStopped) return;
    failures += 1;
    if (failure === null) {
      const told = { error: describeError(error) };
      logger.warn(told, "the store cannot be written, going on with what is known");
    }
    failure = error;
    schedule(backoffMs(retry, failures, random()));
  }

  function succeeded(): void {
    if (failure !== null) logger.info({}, "the store is written again");
    failure = null;
    failures = 0;
  }

  async function writeSome(): Promise<void> {
    const batch = [...marks].slice(0, mostRows);
    const isShared = batch.every(([, { table }]) => sharedTables.has(table));
    const by = isShared ? null : fence;
    if (batch.length === 0) {
      const own = fence;
      if (own !== null) await link.use((client) => confirm(client, scope, own));
      return;
    }
    const changes = changesOf(batch.map(([, mark]) => mark));
    for (const [id] of batch) marks.delete(id);
    sent = batch;
    try {
      const seq = await link.use((client) => writeChanges(client, { scope, writer }, by, changes));
      sent = [];
      options.wrote(seq);
    } catch (error) {
      for (const [id, mark] of sent) if (!marks.has(id)) marks.set(id, mark);
      sent = [];
      throw error;
    }
  }

  async function writeAll(): Promise<void> {
    if (isStopped) throw new CapstanError("cancelled", "the store is closed");
    try {
      for (let left = Math.max(1, Math.ceil(marks.size / mostRows)); left > 0; left--) {
        await writeSome();
      }
      succeeded();
    } catch (cause) {
      if (cause instanceof TakenOverError) {
        takenOver(cause);
        if (marks.size > 0) schedule(gatherMs);
        throw cause;
      }
      const error = toCapstanError(cause);
      failed(error);
      throw error;
    }
  }

  /** One that has not begun yet writes what changed until now. */
  function flush(): Promise<void> {
    if (next !== null) return next;
    const begun = running.then(() => {
      next = null;
      const done = writeAll();
      running = done.catch(() => undefined);
      return done;
    });
    next = begun;
    begun.catch(() => undefined);
    return begun;
  }

  return {
    changed(table, key) {
      if (fence === null && !sharedTables.has(table)) return;
      marks.set(JSON.stringify([table, key]), { table, key });
      if (failure === null) schedule(gatherMs);
    },
    async written() {
      if (lostTo !== null) throw lostTo;
      // It was asked a moment ago: those who wait for it would only queue up.
      if (failure !== null && cancel !== null && failures > 1) throw failure;
      if (marks.size === 0 && fence === null && next === null) return running;
      await flush();
    },
    begin(number) {
      fence = number;
      lostTo = null;
    },
    release,
    fence: () => fence,
    isLost: () => lostTo !== null,
    takenOver,
    waiting,
    trouble: () => failure?.message ?? null,
    stop() {
      isStopped = true;
      cancel?.();
    },
  };
}
