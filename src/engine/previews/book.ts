// The pull requests that may have previews, kept over a restart, and the stacks that are desired for them now. What
// cannot be read changes nothing: a preview that is up stays until its pull request is seen to have ended, or its time
// is over.
import type { Clock } from "../../lib/clock.ts";
import type { PullRequest } from "../../model/forge.ts";
import type { SourceTree } from "../../ports.ts";
import type { Memory } from "../memory/memory.ts";
import type { PreviewSource, PreviewStack } from "../state/previews.ts";
import type { Refused } from "./load.ts";
import { whenAsked, whenRead } from "./moves.ts";
import type { SeenPull } from "./moves.ts";
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
  /** A pull request as it was read; nothing of `tree` is used when there is trouble with it. */
  read(pull: PullRequest, tree: SourceTree, seen: SeenPull): void;
  /** Somebody with rights asks for previews of this commit. */
  ask(pull: PullRequest, by: string): void;
  /** Somebody with rights wants none until it is pushed to, or asked for, again. */
  stop(pull: PullRequest): void;
  /** It was closed or merged, or goes to another branch. */
  end(pull: number): void;
  /** All that are open; `isAll`: no other one is. */
  listed(open: ReadonlySet<number>, isAll: boolean): void;
  /** It was looked at since the start, and what came of it is known; whether that is news. */
  looked(pull: number): boolean;
  /** Those that are remembered. */
  pulls(): readonly number[];
  of(pull: number): PullPreviews;
}

export interface PreviewBookOptions {
  /** Read when something is first asked, and at each `begin`. */
  readonly memory: Memory;
  readonly clock: Pick<Clock, "now">;
  /** Previews at a time, of all stacks. */
  readonly limit: number;
}

export function createPreviewBook({ memory, clock, limit }: PreviewBookOptions): PreviewBook {
  const records = createRecords(memory);
  const seen = createSeenPulls();
  const trees = new Map<number, SourceTree>();
  let changes = 0;
  const shown = createShown({ records, seen, trees, clock, limit });
  const note = (isNews: boolean): boolean => {
    if (isNews) changes += 1;
    return isNews;
  };

  function end(pull: number): void {
    trees.delete(pull);
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
      const { number } = pull;
      const { record, usable } = whenRead(pull, what, records.get(number), clock.now());
      if (record === null) {
        if (what.trouble === null) end(number);
        return;
      }
      note(records.save(record));
      if (!usable || trees.get(number) === tree) return;
      trees.set(number, tree);
      changes += 1;
    },
    ask(pull, by) {
      note(records.save(whenAsked(pull, by, records.get(pull.number), clock.now())));
    },
    stop(pull) {
      const record = records.get(pull.number);
      if (record === undefined) return;
      // Its labels as they are now: a label alone does not bring it up again.
      const labels = [...(pull.labels ?? [])];
      note(records.save({ ...record, labels, asked: null, movedMs: 0 }));
    },
    end,

    listed(open, isAll) {
      note(seen.listed(open, isAll));
    },
    looked: (pull) => note(seen.looked(pull)),
    pulls: () => records.all().map(({ pull }) => pull),
    of: (pull) => ({ ...shown.of(pull), trouble: records.get(pull)?.trouble ?? null }),
  };
}
