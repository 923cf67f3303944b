// What this process last wrote into the lease of a server, so that the next one with the same STATE_DIR knows a lease
// that a crash left behind: only who holds the lock of the folder reads it, so that whoever wrote it has ended.
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Logger } from "../lib/logger.ts";

/** Each instance name on each server has a lease of its own; `name` tells them apart. */
export function createLeaseMemory(stateDir: string, name: string, logger: Logger) {
  const folder = resolve(stateDir);
  const file = join(folder, `lease-${name}.json`);
  return {
    /** Empty when nothing is known. */
    earlier(): readonly string[] {
      try {
        const value = JSON.parse(readFileSync(file, "utf8")) as unknown;
        return Array.isArray(value) ? value.filter((one) => typeof one === "string") : [];
      } catch {
        return [];
      }
    },
    /** Never throws: without it a restart after a crash only waits until the lease is over. */
    save(texts: readonly string[]): void {
      try {
        mkdirSync(folder, { recursive: true });
        writeFileSync(`${file}.new`, JSON.stringify(texts), { mode: 0o600 });
        renameSync(`${file}.new`, file);
      } catch (error) {
        logger.debug({ error: String(error) }, "the lease could not be remembered");
      }
    },
  };
}
