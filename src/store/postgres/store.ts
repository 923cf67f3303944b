// The store in PostgreSQL, shared by all processes that have the same DATABASE_URL and scope. Each of them has a
// picture of it in memory (`picture.ts`), from which all reads are answered; what it changes there is carried over
// (`writer.ts`), and what others change comes back (`follower.ts`). So the methods are those of a file, and only
// `written` waits for the database.
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { systemClock } from "../../lib/clock.ts";
import { isCapstanError } from "../../lib/errors.ts";
import { createListeners } from "../../lib/listeners.ts";
import { silentLogger } from "../../lib/logger.ts";
import { within } from "../../lib/within.ts";
import type { RunRecord } from "../../model/history.ts";
import type { Event } from "../../model/status.ts";
import { openDatabase } from "../database.ts";
import { migrate } from "../schema.ts";
import { storeFile } from "../store.ts";
import { createTables } from "../tables.ts";
import type { StoreOptions, WholeStore } from "../tables.ts";
import type { DatabaseAddress } from "./address.ts";
import { TakenOverError } from "./failures.ts";
import { createFollower } from "./follower.ts";
import type { Follower } from "./follower.ts";
import { adoptHistory, leftHistory } from "./left-history.ts";
import { createLeaving } from "./leaving.ts";
import type { Leftovers } from "./leaving.ts";
import { createLink, linkTimes } from "./link.ts";
import type { Link, LinkTimes } from "./link.ts";
import { createOrders } from "./orders.ts";
import type { SharedOrders } from "./orders.ts";
import { createPicture } from "./picture.ts";
import type { Picture, Row, TableChange } from "./picture.ts";
import { createReplicas } from "./replicas.ts";
import { migrateDatabase } from "./schema.ts";
import { untilItAnswers } from "./wait.ts";
import { createWriter } from "./writer.ts";
import type { Writer } from "./writer.ts";
import { takeOver } from "./writes.ts";

export interface SharedStoreOptions extends StoreOptions {
  readonly address: DatabaseAddress;
  /** Of several stores in one database, the name of this one. */
  readonly scope: string;
  /** This process, for people: `capstan run on host-a (process 42)`. */
  readonly holder: string;
  /** A store in this folder is carried over by the first process that ever leads with this scope. */
  readonly stateDir?: string;
  /** A number in [0, 1). */
  readonly random?: () => number;
  readonly times?: LinkTimes;
  /** How long a database that does not answer is waited for at the start. */
  readonly openWithinMs?: number;
  /** How long what is handed to the process that leads waits for its answer. */
  readonly answerWithinMs?: number;
  /** How long a hand-over takes at most. */
  readonly handOverWithinMs?: number;
  /** What an earlier store of this process could hand to nobody; and what this one cannot. */
  readonly leftovers?: Leftovers;
}

const writeAgainMs = 200;
const defaultHandOverWithinMs = 5_000;
const mostLate = 500;

/** All rows of a file, by table. */
function rowsOfFile(stateDir: string, picture: Picture): ReadonlyMap<string, readonly Row[]> {
  const file = storeFile(stateDir);
  if (!existsSync(file)) return new Map();
  const old = openDatabase({ file, logger: silentLogger, migrate, carry: () => () => undefined });
  try {
    return old.use(
      (db) =>
        new Map(
          picture.tables.map(({ name }) => [
            name,
            db
              .prepare(`SELECT * FROM "${name}" ORDER BY rowid`)
              .all()
              .map((row) => ({ ...row }) as Row),
          ]),
        ),
    );
  } finally {
    old.close();
  }
}

interface Parts {
  readonly writerName: string;
  readonly orders: SharedOrders;
  readonly link: Link;
  readonly picture: Picture;
  readonly writer: Writer;
  readonly follower: Follower;
}

function createParts(
  options: SharedStoreOptions,
  heard: {
    readonly lost: (why: string, unwritten: readonly TableChange[]) => void;
    readonly losing: () => void;
    readonly changed: () => void;
    readonly adopt: (history: string) => Promise<void>;
  },
): Parts {
  const { address, scope, clock = systemClock, logger = silentLogger } = options;
  const { random = Math.random, times = linkTimes } = options;
  const writerName = randomBytes(12).toString("hex");
  // A database whose tables were removed gets new ones.
  const link = createLink({ address, times, opened: migrateDatabase });
  const picture: Picture = createPicture((table, key) => {
    writer.changed(table, key);
  });
  const shared = { scope, writer: writerName, picture, clock, logger };
  const writer: Writer = createWriter({
    ...{ ...shared, link, random, lost: heard.lost, losing: heard.losing },
    wrote: (seq) => {
      follower.wrote(seq);
    },
  });
  const follower: Follower = createFollower({
    ...{ ...shared, address, times },
    own: () => writer,
    changed: heard.changed,
    ordered: (payload) => {
      orders.heard(payload);
    },
  });
  const orders = createOrders({
    ...{ link, scope, clock, logger, answerWithinMs: options.answerWithinMs },
    fence: () => writer.fence(),
    adopt: heard.adopt,
  });
  return { writerName, orders, link, picture, writer, follower };
}

