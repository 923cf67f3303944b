// Follows the logs of services for those who watch: one look at a gentle rate for all watchers of the same
// services; each gets the lines that are new. Nothing is read while nobody watches.
import type { ServiceLog } from "../../engine/engine.ts";
import type { Clock } from "../../lib/clock.ts";
import { describeError, isCapstanError } from "../../lib/errors.ts";
import { newLines } from "./log-lines.ts";

export type TailNews =
  | { readonly kind: "lines"; readonly logs: readonly ServiceLog[] }
  /** It could not be read, and is tried again. */
  | { readonly kind: "problem"; readonly message: string }
  /** The stack or the service is gone. */
  | { readonly kind: "end"; readonly message: string };

export interface LogTails {
  /**
   * Calls with the last lines that are there, and then with each new one; the returned function ends that.
   * Null when too many logs are followed already.
   */
  follow(
    stack: string,
    service: string | null,
    lines: number,
    listener: (news: TailNews) => void,
  ): (() => void) | null;
  close(): void;
}

export interface LogSource {
  logs(stack: string, service: string | null, lines: number): Promise<readonly ServiceLog[]>;
}

const lookMs = 2_000;
const slowestMs = 30_000;
/** Each look costs a docker process on the server. */
const mostTails = 32;
const linesRead = 500;

interface Watcher {
  readonly lines: number;
  readonly listener: (news: TailNews) => void;
}

interface Tail {
  readonly watchers: Set<Watcher>;
  /** By service; null before the first look. */
  last: ReadonlyMap<string, readonly string[]> | null;
  failures: number;
  cancel: () => void;
}

export function createLogTails(source: LogSource, clock: Clock): LogTails {
  const tails = new Map<string, Tail>();

  function begin(key: string, stack: string, service: string | null): Tail {
    const tail: Tail = { watchers: new Set(), last: null, failures: 0, cancel: () => undefined };
    tails.set(key, tail);
    const tell = (news: TailNews): void => {
      for (const { listener } of [...tail.watchers]) listener(news);
    };

    async function look(): Promise<void> {
      try {
        const logs = await source.logs(stack, service, linesRead);
        const before = tail.last;
        tail.failures = 0;
        tail.last = new Map(logs.map((one) => [one.service, one.lines]));
        if (before === null) for (const watcher of [...tail.watchers]) tellLast(tail, watcher);
        else {
          const fresh = logs
            .map((one) => ({
              service: one.service,
              lines: newLines(before.get(one.service) ?? [], one.lines),
            }))
            .filter(({ lines }) => lines.length > 0);
          if (fresh.length > 0) tell({ kind: "lines", logs: fresh });
        }
      } catch (error) {
        const message = describeError(error);
        if (isCapstanError(error, "not-found")) {
          tell({ kind: "end", message });
          end(key, tail);
          return;
        }
        tail.failures += 1;
        tell({ kind: "problem", message });
      }
      if (tails.get(key) !== tail) return;
      const waitMs = Math.min(lookMs * 2 ** tail.failures, slowestMs);
      tail.cancel = clock.after(waitMs, () => void look());
    }
    tail.cancel = clock.after(0, () => void look());
    return tail;
  }

  function end(key: string, tail: Tail): void {
    tail.cancel();
    if (tails.get(key) === tail) tails.delete(key);
  }

  function tellLast({ last }: Tail, { lines, listener }: Watcher): void {
    if (last === null) return;
    const logs = [...last].map(([service, all]) => ({ service, lines: all.slice(-lines) }));
    listener({ kind: "lines", logs });
  }

  return {
    follow(stack, service, lines, listener) {
      const key = JSON.stringify([stack, service]);
      const known = tails.get(key);
      if (known === undefined && tails.size >= mostTails) return null;
      const tail = known ?? begin(key, stack, service);
      const watcher = { lines, listener };
      tail.watchers.add(watcher);
      tellLast(tail, watcher);
      return () => {
        tail.watchers.delete(watcher);
        if (tail.watchers.size === 0) end(key, tail);
      };
    },
    close() {
      for (const [key, tail] of [...tails]) end(key, tail);
    },
  };
}
