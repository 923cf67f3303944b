// This process among several that share servers: it tells the others which it leads, leaves what is free to one that
// leads fewer, and leaves some of its own to one that leads far fewer: then it starts anew, in a quiet moment, as what
// it knows is old once another one has written.
import type { Clock } from "../../lib/clock.ts";
import { within } from "../../lib/within.ts";
import type { Replica, Replicas, Turn } from "../../ports-replicas.ts";
import type { Given } from "./given.ts";
import { givesTo } from "./shares.ts";
import { createTold } from "./told.ts";
import { createTurns } from "./turns.ts";

export interface Spread {
  /** Of one of the servers. */
  turn(server: string): Turn;
  /** From now on others are told. `isQuiet`: nothing would be held up if it started anew. */
  begin(isQuiet: () => boolean): void;
  /** Resolves, with why, when this process is to start anew. */
  readonly gaveOver: Promise<string>;
  /** What it leads is about to be free. When it starts anew, it gets its part again. */
  leaving(): Promise<void>;
  end(): void;
}

export interface SpreadOptions {
  readonly replicas: Replicas;
  /** Their names. */
  readonly servers: readonly string[];
  /** Of the whole process. */
  readonly given: Given;
  readonly clock: Clock;
}

const tellEveryMs = 2_000;
const quietWithinMs = 300_000;
/** A database that does not answer keeps nobody from ending. */
const leavesWithinMs = 2_000;

const several = (count: number): string => (count === 0 ? "none" : String(count));

export function createSpread({ replicas, servers, given, clock }: SpreadOptions): Spread {
  const told = createTold(replicas, servers);
  const gaveOver = Promise.withResolvers<string>();
  let givesOver = false;
  let unquietSinceMs: number | null = null;
  let cancel: (() => void) | null = null;
  let hasEnded = false;

  function considerGiving(isQuiet: () => boolean): void {
    const self = told.self();
    const nowMs = clock.now();
    const mayGet = (other: Replica): boolean => given.mayGet(other, nowMs);
    const to = givesTo(self, told.others(), mayGet);
    if (to === null) {
      unquietSinceMs = null;
      return;
    }
    unquietSinceMs ??= nowMs;
    if (!isQuiet() && nowMs - unquietSinceMs < quietWithinMs) return;
    // It starts anew once.
    if (!givesOver) given.gave(to, nowMs);
    givesOver = true;
    gaveOver.resolve(
      `this process leads ${self.leads.length} servers and ${to.title} ${several(to.leads.length)}: it leaves some to it`,
    );
  }

  function keepTelling(isQuiet: () => boolean): void {
    if (hasEnded) return;
    cancel = clock.after(tellEveryMs, () => {
      void told.exchange().then(() => {
        if (!hasEnded) considerGiving(isQuiet);
        keepTelling(isQuiet);
      });
    });
  }

  function end(): void {
    hasEnded = true;
    cancel?.();
  }

  return {
    turn: createTurns(told, clock),
    begin: keepTelling,
    gaveOver: gaveOver.promise,
    async leaving() {
      told.leaves();
      if (!givesOver) end();
      await within(leavesWithinMs, clock, givesOver ? told.exchange() : told.ends());
    },
    end,
  };
}