/**
 * Opens the store of a scope, or begins one. Throws `unavailable`, `unauthorised`, `forbidden`, `invalid` or
 * `unsupported` when the database cannot be used.
 */
export async function openSharedStore(options: SharedStoreOptions): Promise<WholeStore> {
  const { scope, holder, stateDir, clock = systemClock, leftovers } = options;
  const { handOverWithinMs = defaultHandOverWithinMs } = options;
  let onLost: (why: string) => void = () => undefined;
  const listeners = createListeners<null>();
  let isClosed = false;
  /** Recorded after another process took over. */
  let late: { readonly events: Event[]; readonly runs: RunRecord[] } = { events: [], runs: [] };
  const { writerName, orders, link, picture, writer, follower } = createParts(options, {
    lost: (why, unwritten) => {
      leaving.leave(leftHistory(unwritten));
      onLost(why);
    },
    losing: () => {
      flush();
    },
    async adopt(history) {
      const { events, runs } = picture.database.use((db) =>
        adoptHistory(db, picture.tables, history),
      );
      for (const event of events) tables.recordEvent(event);
      for (const run of runs) tables.recordRun(run);
      flush();
      listeners.tell(null);
      await writer.written();
    },
    changed: () => {
      listeners.tell(null);
    },
  });
  const leaving = createLeaving(orders, clock);
  try {
    await untilItAnswers(async () => {
      // Its tables are made first.
      await link.use(async () => undefined);
      await follower.load();
    }, options);
  } catch (error) {
    await Promise.all([link.end(), follower.stop()]);
    throw error;
  }
  follower.begin();
  for (const history of leftovers?.take(scope) ?? []) leaving.leave(history);
  const { flush, ...tables } = createTables(picture.database, options);

  async function lead(): Promise<void> {
    flush();
    // What this process wrote when it led before is kept; what it may not write any more is not.
    await writer.written().catch((error: unknown) => {
      if (!isCapstanError(error, "conflict")) throw error;
    });
    const fence = await link.use((client) =>
      takeOver(client, { scope, writer: writerName }, holder),
    );
    writer.release();
    const found = await follower.load();
    if (found.fence !== fence) throw new TakenOverError(found.holder);
    // What the last one wrote and was not heard of yet.
    listeners.tell(null);
    writer.begin(fence);
    if (fence === 1 && stateDir !== undefined) picture.fill(rowsOfFile(stateDir, picture));
    await writer.written();
    orders.led();
  }

  function leaveLate(): void {
    leaving.leave(leftHistory([], late));
    late = { events: [], runs: [] };
  }

  /** What another process, that took over, is found to keep from being written is handed to it. */
  async function handAllOver(): Promise<void> {
    while (!isClosed) {
      try {
        await writer.written();
        break;
      } catch (error) {
        if (isCapstanError(error, "conflict")) break;
        await clock.sleep(writeAgainMs);
      }
    }
    await leaving.done();
  }

  return {
    ...tables,
    ...orders,
    isShared: true,
    written: () => writer.written(),
    caughtUp: () => follower.caughtUp(),
    lead,
    recordEvent(event) {
      if (!writer.isLost()) tables.recordEvent(event);
      else if (late.events.length < mostLate) late.events.push(event);
    },
    recordRun(run) {
      if (!writer.isLost()) tables.recordRun(run);
      else if (late.runs.length < mostLate) late.runs.push(run);
    },
    async handOver() {
      flush();
      leaveLate();
      await within(handOverWithinMs, clock, handAllOver());
    },
    onLost(lost) {
      onLost = lost;
    },
    onChanged: (listener) => listeners.add(listener),
    trouble: () => writer.trouble() ?? follower.trouble(),
    replicas: (id) => createReplicas({ link, scope, id, title: holder }),
    close() {
      if (isClosed) return;
      isClosed = true;
      flush();
      leaveLate();
      const unwritten = leftHistory(writer.waiting());
      leftovers?.keep(scope, [...leaving.stop(), ...(unwritten === null ? [] : [unwritten])]);
      tables.close();
      orders.stop();
      writer.stop();
      void Promise.all([link.end(), follower.stop()]);
      picture.database.close();
    },
  };
}
