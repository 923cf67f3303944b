// What stacks with previews are built from, as of the last load of the branch. Of a stack that has problems there it is
// what it was before: nobody can tell whether that still holds.
import type { Desired } from "../../manifest/load.ts";
import { builtFrom } from "./built-from.ts";
import type { BuiltFrom, RepositoryOf } from "./built-from.ts";

export interface BuiltStacks {
  learn(base: Desired): void;
  readonly all: () => readonly BuiltFrom[];
  /** Whether the stack has problems on the branch. */
  readonly isBroken: (stack: string) => boolean;
  /** The pull requests of a repository cannot be seen, or can be again (null). */
  unreadable(repository: string, error: string | null): void;
  /** Why those of what the stack is built from cannot be seen, one sentence each. */
  readonly errors: (stack: string) => readonly string[];
}

/** Null: nothing is known to be on the Git host. */
export function createBuiltStacks(repositoryOf: RepositoryOf | null): BuiltStacks {
  let all: readonly BuiltFrom[] = [];
  let broken: ReadonlySet<string> = new Set();
  const unreadable = new Map<string, string>();

  return {
    learn({ stacks, brokenStacks }) {
      broken = brokenStacks;
      if (repositoryOf === null) return;
      all = [
        ...stacks.flatMap((stack) => builtFrom(stack, repositoryOf)),
        ...all.filter(({ stack }) => brokenStacks.has(stack)),
      ];
    },
    all: () => all,
    isBroken: (stack) => broken.has(stack),
    unreadable(repository, error) {
      const key = repository.toLowerCase();
      if (error === null) unreadable.delete(key);
      else unreadable.set(key, error);
    },
    errors(stack) {
      const mine = all.filter((one) => one.stack === stack).map(({ repository }) => repository);
      return [...new Set(mine)].flatMap((repository) => {
        const error = unreadable.get(repository.toLowerCase());
        return error === undefined
          ? []
          : [`pull requests of ${repository} cannot be seen, and get no previews: ${error}`];
      });
    },
  };
}
