// Sees a push to a repository on this machine at once, by watching the places where git keeps a branch:
// `refs/heads/<branch>` and `packed-refs`. What it misses, the poll sees.
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { watch } from "chokidar";
import type { Clock } from "../lib/clock.ts";
import type { Logger } from "../lib/logger.ts";

/** A push writes several files; one call is enough. */
const settleMs = 50;

export interface WatchBranchOptions {
  readonly folder: string;
  readonly branch: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly changed: () => void;
}

/** Resolves when the watch is in place; the returned function ends it. */
export async function watchBranch(options: WatchBranchOptions): Promise<() => Promise<void>> {
  const { clock, logger, changed } = options;
  const inner = join(options.folder, ".git");
  const folder = (await isFolder(inner)) ? inner : options.folder;
  const watched = watchedPaths(folder, options.branch);
  const watcher = watch(folder, {
    // The folder itself is watched, not the files: these may be missing, and are replaced by renames.
    ignored: (path) => !watched.has(path),
    ignoreInitial: true,
    followSymlinks: false,
    atomic: false,
  });
  let cancel: (() => void) | null = null;
  watcher.on("all", () => {
    cancel?.();
    cancel = clock.after(settleMs, changed);
  });
  watcher.on("error", (error) => {
    logger.warn({ folder, error: String(error) }, "repository cannot be watched, polling it only");
  });
  await new Promise<void>((resolve) => watcher.once("ready", resolve));
  return async () => {
    cancel?.();
    await watcher.close();
  };
}

/** Every folder on the way to the branch's file, the file, and packed-refs. */
function watchedPaths(folder: string, branch: string): ReadonlySet<string> {
  const paths = new Set([folder, join(folder, "packed-refs")]);
  let path = folder;
  for (const part of ["refs", "heads", ...branch.split("/")]) {
    path = join(path, part);
    paths.add(path);
  }
  return paths;
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (stats) => stats.isDirectory(),
    () => false,
  );
}
