// For which stack the code that runs now works. Adapters add it to what they report about their requests, so
// that a trace can show the requests of one stack. Nothing is decided by it.
import { AsyncLocalStorage } from "node:async_hooks";

export interface Scope {
  readonly stack: string;
  /** The key of the service whose rollout asks; null for everything else. */
  readonly service: string | null;
}

const storage = new AsyncLocalStorage<Scope | null>();

/** Null where the work belongs to no single stack. */
export function currentScope(): Scope | null {
  return storage.getStore() ?? null;
}

/** Runs `work`, and everything that it starts, for this stack; null: for none, whoever started it. */
export function inScope<T>(scope: Scope | null, work: () => T): T {
  return storage.run(scope, work);
}
