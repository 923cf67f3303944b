// The pull requests that may have previews, kept over a restart, and the stacks that are desired for them now. What
// cannot be read changes nothing: a preview that is up stays until its pull request is seen to have ended, or its time
// is over.
import type { Clock } from "../../lib/clock.ts";
import { isSameRepository, pullKey } from "../../model/preview-name.ts";
import type { PullId } from "../../model/preview-name.ts";
import type { SourceTree } from "../../ports.ts";
import type { Memory } from "../memory/memory.ts";
import type { PreviewSource, PreviewStack } from "../state/previews.ts";
import type { BuiltFrom } from "./built-from.ts";
import type { PreviewHost, Refused } from "./load.ts";
import { whenAsked, whenRead } from "./moves.ts";
import type { AskedPull, SeenPull } from "./moves.ts";
import { createRecords } from "./records.ts";
import { createSeenPulls } from "./seen.ts";
import { createShown } from "./shown.ts";

/** What is said of the previews of one pull request. */
export interface PullPreviews {
  /** By name. */
  readonly stacks: ReadonlyMap<string, PreviewStack>;
  /** Stacks that have none, and why. */
  readonly refused: readonly Refused[];
  /** Why the newest commit is not what they show. */
  readonly trouble: string | null;
}

export interface PreviewBook extends PreviewSource {
  /**
   * A pull request as it was read; nothing of `tree` is used when there is trouble with it. `tree`: null for that of the
   * branch, as an application's repository has no manifests.
   */
  read(pull: AskedPull, tree: SourceTree | null, seen: SeenPull): void;
  /** Somebody with rights asks for previews of this commit. */
  ask(pull: AskedPull, by: string): void;
  /** Somebody with rights wants none until it is pushed to, or asked for, again. */
  stop(pull: AskedPull): void;
  /** It was closed or merged, or goes to another branch. */
  end(pull: PullId): void;
  /** All of a repository that are open; `isAll`: no other one is. */
  listed(repository: string | null, open: ReadonlySet<number>, isAll: boolean): void;
  /** It was looked at since the start, and what came of it is known; whether that is news. */
  looked(pull: PullId): boolean;
  /** Those of a repository that are remembered. */
  pulls(repository: string | null): readonly number[];
  of(pull: PullId): PullPreviews;
  /** Whether it has previews of stacks that have problems on the branch: nobody can tell whether they are wanted. */
  isWithheld(pull: PullId): boolean;
  /** What stacks with previews are built from, as of the last load. */
  built(): readonly BuiltFrom[];
  /** The pull requests of a repository cannot be seen, or can be again (null): statuses tell of it. */
  unreadable(repository: string, error: string | null): void;
}

export interface PreviewBookOptions {
  /** Read when something is first asked, and at each `begin`. */
  readonly memory: Memory;
  readonly clock: Pick<Clock, "now">;
  /** Previews at a time, of all stacks. */
  readonly limit: number;
  /** Null, or absent: pull requests of applications' repositories get none. */
  readonly host?: PreviewHost | null;
}

const idOfPull = ({ repository = null, number }: AskedPull): PullId => ({
  ...{ repository, pull: number },
});

export function createPreviewBook({
  memory,
  clock,
  limit,
  host = null,
}: PreviewBookOptions): PreviewBook {
  const records = createRecords(memory);
  const seen = createSeenPulls();
  const trees = new Map<string, SourceTree | null>();
  let changes = 0;
  const shown = createShown({ records, seen, trees, clock, limit, host });
  const note = (isNews: boolean): boolean => {
    if (isNews) changes += 1;
    return isNews;
  };

  function end(pull: PullId): void {
    trees.delete(pullKey(pull));
    note(records.remove(pull));
  }

  return {
    begin() {
      records.begin();
      changes += 1;
    },

    version: () => `${changes} ${shown.over().join(" ")}`,
    load: (...given) => shown.load(...given),

    read(pull, tree, what) {
      const id = idOfPull(pull);
      const key = pullKey(id);
      const { record, usable } = whenRead(pull, what, records.get(id), clock.now());
      if (record === null) {
        if (what.trouble === null) end(id);
        return;
      }
      note(records.save(record));
      if (!usable || trees.get(key) === tree) return;
      trees.set(key, tree);
      changes += 1;
    },
    ask(pull, by) {
      note(records.save(whenAsked(pull, by, records.get(idOfPull(pull)), clock.now())));
    },
    stop(pull) {
      const record = records.get(idOfPull(pull));
      if (record === undefined) return;
      // Its labels as they are now: a label alone does not bring it up again.
      const labels = [...(pull.labels ?? [])];
      note(records.save({ ...record, labels, asked: null, movedMs: 0 }));
    },
    end,

    listed(repository, open, isAll) {
      note(seen.listed(repository, open, isAll));
    },
    looked: (pull) => note(seen.looked(pull)),
    pulls: (repository) =>
      records
        .all()
        .filter((record) => isSameRepository(record.repository, repository))
        .map(({ pull }) => pull),
    of: (pull) => ({ ...shown.of(pull), trouble: records.get(pull)?.trouble ?? null }),
    isWithheld: (pull) => shown.isWithheld(pull),
    built: () => shown.built.all(),
    unreadable: (repository, error) => {
      shown.built.unreadable(repository, error);
    },
  };
}
