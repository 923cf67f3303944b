// The newest commits of the branches that services follow, as the last looks saw them.
import PQueue from "p-queue";
import { describeError } from "../../lib/errors.ts";
import type { DesiredStack } from "../../model/desired.ts";
import type { Branches } from "../../ports.ts";
import type { Wakeups } from "../wakeups.ts";
import { followedRepositories, isOf } from "./followed.ts";
import type { FollowedRepository } from "./followed.ts";
import { createUnread } from "./unread.ts";
import { createWatching } from "./watching.ts";
import type { Watching } from "./watching.ts";

export interface Heads extends Watching {
  /**
   * Asks each repository that these stacks follow, and sends for those whose branch moved. Behind a look that is under
   * way comes one more: what is new may have come after it read. Never rejects. `only`: `owner/name`, of which something is said to be new.
   */
  look(stacks: readonly DesiredStack[], only?: string): Promise<void>;
}

export interface HeadsOptions {
  readonly branches: Branches;
  readonly wakeups: Pick<Wakeups, "goOn" | "renew">;
  /** Called when a repository can no longer be looked at, and when it can again (null). */
  readonly failed: (stack: string, repository: string, error: string | null) => void;
  /** Aborted when the process is to end. */
  readonly ending: AbortSignal;
}

interface Known {
  /** By the branch's or tag's name. */
  readonly heads: ReadonlyMap<string, string>;
  readonly error: string | null;
}

/** A look that is under way. */
interface Asking {
  now: Promise<void>;
  /** The one behind it, however often it is asked for. */
  next: Promise<void> | null;
  newest: FollowedRepository;
}

/** How many repositories are asked at once. */
const atOnce = 4;
const shown = 12;

export function createHeads({ branches, wakeups, failed, ending }: HeadsOptions): Heads {
  const known = new Map<string, Known>();
  const asking = new Map<string, Asking>();
  const lane = new PQueue({ concurrency: atOnce });
  const unread = createUnread();
  const watching = createWatching({
    ...{ branches, unread, failed, ending },
    headOf: ({ key, ref }) => known.get(key)?.heads.get(ref),
  });

  function learn(repository: FollowedRepository, heads: ReadonlyMap<string, string>): void {
    const before = known.get(repository.key);
    known.set(repository.key, { heads, error: null });
    for (const { stack, ref } of repository.followers) {
      const head = heads.get(ref);
      const was = before?.heads.get(ref);
      if (head === undefined || head === was) continue;
      // What an earlier process saw is not known: the plan compares it with what was built.
      if (was === undefined) wakeups.goOn(stack, `the newest commit of ${ref} is known`);
      else wakeups.renew(stack, `new commit ${head.slice(0, shown)} of ${ref}`);
    }
  }

  async function ask(repository: FollowedRepository): Promise<void> {
    const { key, source, title, followers } = repository;
    const before = known.get(key);
    let error: string | null = null;
    try {
      const refs = [...new Set(followers.map(({ ref }) => ref))];
      const heads = await branches.heads(source, refs);
      const missing = refs.filter((ref) => !heads.has(ref));
      if (missing.length > 0) error = `${title} has no branch or tag ${missing.join(", ")}`;
      learn(repository, heads);
    } catch (thrown) {
      error = describeError(thrown);
    }
    if (ending.aborted) return;
    const was = before?.error ?? null;
    known.set(key, { heads: known.get(key)?.heads ?? new Map(), error });
    const { again, isOver } =
      error === null ? unread.looked(key) : { again: [] as const, isOver: false };
    for (const stack of again) wakeups.goOn(stack, `commits of ${title} are compared again`);
    if (error === was && !isOver) return;
    for (const stack of new Set(followers.map((one) => one.stack))) failed(stack, title, error);
  }

  function begin(repository: FollowedRepository): Promise<void> {
    const { key } = repository;
    const one: Asking = { now: Promise.resolve(), next: null, newest: repository };
    asking.set(key, one);
    one.now = lane
      .add(() => (ending.aborted ? Promise.resolve() : ask(repository)))
      .finally(() => {
        if (one.next === null) asking.delete(key);
      });
    return one.now;
  }

  function askNext(repository: FollowedRepository): Promise<void> {
    const under = asking.get(repository.key);
    if (under === undefined) return begin(repository);
    under.newest = repository;
    under.next ??= under.now.then(() => begin(under.newest));
    return under.next;
  }

  return {
    ...watching,
    async look(stacks, only) {
      const all = followedRepositories(stacks);
      const keys = new Set(all.map(({ key }) => key));
      for (const key of known.keys()) if (!keys.has(key)) known.delete(key);
      const due = only === undefined ? all : all.filter((one) => isOf(one, only));
      await Promise.all(due.map(askNext));
    },
  };
}
