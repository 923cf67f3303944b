// Tells that something below a folder may have changed, once it has been quiet for a while. The folder's
// parent is watched too, as the folder may be missing, replaced or a link that is swapped; and as no
// watch sees everything (network file systems), a look is due now and then in any case.
import { realpath } from "node:fs/promises";
import { dirname, sep } from "node:path";
import { watch, type FSWatcher } from "chokidar";
import PQueue from "p-queue";
import type { Clock } from "../lib/clock.ts";
import type { Logger } from "../lib/logger.ts";
import { ignoredNames } from "./folder-scan.ts";

export interface FolderWatchOptions {
  /** Absolute. */
  readonly dir: string;
  /** Absolute; nothing below it is a change. */
  readonly leaveOut: string | null;
  readonly settleMs: number;
  readonly rescanMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
  /** After `settleMs` without a change, and every `rescanMs`. */
  readonly look: () => void;
}

const chokidarOptions = {
  ignoreInitial: true,
  // A link to / would have us watch the whole machine.
  followSymlinks: false,
  atomic: false,
  ignorePermissionErrors: true,
} as const;

/** Resolves when the watch is in place; the returned function ends it. */
export async function watchFolder(options: FolderWatchOptions): Promise<() => Promise<void>> {
  const { dir, leaveOut, settleMs, rescanMs, clock, logger, look } = options;
  const lane = new PQueue({ concurrency: 1 });
  let inside: { readonly target: string; readonly watcher: FSWatcher } | null = null;
  let cancelQuiet: (() => void) | null = null;
  let cancelRescan: (() => void) | null = null;
  let stopped = false;

  const parent = dirname(dir);
  const around = start(parent, { depth: 0, ignored: (path) => path !== parent && path !== dir });
  around.on("all", (_event, path) => {
    if (path !== dir) return;
    // A new folder under the old name: what is watched inside is the one that is gone.
    void lane.add(() => attach(true));
    onEvent();
  });
  await Promise.all([ready(around), lane.add(() => attach(true))]);
  rescan();
  return async () => {
    stopped = true;
    cancelQuiet?.();
    cancelRescan?.();
    await lane.onIdle();
    await Promise.all([around.close(), inside?.watcher.close()]);
  };

  function onEvent(): void {
    cancelQuiet?.();
    if (!stopped) cancelQuiet = clock.after(settleMs, look);
  }

  function rescan(): void {
    cancelRescan = clock.after(rescanMs, () => {
      void lane.add(() => attach(false));
      look();
      rescan();
    });
  }

  /** Watches what the folder is now; without `anew` only when it leads elsewhere than before. */
  async function attach(anew: boolean): Promise<void> {
    if (stopped) return;
    const target = await realpath(dir).catch(() => null);
    if (!anew && target === (inside?.target ?? null)) return;
    await inside?.watcher.close();
    inside = null;
    if (target === null) return;
    const leftOut = leaveOut === null ? null : await realpath(leaveOut).catch(() => null);
    const watcher = start(target, {
      ignored: (path) =>
        path === leftOut || below(target, path).some((name) => ignoredNames.has(name)),
    });
    watcher.on("all", onEvent);
    inside = { target, watcher };
    await ready(watcher);
    // What changed while nobody watched.
    onEvent();
  }

  function start(
    path: string,
    more: { readonly depth?: number; readonly ignored: (path: string) => boolean },
  ): FSWatcher {
    const watcher = watch(path, { ...chokidarOptions, ...more });
    watcher.on("error", (error) => {
      logger.warn({ folder: dir, error: String(error) }, "folder cannot be watched, scanning it");
    });
    return watcher;
  }
}

function ready(watcher: FSWatcher): Promise<void> {
  return new Promise((resolve) => watcher.once("ready", resolve));
}

/** The names on the way from a folder down to a path. */
function below(dir: string, path: string): readonly string[] {
  return path.startsWith(dir + sep) ? path.slice(dir.length + 1).split(sep) : [];
}
