// Writes of one moment share a request. Each caller waits for its own write as if it were alone; those that come while
// others are under way gather, and leave together. Never what Dokploy cannot stand in a batch: domains, basic auth,
// redirects and deletions each go alone, in their lane.
import { CapstanError, toCapstanError } from "../lib/errors.ts";
import { currentScope, inScope } from "../lib/scope.ts";
import type { Scope } from "../lib/scope.ts";
import { largestRequestBytes } from "../model/request-size.ts";
import type { Call } from "./calls.ts";
import type { Reading } from "./reading.ts";

/** Measured to be well on a Dokploy, many at once. */
const gatherable: ReadonlySet<string> = new Set([
  "application.create",
  "application.update",
  "mounts.create",
  "mounts.update",
  "port.create",
  "port.update",
  "postgres.create",
  "postgres.update",
  "project.create",
  "project.update",
]);

/** 50 were measured; fewer lose less when an answer is lost. */
const mostCalls = 25;
/** One that hangs must not hold up all others. */
const mostUnderWay = 2;
/** What a batch has beside its inputs. */
const overheadBytes = 64;

interface Waiting {
  readonly call: Call;
  readonly bytes: number;
  readonly scope: Scope | null;
  readonly done: (reading: Promise<Reading<unknown>>) => void;
}

export function isGatherable(procedure: string): boolean {
  return gatherable.has(procedure);
}

export interface Gathering {
  /** One write, sent once, perhaps with others. Rejects as a write that is sent alone does. */
  write(call: Call): Promise<Reading<unknown>>;
}

export function createGathering(options: {
  readonly one: (call: Call) => Promise<Reading<unknown>>;
  /** Several in one request, answers in order. */
  readonly many: (calls: readonly Call[]) => Promise<readonly Reading<unknown>[]>;
}): Gathering {
  let waiting: Waiting[] = [];
  let underWay = 0;
  let isDue = false;

  /** The next request's share, in the order in which they came; at least one. */
  function share(): readonly Waiting[] {
    let bytes = 0;
    const end = waiting.findIndex((item, index) => {
      bytes += item.bytes + overheadBytes;
      return index > 0 && (index >= mostCalls || bytes > largestRequestBytes);
    });
    const part = end === -1 ? waiting : waiting.slice(0, end);
    waiting = waiting.slice(part.length);
    return part;
  }

  async function send(part: readonly Waiting[]): Promise<void> {
    const [first] = part;
    if (first === undefined) return;
    if (part.length === 1) {
      const reading = inScope(first.scope, () => options.one(first.call));
      first.done(reading);
      await reading.catch(() => undefined);
      return;
    }
    // What is told of the request belongs to no one of them.
    const readings = inScope(null, () => options.many(part.map(({ call }) => call)));
    for (const [index, { call, done }] of part.entries()) {
      done(readings.then((all) => all[index] ?? unanswered(call)));
    }
    await readings.catch(() => undefined);
  }

  function pump(): void {
    isDue = false;
    while (underWay < mostUnderWay && waiting.length > 0) {
      underWay += 1;
      void send(share()).finally(() => {
        underWay -= 1;
        pump();
      });
    }
  }

  return {
    write: (call) =>
      new Promise((resolve) => {
        const bytes = Buffer.byteLength(JSON.stringify(call.input));
        waiting.push({ call, bytes, scope: currentScope(), done: resolve });
        if (isDue) return;
        isDue = true;
        // Runs of one moment come one after another in the same turn of the event loop.
        setImmediate(pump);
      }),
  };
}

function unanswered({ procedure }: Call): Reading<unknown> {
  const message = `${procedure}: its answer is missing in that of its batch`;
  return { ok: false, error: toCapstanError(new CapstanError("uncertain", message)), again: false };
}
