// Many processes that want one lease, in one virtual time: each has clocks of its own, can be frozen (SIGSTOP), killed
// and started again, and what it sends and gets may be late or lost. Between them stands a table of tags that behaves
// like Dokploy's. Everything follows from a seed.
import { createLease } from "../../src/dokploy/lease/lease.ts";
import type { LeaseGate } from "../../src/dokploy/lease/gate.ts";
import type { Answer, Row } from "../../src/dokploy/lease/machine.ts";
import type { LeaseTags } from "../../src/dokploy/lease/tags.ts";
import type { Clock } from "../../src/lib/clock.ts";
import { CapstanError, toCapstanError } from "../../src/lib/errors.ts";
import { silentLogger } from "../../src/lib/logger.ts";
import type { Lease } from "../../src/ports-lease.ts";
import { createVirtualClock } from "./virtual-clock.ts";
import type { VirtualClock } from "./virtual-clock.ts";

/** A number in [0, 1) a call, the same for the same seed. */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** The tags of an organisation: one of each name, each with an id of its own. */
export interface TagTable {
  row: Row | null;
  made: number;
  /** What was carried out, for a failing test to show. */
  readonly log: string[];
}

export interface Faults {
  /** Shares of requests. */
  readonly lostRequest: number;
  readonly lostAnswer: number;
  /** Longest way of a request, and of an answer. */
  readonly mostDelayMs: number;
}

export const noFaults: Faults = { lostRequest: 0, lostAnswer: 0, mostDelayMs: 0 };

/** How long a caller waits for an answer. */
const timeoutMs = 8_000;

export interface LeaseProcess {
  readonly name: string;
  readonly lease: Lease;
  readonly gate: LeaseGate;
  /** What its lists would show it. */
  lookAlong(): Promise<void>;
  readonly lost: readonly string[];
  readonly clock: Clock;
  freeze(): void;
  thaw(): void;
  readonly isFrozen: () => boolean;
  /** It never does anything again. */
  kill(): void;
  readonly isDead: () => boolean;
}

export interface LeaseBench {
  readonly clock: VirtualClock;
  readonly table: TagTable;
  faults: Faults;
  /** The key may not write tags. */
  forbidden: boolean;
  start(name: string, options?: StartOptions): LeaseProcess;
  /** As a person does in Dokploy's pages; null deletes the tag. */
  edit(text: string | null): void;
}

export interface StartOptions {
  readonly ttlMs?: number;
  /** How far its wall clock is off. */
  readonly skewMs?: number;
  /** What an earlier process with the same STATE_DIR wrote. */
  readonly memory?: { texts: readonly string[] };
}

export const benchTtlMs = 120_000;

export function createLeaseBench(random: () => number = () => 0): LeaseBench {
  const clock = createVirtualClock();
  const table: TagTable = { row: null, made: 0, log: [] };
  const bench: LeaseBench = { clock, table, faults: noFaults, forbidden: false, start, edit };
  let started = 0;

  function note(who: string, what: string): void {
    table.log.push(`${clock.now()} ${who} ${what}`);
  }

  function edit(text: string | null): void {
    table.row = text === null || table.row === null ? null : { ...table.row, text };
  }

  function start(name: string, options: StartOptions = {}): LeaseProcess {
    const { ttlMs = benchTtlMs, skewMs = 0, memory = { texts: [] } } = options;
    started += 1;
    const lost: string[] = [];
    let isFrozen = false;
    let isDead = false;
    let waiting: (() => void)[] = [];
    /** Nothing runs in a process that is frozen; in one that is dead nothing ever does. */
    const inside = (run: () => void): void => {
      if (isDead) return;
      if (isFrozen) waiting.push(run);
      else run();
    };
    const own: Clock = {
      now: () => clock.now() + skewMs,
      after: (ms, run) => {
        let isOver = false;
        const cancel = clock.after(ms, () => {
          inside(() => {
            if (!isOver) run();
          });
        });
        return () => {
          isOver = true;
          cancel();
        };
      },
      sleep: (ms) => new Promise((resolve) => void own.after(ms, resolve)),
    };

    /** One request: a way there, a deed, a way back; each may fail, and the caller gives up after a while. */
    function request<T>(what: string, deed: () => T, isWrite: boolean): Promise<T> {
      const { lostRequest, lostAnswer, mostDelayMs } = bench.faults;
      return new Promise((resolve, reject) => {
        const code = isWrite ? "uncertain" : "unavailable";
        own.after(timeoutMs, () => {
          reject(new CapstanError(code, `${what}: no answer`));
        });
        if (random() < lostRequest) return;
        // A request that is late may land long after its caller gave up.
        clock.after(random() * mostDelayMs, () => {
          let result: { readonly value: T } | { readonly error: unknown };
          try {
            result = { value: deed() };
            note(name, what);
          } catch (error) {
            result = { error };
          }
          if (random() < lostAnswer) return;
          clock.after(random() * mostDelayMs, () => {
            inside(() => {
              if ("value" in result) resolve(result.value);
              else reject(toCapstanError(result.error));
            });
          });
        });
      });
    }
    const answered = async (deed: () => Promise<Answer>): Promise<Answer> => {
      try {
        return await deed();
      } catch {
        return "lost";
      }
    };
    const tags: LeaseTags = {
      call: { procedure: "tag.all", input: null },
      find: (answer) => answer as Row | null,
      read: () => request("reads", () => table.row, false),
      async create(text) {
        let row: Row | null = null;
        const kind = await answered(() =>
          request(
            `creates ${text}`,
            (): Answer => {
              if (bench.forbidden) return "forbidden";
              if (table.row !== null) return "exists";
              table.made += 1;
              table.row = { tagId: `tag-${table.made}`, text };
              row = table.row;
              return "done";
            },
            true,
          ),
        );
        return { kind, row: kind === "done" ? row : null };
      },
      update: (tagId, text) =>
        answered(() =>
          request(
            `updates ${tagId} ${text}`,
            (): Answer => {
              if (bench.forbidden) return "forbidden";
              if (table.row?.tagId !== tagId) return "gone";
              table.row = { tagId, text };
              return "done";
            },
            true,
          ),
        ),
      remove: (tagId) =>
        answered(() =>
          request(
            `removes ${tagId}`,
            (): Answer => {
              if (bench.forbidden) return "forbidden";
              if (table.row?.tagId !== tagId) return "gone";
              table.row = null;
              return "done";
            },
            true,
          ),
        ),
    };
    const { lease, gate, lookAlong } = createLease(tags, own, silentLogger, {
      ...{
        ttlMs,
        by: "capstan run",
        host: name,
        pid: started,
        version: "1",
        writer: `w${started}`,
      },
      memory: {
        earlier: () => memory.texts,
        save: (texts) => {
          memory.texts = texts;
        },
      },
      moment: () => ({ steadyMs: clock.now(), agedMs: clock.now() }),
    });
    lease.onLost((holder) => lost.push(holder));
    return {
      ...{ name, lease, gate, lost, clock: own },
      async lookAlong() {
        const take = lookAlong();
        take(await tags.read());
      },
      freeze() {
        isFrozen = true;
      },
      thaw() {
        isFrozen = false;
        for (const run of waiting.splice(0)) run();
      },
      isFrozen: () => isFrozen,
      kill() {
        isDead = true;
        waiting = [];
      },
      isDead: () => isDead,
    };
  }
  return bench;
}
