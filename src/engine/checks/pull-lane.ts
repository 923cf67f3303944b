// Whose turn it is among pull requests: one at a time, each once however often it is asked for, those that
// somebody looks at before those whose base moved, and answers to people before all.
import PQueue from "p-queue";

export interface PullTurn {
  /** Also when nothing changed. */
  readonly again: boolean;
  /** Somebody looks at it now. */
  readonly urgent: boolean;
}

export interface PullLane {
  /** Several asks are one turn, which does what any of them wants. */
  ask(number: number, turn: PullTurn): void;
  /** Dropped when very many wait already. Must not reject. */
  answer(run: () => Promise<void>): void;
  isStopped(): boolean;
  /** Resolves when nothing is under way any more; what waits is dropped. */
  stop(): Promise<void>;
  /** Resolves when all that was asked for is done. */
  idle(): Promise<void>;
}

/** What more is said before that is done is dropped: anybody may comment. */
const mostAnswers = 500;

/** `look`: what a turn does. Must not reject. */
export function createPullLane(look: (number: number, again: boolean) => Promise<void>): PullLane {
  const lane = new PQueue({ concurrency: 1 });
  /** Asked for and not begun. */
  const asked = new Map<number, PullTurn>();
  let answers = 0;
  let stopped = false;

  async function turnOf(number: number): Promise<void> {
    const turn = asked.get(number);
    // Done already, by a more urgent turn.
    if (turn === undefined) return;
    asked.delete(number);
    if (!stopped) await look(number, turn.again);
  }

  return {
    ask(number, turn) {
      if (stopped) return;
      const waits = asked.get(number);
      const urgent = turn.urgent || waits?.urgent === true;
      asked.set(number, { again: turn.again || waits?.again === true, urgent });
      if (waits?.urgent === urgent) return;
      void lane.add(() => turnOf(number), { priority: urgent ? 1 : 0 });
    },

    answer(run) {
      if (stopped || answers >= mostAnswers) return;
      answers += 1;
      // Somebody waits for the answer; there may be hundreds of pull requests before it.
      const begin = async (): Promise<void> => {
        answers -= 1;
        await run();
      };
      void lane.add(begin, { priority: 2 });
    },

    isStopped: () => stopped,
    async stop() {
      stopped = true;
      lane.clear();
      await lane.onIdle();
    },
    idle: () => lane.onIdle(),
  };
}
