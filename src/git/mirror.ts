// A bare copy of the repository in the state folder: fetched only when a commit is not in it, read with
// one `ls-tree` and one `cat-file --batch`, and made anew when it is damaged. It may be deleted at any
// time. One caller at a time; another process on the same folder costs at most one more fetch.
import { randomBytes } from "node:crypto";
import { access, mkdir, readdir, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { Clock } from "../lib/clock.ts";
import { CapstanError, toCapstanError } from "../lib/errors.ts";
import type { Logger } from "../lib/logger.ts";
import type { ProgramResult } from "../lib/spawn.ts";
import type { Failure } from "./failure.ts";
import type { Git } from "./git.ts";
import { createKeptBlobs } from "./kept-blobs.ts";
import { createKeptCommits, keptRefs } from "./kept-commits.ts";
import type { ReadLimits } from "./limits.ts";
import { needsPacking, presenceOf } from "./local-objects.ts";
import { readTree, type CommitTree, type LocalGit } from "./read-tree.ts";

export interface MirrorOptions {
  readonly folder: string;
  readonly git: Git;
  readonly url: string;
  readonly branch: string;
  /** Empty for the whole repository. */
  readonly path: string;
  /** What is read beside it. */
  readonly also?: readonly string[];
  readonly timeoutMs: number;
  readonly limits: ReadLimits;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly explain: (stderr: string) => Failure;
}

export interface Mirror {
  /**
   * Everything below the path at a commit. Throws `not-found` when the commit or the path is not in the
   * repository, and what fetching throws.
   */
  read(commit: string): Promise<CommitTree>;
  /** The whole hash of a commit that is in the mirror, by its beginning; null when none or several are. */
  find(beginning: string): Promise<string | null>;
  /** From now on these commits stay, as far as they are there, and others may go. Never throws. */
  keep(commits: readonly string[]): Promise<void>;
  /** Makes sure that a commit of the branch is there. Throws like `read`. */
  hold(commit: string): Promise<void>;
  /** Makes the mirror anew when it lacks something that belongs to a commit; whether it did. */
  mend(commit: string): Promise<boolean>;
  /**
   * Fetches what is not the branch's into the mirror as it is; any exit code is an answer. `find` never
   * answers with it.
   */
  fetchForeign(refspec: string): Promise<ProgramResult>;
  readonly git: LocalGit;
  /** Packs what the last fetches have gathered, where git finds that worth it. Never throws. */
  tidy(): Promise<void>;
}

const headRef = "refs/capstan/head";
const leftoverAfterMs = 24 * 3_600_000;

export function createMirror(options: MirrorOptions): Mirror {
  const { folder, git, url, branch, path, timeoutMs, limits, clock, logger, explain } = options;
  const { also = [] } = options;
  const local = (directory: string, args: readonly string[], more: object = {}): ReturnType<Git> =>
    git({ args: [`--git-dir=${directory}`, ...args], timeoutMs, ...more });
  const run: LocalGit = (args, more) => local(folder, args, more);
  const tellDamaged = (): void => {
    logger.warn({ repository: url, mirror: folder }, "mirror damaged, making it again");
  };
  let isTidyDue = false;
  const blobs = createKeptBlobs();
  const kept = createKeptCommits({ folder, git: run, clock, logger, explain });

  return {
    async read(commit) {
      if (await exists(join(folder, "HEAD"))) {
        const isThere = await has(folder, commit);
        const tree = isThere ? await readCommit(commit) : await readAfterFetch(commit);
        if (tree !== null) return tree;
        tellDamaged();
      }
      await rebuild(commit);
      const tree = await readCommit(commit);
      if (tree !== null) return tree;
      throw new CapstanError(
        "unavailable",
        `${url}: commit ${short(commit)} cannot be read, although it was just fetched`,
        { hint: "run git fsck on the repository: a commit, tree or file of it is damaged" },
      );
    },
    async hold(commit) {
      if (await exists(join(folder, "HEAD"))) {
        if (await has(folder, commit)) return;
        const failure = await fetchInto(folder, commit);
        if (failure === null) return;
        if (!failure.mayBeMirror) throw failure.error;
        tellDamaged();
      }
      await rebuild(commit);
    },
    async mend(commit) {
      const { exitCode } = await run(["rev-list", "--objects", "--quiet", commit]);
      if (exitCode === 0) return false;
      tellDamaged();
      await rebuild(commit);
      return true;
    },
    async fetchForeign(refspec) {
      isTidyDue = true;
      // Without a reflog: those there are name what was the branch's.
      return fetchRef(folder, refspec, ["-c", "core.logAllRefUpdates=false"]);
    },
    git: run,
    async find(beginning) {
      const name = `${beginning}^{commit}`;
      const args = ["rev-parse", "--verify", "--quiet", "--end-of-options", name];
      const { exitCode, stdout } = await local(folder, args);
      if (exitCode !== 0) return null;
      const commit = stdout.toString("latin1").trim();
      // Anybody may propose a commit whose name begins like another's.
      const ours = ["--not", headRef, `--glob=${keptRefs}*`, "--reflog"];
      const foreign = await local(folder, ["rev-list", "--max-count=1", commit, ...ours]);
      return foreign.exitCode === 0 && foreign.stdout.length === 0 ? commit : null;
    },
    keep: (commits) => kept.set(commits),
    async tidy() {
      if (!isTidyDue) return;
      isTidyDue = false;
      if (!(await needsPacking(folder))) return;
      try {
        const { exitCode, stderr } = await local(folder, ["gc", "--auto", "--quiet"]);
        if (exitCode !== 0) throw explain(stderr).error;
      } catch (error) {
        logger.warn({ mirror: folder, error: toCapstanError(error).message }, "mirror not tidied");
      }
    },
  };

  /** Null: the mirror is damaged. */
  async function readAfterFetch(commit: string): Promise<CommitTree | null> {
    const failure = await fetchInto(folder, commit);
    if (failure === null) return readCommit(commit);
    if (failure.mayBeMirror) return null;
    throw failure.error;
  }

  async function has(directory: string, commit: string): Promise<boolean> {
    const presence = await presenceOf(directory, commit);
    if (presence !== "unknown") return presence === "commit";
    const { exitCode } = await local(directory, ["cat-file", "-e", `${commit}^{commit}`]);
    return exitCode === 0;
  }

  /** Null when commit, tree or a file of it is not in the mirror or cannot be read from it. */
  async function readCommit(commit: string): Promise<CommitTree | null> {
    const known = blobs.all();
    const reading = await readTree(run, { treeish: commit, commit, path, also, limits, known });
    if (reading?.kind === "no-folder") throw missingPath(commit, reading.isFile);
    return reading === null ? null : { ...reading.tree, files: blobs.keep(reading.tree.files) };
  }

  function missingPath(commit: string, isFile: boolean): CapstanError {
    const told =
      path === ""
        ? `${url} holds no file at commit ${short(commit)}`
        : `${url} has ${isFile ? "a file instead of the folder" : "no folder"} ${path} at commit ${short(commit)}`;
    return new CapstanError("not-found", told, {
      ...(isFile ? {} : { kind: "empty-repository" }),
      hint: `push manifests to ${path === "" ? "it" : `${path}/`}, or set STACKS_PATH to the folder that holds them`,
    });
  }

  async function fetchInto(directory: string, commit: string): Promise<Failure | null> {
    const started = clock.now();
    isTidyDue = true;
    const fetched = await fetchRef(directory, `+refs/heads/${branch}:${headRef}`);
    if (fetched.exitCode !== 0) return explain(fetched.stderr);
    logger.debug({ repository: url, commit, ms: clock.now() - started }, "fetched");
    if (await has(directory, commit)) return null;
    // The branch has moved on or was rewritten: most servers still give a commit by its hash.
    const { exitCode } = await fetchRef(directory, `+${commit}:${headRef}`);
    if (exitCode === 0 && (await has(directory, commit))) return null;
    const error = new CapstanError("not-found", `${url} has commit ${short(commit)} no longer`, {
      hint: "the branch was rewritten; its newest commit is read next",
    });
    return { error, mayBeMirror: false };
  }

  function fetchRef(
    directory: string,
    refspec: string,
    settings: readonly string[] = [],
  ): ReturnType<Git> {
    return local(directory, [
      ...settings,
      "fetch",
      "--quiet",
      "--no-tags",
      "--no-write-fetch-head",
      "--no-auto-maintenance",
      "--no-recurse-submodules",
      "--",
      url,
      refspec,
    ]);
  }

  /** Makes a new mirror beside the old one and puts it in its place only when it is complete. */
  async function rebuild(commit: string): Promise<void> {
    const fresh = `${folder}-${randomBytes(6).toString("hex")}`;
    try {
      await mkdir(dirname(folder), { recursive: true });
      await removeLeftovers();
      const format = commit.length === 64 ? "sha256" : "sha1";
      const made = await git({
        args: ["init", "--quiet", "--bare", "--template=", `--object-format=${format}`, fresh],
        timeoutMs,
      });
      if (made.exitCode !== 0) throw explain(made.stderr).error;
      const failure = await fetchInto(fresh, commit);
      if (failure !== null) throw failure.error;
      const old = `${fresh}-old`;
      await rename(folder, old).catch(ifMissing);
      await rename(fresh, folder);
      await rm(old, { recursive: true, force: true });
      logger.info({ repository: url, mirror: folder }, "mirror made");
      await kept.again();
    } catch (error) {
      if (error instanceof CapstanError) throw error;
      const reason = error instanceof Error ? error.message : String(error);
      throw new CapstanError("unavailable", `the mirror ${folder} cannot be written: ${reason}`, {
        hint: "check that STATE_DIR is writable and its disk is not full",
      });
    } finally {
      await rm(fresh, { recursive: true, force: true }).catch(() => undefined);
    }
  }

  /** What a killed process left of an unfinished mirror; a young one may be another process's. */
  async function removeLeftovers(): Promise<void> {
    const parent = dirname(folder);
    for (const name of await readdir(parent)) {
      if (!name.startsWith(`${basename(folder)}-`)) continue;
      const leftover = join(parent, name);
      const { mtimeMs } = await stat(leftover);
      if (clock.now() - mtimeMs > leftoverAfterMs)
        await rm(leftover, { recursive: true, force: true });
    }
  }
}

function short(commit: string): string {
  return commit.slice(0, 12);
}

function ifMissing(error: unknown): void {
  if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
}

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}
