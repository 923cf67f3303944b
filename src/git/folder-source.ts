// The stacks of a local folder (`--source DIR`): a revision is a hash of its content. Every call scans;
// a scan that lacks files is believed only when a second one agrees.
import { createHash } from "node:crypto";
import { resolve } from "node:path";
import PQueue from "p-queue";
import type { Clock } from "../lib/clock.ts";
import { CapstanError, toCapstanError } from "../lib/errors.ts";
import type { Logger } from "../lib/logger.ts";
import type { Revision, Source, SourceFile, SourceTree } from "../ports.ts";
import { afterScan, noBelief } from "./folder-belief.ts";
import { policiesBeside, scanPolicies, type FolderPolicies } from "./folder-policies.ts";
import { scanFolder, type FolderScan } from "./folder-scan.ts";
import { watchFolder } from "./folder-watch.ts";
import { readLimits, type ReadLimits } from "./limits.ts";

export interface FolderSourceOptions {
  readonly dir: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** How long the folder must be quiet, and how far apart two scans must lie to believe a removal; 2 s. */
  readonly settleMs?: number;
  /** How often a watched folder is scanned without any sign of a change; 30 s. */
  readonly rescanMs?: number;
  readonly limits?: Partial<ReadLimits>;
  /**
   * Absolute: STATE_DIR, which may lie below the folder. What Capstan writes there is no change of the
   * stacks, and reading a file that SQLite has locked would end the locks of this process.
   */
  readonly leaveOut?: string;
  /** Absent: policies are read in the folder alone. */
  readonly policies?: FolderPolicies;
  /** Hears of each file of a scan while others are still being read. */
  readonly onFile?: (file: SourceFile) => void;
}

/** All that a revision is made of; its id stands for both. */
interface WholeScan extends FolderScan {
  readonly policies: NonNullable<SourceTree["policies"]> | null;
}

/** Whether an id is the beginning of a revision's, as markers hold it. */
function isShort(id: string, revision: Revision): boolean {
  return id.length >= 12 && revision.id.startsWith(id);
}

function bothIds(folder: string, policies: string): string {
  return createHash("sha256").update(`${folder}\n${policies}`).digest("hex").slice(0, 40);
}

/** Kept in memory, so that the last revisions can be read again after the folder has changed. */
const treesKept = { count: 4, bytes: 64 * 1024 * 1024 };

export function createFolderSource(options: FolderSourceOptions): Source {
  const { clock, logger } = options;
  const dir = resolve(options.dir);
  const settleMs = options.settleMs ?? 2_000;
  const limits = { ...readLimits, ...options.limits };
  const lane = new PQueue({ concurrency: 1 });
  const trees = new Map<string, SourceTree>();
  const watchers = new Map<() => Promise<void>, () => void>();
  let belief = noBelief;
  /** What the last caller of `latest` was told: a revision or an error. */
  let told: string | null = null;
  let cancelSecondLook: (() => void) | null = null;
  let closed = false;

  return {
    title: `folder ${dir}`,
    latest: () => lane.add(latest),
    read: ({ id }) => lane.add(() => read(id)),
    // A folder keeps no history beyond the last few revisions.
    keep: async () => undefined,
    async watch(changed) {
      const place =
        options.policies === undefined ? null : await policiesBeside(dir, options.policies);
      const watches = await Promise.all(
        [dir, ...(place === null ? [] : [place])].map((folder) =>
          watchFolder({
            dir: folder,
            leaveOut: options.leaveOut ?? null,
            settleMs,
            rescanMs: options.rescanMs ?? 30_000,
            clock,
            logger,
            look: () => void lane.add(look),
          }),
        ),
      );
      const stop = async (): Promise<void> => {
        watchers.delete(stop);
        await Promise.all(watches.map((stopWatching) => stopWatching()));
      };
      watchers.set(stop, changed);
      return stop;
    },
    async close() {
      closed = true;
      cancelSecondLook?.();
      await Promise.all([...watchers.keys()].map((stop) => stop()));
      await lane.onIdle();
    },
  };

  async function latest(): Promise<Revision> {
    const outcome = await observe();
    told = outcome.state;
    if ("error" in outcome) throw outcome.error;
    return outcome.revision;
  }

  /** Scans on behalf of a watch and calls only when there is something else to tell. */
  async function look(): Promise<void> {
    if (closed || watchers.size === 0) return;
    const { state } = await observe();
    if (state !== told) for (const changed of watchers.values()) changed();
  }

  async function observe(): Promise<
    | { readonly state: string; readonly revision: Revision }
    | { readonly state: string; readonly error: CapstanError }
  > {
    try {
      const { id } = await believe();
      return { state: id, revision: { id, title: dir } };
    } catch (caught) {
      const error = toCapstanError(caught);
      return { state: `${error.code}: ${error.message}`, error };
    }
  }

  async function believe(): Promise<{ readonly id: string }> {
    const scan = await scanNow();
    const around = [...(scan.policies?.files ?? []), ...(scan.policies?.unreadable ?? [])];
    const paths = new Set([...scan.files, ...scan.unreadable, ...around].map(({ path }) => path));
    belief = afterScan(belief, { id: scan.id, paths, atMs: clock.now() }, settleMs);
    if (belief.believed?.id === scan.id) remember(scan);
    cancelSecondLook?.();
    if (belief.doubted !== null && watchers.size > 0) {
      logger.info({ folder: dir }, "files are gone, waiting for a second look");
      cancelSecondLook = clock.after(settleMs, () => void lane.add(look));
    }
    return belief.believed ?? scan;
  }

  async function scanNow(): Promise<WholeScan> {
    if (closed) throw new CapstanError("cancelled", `reading ${dir} was cancelled`);
    const scan = await scanFolder(dir, limits, options.leaveOut ?? null, options.onFile);
    const around =
      options.policies === undefined ? null : await scanPolicies(dir, options.policies, limits);
    if (around === null) return { ...scan, policies: null };
    const id = around.id === null ? scan.id : bothIds(scan.id, around.id);
    return { ...scan, id, policies: around.found };
  }

  async function read(id: string): Promise<SourceTree> {
    const kept = trees.get(id) ?? [...trees.values()].find(({ revision }) => isShort(id, revision));
    if (kept !== undefined) return kept;
    const scan = await scanNow();
    if (scan.id !== id) {
      throw new CapstanError("not-found", `${dir} has changed since revision ${id.slice(0, 12)}`, {
        hint: "a folder keeps no history: its newest revision is read next",
      });
    }
    return asTree(scan);
  }

  function remember(scan: WholeScan): void {
    trees.delete(scan.id);
    trees.set(scan.id, asTree(scan));
    for (const oldest of trees.keys()) {
      if (trees.size === 1 || (trees.size <= treesKept.count && bytesKept() <= treesKept.bytes))
        break;
      trees.delete(oldest);
    }
  }

  function bytesKept(): number {
    let bytes = 0;
    for (const { files } of trees.values()) {
      for (const { content } of files) bytes += content.byteLength;
    }
    return bytes;
  }

  function asTree({ id, files, unreadable, policies }: WholeScan): SourceTree {
    const around = policies === null ? {} : { policies };
    return { revision: { id, title: dir }, files, unreadable, ...around };
  }
}
