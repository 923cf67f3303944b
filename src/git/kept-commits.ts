// Commits that a rollback may return to: each has a ref of its own in the mirror, so that it stays there when a
// forced push leaves it.
import { readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "../lib/clock.ts";
import { toCapstanError } from "../lib/errors.ts";
import type { Logger } from "../lib/logger.ts";
import type { ProgramResult } from "../lib/spawn.ts";
import type { Failure } from "./failure.ts";
import { presenceOf } from "./local-objects.ts";
import { commitRefsBelow } from "./local-refs.ts";
import type { LocalGit } from "./read-tree.ts";

export interface KeptCommits {
  /** From now on these stay, as far as they are there, and others may go. Never throws. */
  set(commits: readonly string[]): Promise<void>;
  /** Once more, in a mirror that was made again. Never throws. */
  again(): Promise<void>;
}

export interface KeptCommitsOptions {
  /** The mirror; it need not exist yet. */
  readonly folder: string;
  readonly git: LocalGit;
  readonly clock: Pick<Clock, "now">;
  readonly logger: Logger;
  readonly explain: (stderr: string) => Failure;
}

export const keptRefs = "refs/capstan/kept/";
/** No git works on one ref for so long: the one that made this lock was killed. */
const staleLockMs = 10 * 60_000;

const lines = (bytes: Buffer): readonly string[] =>
  bytes
    .toString("latin1")
    .split("\n")
    .filter((line) => line !== "");

export function createKeptCommits(options: KeptCommitsOptions): KeptCommits {
  const { folder, git, clock, logger, explain } = options;
  let kept: readonly string[] = [];
  /** Which folder is known to keep which commits: another process may have made the mirror again since. */
  let keeps: string | null = null;

  async function keeping(): Promise<string> {
    const inode = await stat(folder).then(
      ({ ino }) => ino,
      () => "none",
    );
    return `${inode} ${kept.join(" ")}`;
  }

  async function askedRefs(): Promise<ReadonlySet<string>> {
    const refs = await git(["for-each-ref", "--format=%(refname)", keptRefs]);
    return new Set(lines(refs.stdout).map((ref) => ref.slice(keptRefs.length)));
  }

  async function askedAmong(ids: readonly string[]): Promise<readonly string[]> {
    if (ids.length === 0) return [];
    const stdin = Buffer.from(ids.map((id) => `${id}\n`).join(""));
    const { stdout } = await git(["cat-file", "--batch-check"], { stdin });
    return lines(stdout).flatMap((line) => /^(\w+) commit /.exec(line)?.[1] ?? []);
  }

  async function commitsAmong(ids: readonly string[]): Promise<readonly string[]> {
    const found: string[] = [];
    const asked: string[] = [];
    for (const id of ids) {
      const presence = await presenceOf(folder, id);
      if (presence === "commit") found.push(id);
      else if (presence === "unknown") asked.push(id);
    }
    return [...found, ...(await askedAmong(asked))];
  }

  function update(changes: readonly string[]): Promise<ProgramResult> {
    return git(["update-ref", "--stdin"], { stdin: Buffer.from(changes.join("")) });
  }

  /** Whether there was a lock that a killed git left. */
  async function removeStaleLocks(): Promise<boolean> {
    const directory = join(folder, keptRefs);
    const names = await readdir(directory).catch(() => []);
    let found = false;
    for (const name of names.filter((one) => one.endsWith(".lock"))) {
      const lock = join(directory, name);
      const madeMs = await stat(lock).then(
        ({ mtimeMs }) => mtimeMs,
        () => Infinity,
      );
      if (clock.now() - madeMs < staleLockMs) continue;
      await rm(lock, { force: true });
      found = true;
    }
    return found;
  }

  async function keep(): Promise<void> {
    keeps = null;
    try {
      const there = (await commitRefsBelow(folder, keptRefs)) ?? (await askedRefs());
      const wanted = new Set(kept);
      const fresh = kept.filter((commit) => !there.has(commit));
      const present = await commitsAmong(fresh);
      const changes = [
        ...present.map((commit) => `create ${keptRefs}${commit} ${commit}\n`),
        ...[...there].filter((id) => !wanted.has(id)).map((id) => `delete ${keptRefs}${id}\n`),
      ];
      if (changes.length > 0) {
        let updated = await update(changes);
        if (updated.exitCode !== 0 && (await removeStaleLocks())) updated = await update(changes);
        if (updated.exitCode !== 0) throw explain(updated.stderr).error;
      }
      if (present.length === fresh.length) keeps = await keeping();
    } catch (error) {
      const { message } = toCapstanError(error);
      logger.warn({ mirror: folder, error: message }, "commits to return to were not kept");
    }
  }

  return {
    async set(commits) {
      kept = [...new Set(commits)];
      if ((await keeping()) === keeps) return;
      const isThere = await stat(join(folder, "HEAD")).then(
        () => true,
        () => false,
      );
      if (isThere) await keep();
    },
    again: keep,
  };
}
