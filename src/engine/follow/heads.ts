// The newest commits of the branches that services follow, and the images that tags point to, as the last looks saw them.
import { describeError } from "../../lib/errors.ts";
import type { DesiredStack } from "../../model/desired.ts";
import type { Wakeups } from "../wakeups.ts";
import type { AllBranches } from "./all-branches.ts";
import { followedRepositories, isImages, isOf, newsTitle } from "./followed.ts";
import type { FollowedRepository, Pushed } from "./followed.ts";
import { createFollowTroubles } from "./troubles.ts";
import { createTurns } from "./turns.ts";
import { createUnread } from "./unread.ts";
import { createWatching } from "./watching.ts";
import type { Watching } from "./watching.ts";

export interface Heads extends Watching {
  /** Why new commits of a stack's branches, or images of its tags, cannot be seen, one sentence each; empty when all is well. */
  errors(stack: DesiredStack): readonly string[];
  /**
   * Asks each repository that these stacks follow, and sends for those whose branch moved. Behind a look that is under
   * way comes one more: what is new may have come after it read. Never rejects. `only`: what is said to be new.
   */
  look(stacks: readonly DesiredStack[], only?: Pushed): Promise<void>;
}

export interface HeadsOptions {
  readonly branches: AllBranches;
  readonly wakeups: Pick<Wakeups, "goOn" | "renew">;
  /** Called when `news` (`commits of acme/shop`) can no longer be seen for a stack, and when they can again (null). */
  readonly failed: (stack: string, news: string, error: string | null) => void;
  /** Aborted when the process is to end. */
  readonly ending: AbortSignal;
}

interface Known {
  /** By the branch's or tag's name. */
  readonly heads: ReadonlyMap<string, string>;
  /** Why the last look failed; null: it did not. */
  readonly error: string | null;
  readonly repository: FollowedRepository;
}

const shown = 12;

/** `new commit 0123456789ab of main`, `new image sha256:0123456789ab of acme/shop:1`. */
function newsOf({ source, title }: FollowedRepository, ref: string, head: string): string {
  if (!isImages(source)) return `new commit ${head.slice(0, shown)} of ${ref}`;
  return `new image ${head.slice(0, "sha256:".length + shown)} of ${title}:${ref}`;
}

export function createHeads({ branches, wakeups, failed, ending }: HeadsOptions): Heads {
  const known = new Map<string, Known>();
  const unread = createUnread();
  const troubles = createFollowTroubles(failed);
  const watching = createWatching({
    ...{ branches, unread, ending },
    headOf: ({ key, ref }) => known.get(key)?.heads.get(ref),
    failed: tell,
  });

  /** What keeps new commits of a repository from being seen, where that has changed. */
  function tell(key: string): void {
    const one = known.get(key);
    if (one === undefined) return;
    const { heads, error, repository } = one;
    const changed = troubles.are(repository, ({ stack, service, ref }) => {
      if (error !== null) return error;
      const ways = isImages(repository.source) ? "tag" : "branch or tag";
      if (!heads.has(ref)) return `${repository.title} has no ${ways} ${ref}`;
      return unread.error(key, stack, service);
    });
    // Its status tells of it.
    for (const stack of changed) {
      wakeups.goOn(stack, `whether ${repository.title} can be read has changed`);
    }
  }

  function learn(repository: FollowedRepository, heads: ReadonlyMap<string, string>): void {
    const before = known.get(repository.key);
    known.set(repository.key, { heads, error: null, repository });
    for (const { stack, ref } of repository.followers) {
      const head = heads.get(ref);
      const was = before?.heads.get(ref);
      if (head === undefined || head === was) continue;
      // What an earlier process saw is not known: the plan compares it with what was built.
      if (was === undefined) wakeups.goOn(stack, `what ${ref} points to is known`);
      else wakeups.renew(stack, newsOf(repository, ref, head));
    }
  }

  async function ask(repository: FollowedRepository): Promise<void> {
    const { key, source, title, followers } = repository;
    try {
      learn(
        repository,
        await branches.heads(source, [...new Set(followers.map(({ ref }) => ref))]),
      );
    } catch (thrown) {
      const heads = known.get(key)?.heads ?? new Map<string, string>();
      known.set(key, { heads, error: describeError(thrown), repository });
    }
    if (ending.aborted) return;
    for (const stack of unread.looked(key)) {
      wakeups.goOn(stack, `commits of ${title} are compared again`);
    }
    tell(key);
  }

  const askNext = createTurns(ask, ending);

  return {
    ...watching,
    errors: (stack) =>
      followedRepositories([stack]).flatMap((repository) => {
        const error = troubles.of(stack.name, repository.key);
        return error === null ? [] : [`new ${newsTitle(repository)} cannot be seen: ${error}`];
      }),
    async look(stacks, only) {
      const all = followedRepositories(stacks);
      const keys = new Set(all.map(({ key }) => key));
      for (const key of known.keys()) if (!keys.has(key)) known.delete(key);
      troubles.keep(all);
      const due = only === undefined ? all : all.filter((one) => isOf(one, only));
      await Promise.all(due.map(askNext));
    },
  };
}
