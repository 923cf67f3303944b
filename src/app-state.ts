// STATE_DIR for commands that only look. A state that is there is used as it is, with its key, by which the hashes of
// secrets in its controller's markers go. Where there is none, nothing is left behind: they get a folder that is gone
// when they end.
import { randomBytes } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync } from "node:fs";
import { mkdir, rm, rmdir, statfs, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import type { Opened } from "./app-opened.ts";
import type { Config } from "./config.ts";

/** Whether a state folder can be written, and how much room it has; leaves it as it was. */
export function stateProbe(stateDir: string): {
  readonly path: string;
  write(): Promise<void>;
  freeBytes(): Promise<number>;
} {
  return {
    path: stateDir,
    async write() {
      const file = join(stateDir, `.doctor-${randomBytes(6).toString("hex")}`);
      const made = await mkdir(stateDir, { recursive: true });
      try {
        await writeFile(file, "");
        await rm(file);
      } finally {
        if (made !== undefined) await removeEmpty(stateDir, made);
      }
    },
    async freeBytes() {
      let folder = resolve(stateDir);
      while (!existsSync(folder) && dirname(folder) !== folder) folder = dirname(folder);
      const { bavail, bsize } = await statfs(folder);
      return bavail * bsize;
    },
  };
}

/** From a folder up to the first that was made with it; one that somebody has used meanwhile stays. */
async function removeEmpty(folder: string, first: string): Promise<void> {
  for (let here = resolve(folder); here.startsWith(resolve(first)); here = dirname(here)) {
    const isGone = await rmdir(here).then(
      () => true,
      () => false,
    );
    if (!isGone) return;
  }
}

/** What cannot be listed is no absence: who uses it says what is wrong with it. */
function isAbsent(folder: string): boolean {
  try {
    return readdirSync(folder).length === 0;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ENOENT";
  }
}

/** `folder`: where relative paths begin. Call it before anything is opened that uses the state. */
export function stateToLook(config: Config, folder: string, opened: Pick<Opened, "add">): Config {
  if (!isAbsent(resolve(folder, config.stateDir))) return config;
  const stateDir = mkdtempSync(join(tmpdir(), "capstan-state-"));
  opened.add(() => rm(stateDir, { recursive: true, force: true }));
  return { ...config, stateDir };
}
