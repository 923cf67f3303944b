// Calls of one moment share a request. Each caller waits for its own call as if it were alone; those that come while
// others are under way gather, and leave together. Of writes only those that Dokploy stands in a batch: domains, basic
// auth, redirects and deletions each go alone, in their lane. So do deployments, of which no batch was ever measured.
import { CapstanError } from "../lib/errors.ts";
import { currentScope, inScope } from "../lib/scope.ts";
import type { Scope } from "../lib/scope.ts";
import { largestRequestBytes } from "../model/request-size.ts";
import type { Call } from "./calls.ts";
import type { Reading } from "./reading.ts";

/** Measured to be well on a Dokploy, many at once. */
const batchableWrites: ReadonlySet<string> = new Set([
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

/** One request that hangs must not hold up all others. */
const mostUnderWay = 2;
/** What a batch has beside its inputs, for each of them. */
const overheadBytes = 64;

interface Waiting {
  readonly call: Call;
  readonly bytes: number;
  readonly scope: Scope | null;
  readonly done: (reading: Promise<Reading<unknown>>) => void;
}

export function isBatchable(procedure: string): boolean {
  return batchableWrites.has(procedure);
}

export interface GatheringOptions {
  readonly isWrite: boolean;
  readonly mostCalls: number;
  /** Sends one that nobody joined. */
  readonly one: (call: Call) => Promise<Reading<unknown>>;
  /** Sends several in one request, answers in order. */
  readonly many: (calls: readonly Call[]) => Promise<readonly Reading<unknown>[]>;
}

/** Sends a call, perhaps with others. Its answer is its own; it rejects as a call that is sent alone does. */
export type Gathering = (call: Call) => Promise<Reading<unknown>>;

export function createGathering(options: GatheringOptions): Gathering {
  let waiting: Waiting[] = [];
  let underWay = 0;
  let isDue = false;

  /** The next request's share, in the order in which they came; at least one. */
  function share(): readonly Waiting[] {
    let bytes = 0;
    const end = waiting.findIndex((item, index) => {
      bytes += item.bytes + overheadBytes;
      return index > 0 && (index >= options.mostCalls || bytes > largestRequestBytes);
    });
    const part = end === -1 ? waiting : waiting.slice(0, end);
    waiting = waiting.slice(part.length);
    return part;
  }

  async function send(part: readonly Waiting[]): Promise<void> {
    const [first] = part;
    if (first === undefined) return;
    const scope = sharedScope(part);
    if (part.length === 1) {
      const reading = inScope(scope, async () => options.one(first.call));
      first.done(reading);
      await reading.catch(() => undefined);
      return;
    }
    const readings = inScope(scope, async () => options.many(part.map(({ call }) => call)));
    for (const [index, { call, done }] of part.entries()) {
      done(readings.then((all) => all[index] ?? unanswered(call, options.isWrite)));
    }
    await readings.catch(() => undefined);
  }

  function pump(): void {
    isDue = false;
    while (underWay < mostUnderWay && waiting.length > 0) {
      underWay += 1;
      void send(share()).finally(() => {
        underWay -= 1;
        if (!isDue && waiting.length > 0) pumpSoon();
      });
    }
  }

  function pumpSoon(): void {
    if (isDue) return;
    isDue = true;
    // Runs of one moment come one after another in the same turn of the event loop.
    setImmediate(pump);
  }

  return (call) =>
    new Promise((resolve) => {
      const bytes = options.isWrite ? Buffer.byteLength(JSON.stringify(call.input)) : 0;
      waiting.push({ call, bytes, scope: currentScope(), done: resolve });
      pumpSoon();
    });
}

/** What is reported of a request belongs to the one stack that it serves, or to none. */
function sharedScope(part: readonly Waiting[]): Scope | null {
  const [first] = part;
  const stack = first?.scope?.stack;
  if (stack === undefined || part.some(({ scope }) => scope?.stack !== stack)) return null;
  const service = first?.scope?.service ?? null;
  const isShared = part.every(({ scope }) => scope?.service === service);
  return { stack, service: isShared ? service : null };
}

/** In place of an answer that is missing in that of its batch. */
export function unanswered({ procedure }: Call, isWrite: boolean): Reading<unknown> {
  const message = `${procedure}: its answer is missing in that of its batch`;
  const code = isWrite ? "uncertain" : "unavailable";
  return { ok: false, error: new CapstanError(code, message), again: false };
}
