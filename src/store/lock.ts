// Law W12: one process alone writes with a state folder. The lock is SQLite's own, on a file of its own
// that holds nothing: the system frees it when the process ends, however that ends. Who has it stands
// beside it in plain words, for people only.
import { mkdirSync, readFileSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join, resolve } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { Lock } from "../ports-store.ts";
import { isBusy, isDamage, stateDirError } from "./state-dir.ts";

export interface LockOptions {
  readonly stateDir: string;
  /** For people: `capstan run, instance default`. */
  readonly holder: string;
}

interface Held {
  readonly db: DatabaseSync;
  /** Tells whether the path still leads to the file that is locked. */
  readonly inode: bigint;
}

export function createLock({ stateDir, holder }: LockOptions): Lock {
  const folder = resolve(stateDir);
  const file = join(folder, "lock.sqlite");
  const words = join(folder, "lock-holder.txt");
  let held: Held | null = null;

  return {
    take() {
      if (held !== null && inodeOf(file) === held.inode) return null;
      // Somebody deleted the file: whoever locks the new one first has it.
      release();
      try {
        mkdirSync(folder, { recursive: true });
        held = tryLock();
        if (held === null) return readWords();
        writeFileSync(words, `${holder} (process ${process.pid} on ${hostname()})\n`);
        return null;
      } catch (error) {
        release();
        throw stateDirError(folder, error);
      }
    },
    release,
  };

  function release(): void {
    held?.db.close();
    held = null;
  }

  /**
   * A damaged file would keep every process from starting: it is emptied in place, as it holds nothing, and
   * whoever has it locked goes on having it.
   */
  function tryLock(): Held | null {
    try {
      return lockOnce();
    } catch (error) {
      if (!isDamage(error)) throw error;
      truncateSync(file);
      return lockOnce();
    }
  }

  function lockOnce(): Held | null {
    const db = new DatabaseSync(file, { timeout: 0 });
    try {
      // Not EXCLUSIVE, which would keep others from opening it to ask; never ended but by closing.
      db.exec("BEGIN IMMEDIATE");
      const inode = inodeOf(file);
      if (inode === null) throw new Error("the lock's file vanished while it was taken");
      return { db, inode };
    } catch (error) {
      db.close();
      if (isBusy(error)) return null;
      throw error;
    }
  }

  function readWords(): string {
    try {
      return readFileSync(words, "utf8").trim().slice(0, 200) || "another Capstan";
    } catch {
      return "another Capstan";
    }
  }
}

function inodeOf(file: string): bigint | null {
  return statSync(file, { bigint: true, throwIfNoEntry: false })?.ino ?? null;
}
