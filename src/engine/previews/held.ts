// Why what is called like a preview stays as it is on the server, although no preview of that name is desired.
import type { Clock } from "../../lib/clock.ts";
import { previewOf, pullKey, pullTitle, repositoryTag } from "../../model/preview-name.ts";
import type { PullId } from "../../model/preview-name.ts";
import type { BuiltStacks } from "./built-stacks.ts";
import { problemOnBranch } from "./load.ts";
import type { Records } from "./records.ts";
import type { SeenPulls } from "./seen.ts";

export interface HeldOptions {
  readonly records: Pick<Records, "all" | "get">;
  readonly seen: Pick<SeenPulls, "unknown">;
  readonly built: Pick<BuiltStacks, "all" | "isBroken">;
  /** By the keys of pull requests that were read since the start. */
  readonly trees: { has(key: string): boolean };
  readonly clock: Pick<Clock, "now">;
}

/** Null: it has ended. */
export function createHeld(options: HeldOptions): (name: string) => string | null {
  const { records, seen, built, trees, clock } = options;

  /** Null: it is of no repository that any stack is built from, or was. */
  function idOf({ pull, tag }: Pick<NonNullable<ReturnType<typeof previewOf>>, "pull" | "tag">) {
    if (tag === null) return { repository: null, pull } satisfies PullId;
    const known = [...records.all(), ...built.all()];
    const repository = known
      .flatMap((one) => one.repository ?? [])
      .find((one) => repositoryTag(one) === tag);
    return repository === undefined ? null : ({ repository, pull } satisfies PullId);
  }

  return (name) => {
    const of = previewOf(name);
    if (of === null) return null;
    const pull = idOf(of);
    const record = pull === null ? undefined : records.get(pull);
    const up = record?.up.find(({ stack }) => stack === of.stack);
    const isOver = up !== undefined && up.untilMs <= clock.now();
    // Nobody can tell whether it is wanted, or which repository it would be of.
    if (built.isBroken(of.stack) && !isOver && (pull === null || up !== undefined)) {
      return problemOnBranch(of.stack);
    }
    if (pull === null) return null;
    if (record === undefined) return seen.unknown(pull);
    if (up === undefined || trees.has(pullKey(pull)) || isOver) return null;
    const why = record.trouble ?? "it was not read since the start";
    return `pull request ${pullTitle(pull)}: ${why}; the preview stays as it is`;
  };
}
