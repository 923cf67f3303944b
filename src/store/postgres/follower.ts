// Keeps the picture up to date with what other processes write: the database says when something changed (NOTIFY), and
// is asked every few seconds as well. What was missed while it was away is in the numbered changes, and where those
// are gone all tables are read anew.
import type { Clock } from "../../lib/clock.ts";
import { describeError } from "../../lib/errors.ts";
import type { Logger } from "../../lib/logger.ts";
import { within } from "../../lib/within.ts";
import type { DatabaseAddress } from "./address.ts";
import { TakenOverError } from "./failures.ts";
import { createLink, inTransaction } from "./link.ts";
import type { Client, LinkTimes } from "./link.ts";
import { ordersChannel } from "./orders.ts";
import type { Picture, Row } from "./picture.ts";
import { parseChanges, selectSql } from "./rows.ts";
import { sharedTables } from "./writer.ts";
import type { Writer } from "./writer.ts";
import { channel } from "./writes.ts";
import type { Writing } from "./writes.ts";

export interface Follower {
  /** Reads all tables. Throws when the database does. Call it before anything else. */
  load(): Promise<{ readonly fence: number; readonly holder: string | null }>;
  /** From now on the picture follows. */
  begin(): void;
  /** As `Store.caughtUp`. */
  caughtUp(): Promise<void>;
  /** A change of this process. */
  wrote(seq: number): void;
  trouble(): string | null;
  stop(): Promise<void>;
}

export interface FollowerOptions extends Writing {
  readonly address: DatabaseAddress;
  readonly times?: LinkTimes;
  readonly picture: Picture;
  readonly writer: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Whether this process leads, what of it is not written yet, and that another one leads. */
  readonly own: () => Pick<Writer, "fence" | "waiting" | "takenOver">;
  /** Called after other processes changed something, and the picture has it. */
  readonly changed: () => void;
  /** Called when an order was given or answered. */
  readonly ordered: (payload: string) => void;
}

const lookEveryMs = 5_000;
const againMs = 1_000;
/** Who waits to see what others wrote goes on without it when the database is slow. */
const waitMs = 1_000;

interface ScopeRow {
  readonly seq: number;
  readonly fence: number;
  readonly holder: string | null;
}

async function scopeOf(client: Client, scope: string): Promise<ScopeRow> {
  const { rows } = await client.query<ScopeRow>(
    "SELECT seq, fence, holder FROM capstan_scopes WHERE scope = $1",
    [scope],
  );
  return rows[0] ?? { seq: 0, fence: 0, holder: null };
}

export function createFollower(options: FollowerOptions): Follower {
  const { picture, scope, writer, clock, logger, own } = options;
  /** All changes up to this one are in the picture. */
  let seen = 0;
  /** Own changes beyond that. */
  const ownSeqs = new Set<number>();
  let schema = "";
  let failure: string | null = null;
  let cancel: (() => void) | null = null;
  let isFollowing = false;
  let running: Promise<void> = Promise.resolve();
  let next: Promise<void> | null = null;

  const link = createLink({
    address: options.address,
    ...(options.times === undefined ? {} : { times: options.times }),
    async opened(client) {
      const { rows } = await client.query<{ schema: string }>("SELECT current_schema() AS schema");
      schema = rows[0]?.schema ?? "";
      await client.query(`LISTEN ${channel}; LISTEN ${ordersChannel}`);
    },
    notified({ channel: where, payload = "[]" }) {
      if (where === ordersChannel) {
        if ((JSON.parse(payload) as unknown[])[0] === schema) options.ordered(payload);
        return;
      }
      const [of, whose, seq, by] = JSON.parse(payload) as unknown[];
      if (of !== schema || whose !== scope || Number(seq) <= seen) return;
      if (by === writer) wrote(Number(seq));
      else void look();
    },
    broken: () => {
      plan(againMs);
    },
  });

  function wrote(seq: number): void {
    if (seq <= seen) return;
    ownSeqs.add(seq);
    while (ownSeqs.delete(seen + 1)) seen += 1;
  }

  function isMine(table: string): boolean {
    return own().fence() !== null && !sharedTables.has(table);
  }

  async function readAll(client: Client): Promise<ScopeRow> {
    const tables = new Map<string, readonly Row[]>();
    const found = await inTransaction(
      client,
      async () => {
        const row = await scopeOf(client, scope);
        for (const shape of picture.tables) {
          const { rows } = await client.query<Row>(selectSql(shape), [scope]);
          tables.set(shape.name, rows);
        }
        return row;
      },
      "ISOLATION LEVEL REPEATABLE READ READ ONLY",
    );
    for (const name of tables.keys()) if (isMine(name)) tables.delete(name);
    picture.replace(tables, own().waiting());
    seen = found.seq;
    for (const seq of ownSeqs) if (seq <= seen) ownSeqs.delete(seq);
    return found;
  }

  async function catchUp(client: Client): Promise<void> {
    const found = await scopeOf(client, scope);
    const fence = own().fence();
    if (fence !== null && found.fence !== fence) {
      own().takenOver(new TakenOverError(found.holder));
      await readAll(client);
      options.changed();
      return;
    }
    if (found.seq === seen) return;
    const from = seen;
    const { rows } = await client.query<{ seq: number; rows: string | null }>(
      `SELECT seq, CASE WHEN writer = $4 THEN NULL ELSE rows END AS rows FROM capstan_changes
       WHERE scope = $1 AND seq > $2 AND seq <= $3 ORDER BY seq`,
      [scope, from, found.seq, writer],
    );
    if (rows.length !== found.seq - from) {
      await readAll(client);
      options.changed();
      return;
    }
    const changes = rows
      .flatMap(({ rows: text }) => (text === null ? [] : (parseChanges(text) ?? [])))
      .filter(({ table }) => !isMine(table));
    picture.apply(changes);
    seen = Math.max(seen, found.seq);
    for (const seq of ownSeqs) if (seq <= seen) ownSeqs.delete(seq);
    if (changes.length > 0) options.changed();
  }

  async function lookOnce(): Promise<void> {
    try {
      await link.use(catchUp);
      if (failure !== null) logger.info({}, "the store is read again");
      failure = null;
    } catch (error) {
      if (!isFollowing) return;
      const message = describeError(error);
      if (failure === null) logger.warn({ error: message }, "the store cannot be read");
      failure = message;
    }
    plan(failure === null ? lookEveryMs : againMs);
  }

  /** One that has not begun yet sees what was written until now. */
  function look(): Promise<void> {
    if (next !== null) return next;
    const begun = running.then(() => {
      next = null;
      const done = lookOnce();
      running = done;
      return done;
    });
    next = begun;
    return begun;
  }

  function plan(ms: number): void {
    cancel?.();
    cancel = null;
    if (!isFollowing) return;
    cancel = clock.after(ms, () => void look());
  }

  return {
    load: () => link.use(readAll),
    begin() {
      isFollowing = true;
      plan(lookEveryMs);
    },
    async caughtUp() {
      if (!isFollowing || failure !== null) return;
      await within(waitMs, clock, look());
    },
    wrote,
    trouble: () => failure,
    async stop() {
      isFollowing = false;
      cancel?.();
      await link.end();
    },
  };
}
