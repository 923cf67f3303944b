// One SQLite file that may vanish or be damaged at any time: it is opened anew where it was deleted, moved
// aside where it cannot be read, and its failures are told as what is wrong with the state folder.
import { mkdirSync, renameSync, statSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { dirname } from "node:path";
import { CapstanError } from "../lib/errors.ts";
import type { Logger } from "../lib/logger.ts";
import { isDamage, stateDirError } from "./state-dir.ts";

export interface Database {
  /**
   * Runs `work` on the open file; once more on a new one when the old turns out to be damaged. `work` may
   * therefore run twice.
   */
  use<T>(work: (db: DatabaseSync) => T): T;
  /** May be called twice. */
  close(): void;
}

export interface DatabaseOptions {
  readonly file: string;
  readonly logger: Logger;
  /** Brings the tables up to date; false when the file is of a newer version. */
  readonly migrate: (db: DatabaseSync) => boolean;
  /** Carries what can still be read of a deleted file over into the new one. */
  readonly carry: (from: DatabaseSync) => (to: DatabaseSync) => void;
}

interface Opened {
  readonly db: DatabaseSync;
  /** Tells whether the path still leads to this file. */
  readonly inode: bigint;
}

const busyTimeoutMs = 5_000;

export function openDatabase(options: DatabaseOptions): Database {
  const { file, logger, migrate, carry } = options;
  const folder = dirname(file);
  let closed = false;
  /** Null after closing, and while no new file could be begun. */
  let opened: Opened | null = guarded(openOrReplace);

  return {
    use(work) {
      return guarded(() => {
        const db = present();
        try {
          return work(db);
        } catch (error) {
          if (!isDamage(error)) throw error;
          shut();
          opened = replace(inodeOf(file), "it is damaged");
          return work(opened.db);
        }
      });
    },
    close() {
      closed = true;
      shut();
    },
  };

  function guarded<T>(run: () => T): T {
    try {
      return run();
    } catch (error) {
      throw stateDirError(folder, error);
    }
  }

  function shut(): void {
    try {
      opened?.db.close();
    } catch {
      // Its file is gone or damaged: there is nothing to be saved.
    }
    opened = null;
  }

  function present(): DatabaseSync {
    if (closed) throw new CapstanError("cancelled", "the store is closed");
    if (opened !== null && inodeOf(file) === opened.inode) return opened.db;
    logger.warn({ file }, "store deleted, beginning a new one");
    const restore = opened === null ? null : carried(opened.db);
    // Before the new one is opened: closing removes the log file of that name, whosever it is.
    shut();
    const fresh = openOrReplace();
    opened = fresh;
    restore?.(fresh.db);
    return fresh.db;
  }

  function carried(from: DatabaseSync): ((to: DatabaseSync) => void) | null {
    try {
      return carry(from);
    } catch {
      // It was damaged as well.
      return null;
    }
  }

  function openOrReplace(): Opened {
    mkdirSync(folder, { recursive: true });
    const before = inodeOf(file);
    try {
      const fresh = tryOpen();
      if (fresh !== null) return fresh;
    } catch (error) {
      if (!isDamage(error)) throw error;
      return replace(before, "it is damaged");
    }
    return replace(before, "a newer version made it");
  }

  /** Moves aside what was found to be of no use, unless another process has done so. */
  function replace(unusable: bigint | null, reason: string): Opened {
    if (inodeOf(file) === unusable && unusable !== null) {
      const aside = `${file}.unusable`;
      logger.warn({ file, aside, reason }, "store cannot be used, beginning a new one");
      renameSync(file, aside);
    }
    const fresh = tryOpen();
    if (fresh !== null) return fresh;
    throw new CapstanError("unavailable", `the store ${file} cannot be used: ${reason}`, {
      hint: "delete it: nothing is lost that Git and Dokploy do not know",
    });
  }

  /** Null when a newer version made it. */
  function tryOpen(): Opened | null {
    const db = new DatabaseSync(file, { timeout: busyTimeoutMs });
    try {
      db.exec("PRAGMA journal_mode = WAL");
      // An intent must be on the disk before its request goes out (W3).
      db.exec("PRAGMA synchronous = FULL");
      if (db.prepare("PRAGMA quick_check(1)").get()?.quick_check !== "ok") throw damaged();
      if (!migrate(db)) {
        db.close();
        return null;
      }
      return { db, inode: inodeOf(file) ?? -1n };
    } catch (error) {
      db.close();
      throw error;
    }
  }
}

/** All of `work` or nothing of it, and one wait for the disk. */
export function inOne(db: DatabaseSync, work: () => void): void {
  db.exec("BEGIN IMMEDIATE");
  try {
    work();
    db.exec("COMMIT");
  } catch (error) {
    // A full disk may have ended the transaction by itself.
    if (db.isTransaction) db.exec("ROLLBACK");
    throw error;
  }
}

function damaged(): Error {
  return Object.assign(new Error("quick_check found damage"), { errcode: 11 });
}

function inodeOf(file: string): bigint | null {
  return statSync(file, { bigint: true, throwIfNoEntry: false })?.ino ?? null;
}
