// The newest commits of the branches that services follow, as the last looks saw them.
import PQueue from "p-queue";
import { describeError } from "../../lib/errors.ts";
import type { DesiredStack } from "../../model/desired.ts";
import type { Branches } from "../../ports.ts";
import type { Wakeups } from "../wakeups.ts";
import { followedRepositories, isOf } from "./followed.ts";
import type { FollowedRepository } from "./followed.ts";

export interface Heads {
  /** By the keys of a stack's services, the newest commit of the branch that each follows, as far as it is known. */
  of(stack: string): ReadonlyMap<string, string>;
  /** Why nothing newer is known of a stack's branches, one line each; empty when all is well. */
  errors(stack: string): readonly string[];
  /**
   * Asks each repository that these stacks follow, once, and sends for those whose branch moved. A look that is under way
   * is waited for. Never rejects. `only`: `owner/name`, of which something is said to be new.
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

/** How many repositories are asked at once. */
const atOnce = 4;
const shown = 12;

export function createHeads({ branches, wakeups, failed, ending }: HeadsOptions): Heads {
  const known = new Map<string, Known>();
  const asking = new Map<string, Promise<void>>();
  const lane = new PQueue({ concurrency: atOnce });
  /** By stack, then by the service's key: its repository and branch. */
  let following = new Map<string, Map<string, { readonly key: string; readonly ref: string }>>();

  function keep(repositories: readonly FollowedRepository[]): void {
    following = new Map();
    for (const { key, followers } of repositories) {
      for (const { stack, service, ref } of followers) {
        const services = following.get(stack) ?? new Map<string, { key: string; ref: string }>();
        following.set(stack, services.set(service, { key, ref }));
      }
    }
    const keys = new Set(repositories.map(({ key }) => key));
    for (const key of known.keys()) if (!keys.has(key)) known.delete(key);
  }

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
    if (error === was) return;
    for (const stack of new Set(followers.map((one) => one.stack))) failed(stack, title, error);
  }

  function once(repository: FollowedRepository): Promise<void> {
    const under = asking.get(repository.key);
    if (under !== undefined) return under;
    const asked = lane
      .add(() => (ending.aborted ? Promise.resolve() : ask(repository)))
      .finally(() => asking.delete(repository.key));
    asking.set(repository.key, asked);
    return asked;
  }

  return {
    of(stack) {
      const heads = new Map<string, string>();
      for (const [service, { key, ref }] of following.get(stack) ?? []) {
        const head = known.get(key)?.heads.get(ref);
        if (head !== undefined) heads.set(service, head);
      }
      return heads;
    },
    errors(stack) {
      const keys = new Set([...(following.get(stack)?.values() ?? [])].map(({ key }) => key));
      return [...keys].flatMap((key) => known.get(key)?.error ?? []);
    },
    async look(stacks, only) {
      const all = followedRepositories(stacks);
      keep(all);
      const due = only === undefined ? all : all.filter((one) => isOf(one, only));
      await Promise.all(due.map(once));
    },
  };
}
