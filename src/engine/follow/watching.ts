// Which newest commits count for the services of a stack: those of its branch, or only those that change what it watches.
import { describeError } from "../../lib/errors.ts";
import type { DesiredStack } from "../../model/desired.ts";
import type { Branches } from "../../ports.ts";
import { createComparisons } from "./comparisons.ts";
import { followedServices, isImages } from "./followed.ts";
import type { FollowedService } from "./followed.ts";
import type { Unread } from "./unread.ts";

export interface Watching {
  /**
   * By the keys of a stack's services, the newest commit of the branch that each follows, as far as it is known: of the
   * branch that this revision of the stack names, whatever the last look was for.
   */
  of(stack: DesiredStack): ReadonlyMap<string, string>;
  /**
   * By the keys of a stack's services that watch some paths, the commits (shortened) from which to the newest one
   * nothing changed there, as far as `compare` was asked.
   */
  asGood(stack: DesiredStack): ReadonlyMap<string, ReadonlySet<string>>;
  /**
   * Finds out what changed from these commits to the newest ones, by the service's key. Where that cannot be read, the
   * newest commit counts as not known until the next look, and an error says why. Never rejects.
   */
  compare(stack: DesiredStack, from: ReadonlyMap<string, string>): Promise<void>;
}

export interface WatchingOptions {
  readonly branches: Pick<Branches, "changed">;
  readonly unread: Unread;
  /** The newest commit of a service's branch, whole. */
  readonly headOf: (service: FollowedService) => string | undefined;
  /** Called when commits of a repository could not be compared, with its key. */
  readonly failed: (key: string) => void;
  readonly ending: AbortSignal;
}

export function createWatching(options: WatchingOptions): Watching {
  const { branches, unread, headOf, failed, ending } = options;
  const comparisons = createComparisons(branches);

  async function compareOne(
    stack: string,
    service: string,
    one: FollowedService,
    from: string,
  ): Promise<void> {
    const head = headOf(one);
    const { key, source, watchPaths: paths } = one;
    if (paths === undefined || head === undefined || isImages(source)) return;
    try {
      await comparisons.compare({ stack, service, paths, key, source, head }, from);
    } catch (thrown) {
      if (ending.aborted) return;
      unread.failed(key, stack, service, describeError(thrown));
      failed(key);
    }
  }

  return {
    of(stack) {
      const heads = new Map<string, string>();
      for (const [service, one] of followedServices(stack)) {
        const head = headOf(one);
        if (head === undefined || unread.isWaiting(one.key, stack.name, service)) continue;
        heads.set(service, head);
      }
      return heads;
    },
    asGood(stack) {
      const found = new Map<string, ReadonlySet<string>>();
      for (const [service, one] of followedServices(stack)) {
        const head = headOf(one);
        const { key, watchPaths: paths } = one;
        if (head === undefined || paths === undefined) continue;
        found.set(service, comparisons.asGood({ stack: stack.name, service, paths, key, head }));
      }
      return found;
    },
    async compare(stack, from) {
      const services = followedServices(stack);
      await Promise.all(
        [...from].map(async ([service, commit]) => {
          const one = services.get(service);
          if (one !== undefined) await compareOne(stack.name, service, one, commit);
        }),
      );
    },
  };
}
