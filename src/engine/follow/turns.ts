// When repositories are asked: a few at once, each by one look at a time, and behind a look that is under way one more,
// however often that is asked for: what is new may have come after it read.
import PQueue from "p-queue";
import type { FollowedRepository } from "./followed.ts";

interface Turn {
  now: Promise<void>;
  next: Promise<void> | null;
  /** Who asked last knows best which branches matter. */
  newest: FollowedRepository;
}

/** How many repositories are asked at once. */
const atOnce = 4;

/** Resolves when a look is over that began after the call. `ask` must not reject. */
export function createTurns(
  ask: (repository: FollowedRepository) => Promise<void>,
  ending: AbortSignal,
): (repository: FollowedRepository) => Promise<void> {
  const turns = new Map<string, Turn>();
  const lane = new PQueue({ concurrency: atOnce });

  function begin(repository: FollowedRepository): Promise<void> {
    const { key } = repository;
    const turn: Turn = { now: Promise.resolve(), next: null, newest: repository };
    turns.set(key, turn);
    turn.now = lane
      .add(() => (ending.aborted ? Promise.resolve() : ask(repository)))
      .finally(() => {
        if (turn.next === null) turns.delete(key);
      });
    return turn.now;
  }

  return (repository) => {
    const under = turns.get(repository.key);
    if (under === undefined) return begin(repository);
    under.newest = repository;
    under.next ??= under.now.then(() => begin(under.newest));
    return under.next;
  };
}
