// The answers of one secret manager, kept in memory: asked again after SECRETS_REFRESH and with backoff while it is out
// of reach. What was read last stays in force through an outage; a value that was never read stays unknown, which is
// never the same as absent (P11).
import { backoffMs } from "../../lib/backoff.ts";
import type { BackoffPolicy } from "../../lib/backoff.ts";
import type { Clock } from "../../lib/clock.ts";
import { CapstanError, toCapstanError } from "../../lib/errors.ts";
import type { SecretOutage } from "../../ports-secrets.ts";
import type { Found, ListedName, SecretManager } from "./manager.ts";

/** `unread`: it was not asked for yet. Null: there is none. */
export type Looked = { readonly value: string } | CapstanError | null | "unread";

export interface KeptManager {
  readonly prefix: SecretManager["prefix"];
  readonly title: string;
  /** Of a name without the prefix, from memory. What cannot be told while it is out of reach is asked for after it. */
  look(name: string): Looked;
  /** Has the manager asked for names that were not read yet, where it may be asked now. Never throws. */
  ensure(names: readonly string[]): Promise<void>;
  /** Has it asked for everything again, where that is due. Never throws; shares one under way. */
  refresh(): Promise<void>;
  /** Counts changes: of values, and of whether they are known. */
  version(): number;
  /** Null while it answers. */
  outage(): SecretOutage | null;
  /** All values at hand. */
  values(): readonly string[];
  /** All names that it listed last; null where it lists none. */
  names(): readonly ListedName[] | null;
  refuses: SecretManager["refuses"];
  /** Asks now, for the doctor. Throws what the manager throws. */
  check(): Promise<number | null>;
}

export interface KeptOptions {
  readonly clock: Clock;
  /** A number in [0, 1). */
  readonly random: () => number;
  readonly refreshMs: number;
  readonly backoff?: BackoffPolicy;
  /** Told how each request for everything ended; null: well. */
  readonly asked?: (error: CapstanError | null) => void;
}

const outageBackoff: BackoffPolicy = { firstMs: 2_000, maxMs: 5 * 60_000, jitter: 0.2 };
/** A name that is not there may just have been added; but a manager is not asked for it in every run. */
const missingAgainMs = 10_000;
/** Asked in time for a change to be seen within SECRETS_REFRESH, although looks have pauses between them. */
const dueShare = 5 / 6;
const mostNames = 1_000;

export function createKeptManager(manager: SecretManager, options: KeptOptions): KeptManager {
  const { clock, random, refreshMs, backoff = outageBackoff } = options;
  const asked = options.asked ?? ((): void => undefined);
  /** The least recently asked for first. */
  const kept = new Map<string, Found>();
  /** Asked for while it was out of reach, and never read. */
  const awaited = new Set<string>();
  /** Names whose last value is shown although they cannot be read now. */
  let stale = new Map<string, CapstanError>();
  let failing: { readonly error: CapstanError; readonly sinceMs: number } | null = null;
  let staleSinceMs = 0;
  let failures = 0;
  let askedAtMs: number | null = null;
  let nextMs = 0;
  let version = 0;
  let asking: Promise<void> | null = null;

  function take(found: ReadonlyMap<string, Found>): void {
    const before = stale;
    stale = new Map();
    for (const [name, value] of found) {
      const old = kept.get(name);
      if (value instanceof CapstanError && value.retryable) {
        stale.set(name, value);
        if (typeof old === "string") continue;
      }
      const isSame =
        kept.has(name) &&
        (old === value ||
          (old instanceof CapstanError &&
            value instanceof CapstanError &&
            old.message === value.message));
      if (isSame) continue;
      kept.set(name, value);
      version += 1;
    }
    if (stale.size > 0 && before.size === 0) staleSinceMs = clock.now();
  }

  async function ask(names: readonly string[]): Promise<void> {
    try {
      take(await manager.read(names));
      awaited.clear();
      askedAtMs = clock.now();
      failing = null;
      failures = 0;
      nextMs = 0;
      asked(null);
    } catch (thrown) {
      const error = toCapstanError(thrown);
      failures += 1;
      failing = { error, sinceMs: failing?.sinceMs ?? clock.now() };
      const pauseMs = Math.max(error.retryAfterMs ?? 0, backoffMs(backoff, failures, random()));
      nextMs = clock.now() + pauseMs;
      for (const name of names) if (!kept.has(name)) awaited.add(name);
      asked(error);
    }
  }

  /** One at a time; whoever asks meanwhile is served after it. */
  function inTurn(names: () => readonly string[] | null): Promise<void> {
    const turn = (asking ?? Promise.resolve()).then(async () => {
      const wanted = names();
      if (wanted !== null) await ask(wanted);
    });
    asking = turn;
    return turn.finally(() => {
      if (asking === turn) asking = null;
    });
  }

  const isPaused = (): boolean => clock.now() < nextMs;

  /** What is worth a request now: names that were never read, and missing ones that may be new. */
  function unknown(names: readonly string[]): boolean {
    const isOld = askedAtMs === null || clock.now() - askedAtMs >= missingAgainMs;
    return names.some((name) => !kept.has(name) || (isOld && kept.get(name) === null));
  }

  return {
    prefix: manager.prefix,
    title: manager.title,
    refuses: (name) => manager.refuses(name),
    names: () => manager.names(),
    values: () => [...kept.values()].filter((value) => typeof value === "string"),
    version: () => version,
    look(name) {
      if (!kept.has(name)) {
        if (failing === null) return "unread";
        if (awaited.size < mostNames) awaited.add(name);
        return failing.error;
      }
      const found = kept.get(name) ?? null;
      return typeof found === "string" ? { value: found } : found;
    },
    ensure: (names) =>
      inTurn(() => {
        for (const name of names) {
          const value = kept.get(name);
          if (value === undefined) continue;
          kept.delete(name);
          kept.set(name, value);
        }
        if (names.length === 0 || !unknown(names)) return null;
        if (isPaused()) {
          for (const name of names) if (!kept.has(name)) awaited.add(name);
          return null;
        }
        for (const name of kept.keys()) {
          if (kept.size + names.length <= mostNames) break;
          kept.delete(name);
        }
        return [...new Set([...kept.keys(), ...names])];
      }),
    refresh() {
      if (asking !== null) return asking;
      return inTurn(() => {
        if (isPaused()) return null;
        const isDue =
          failing !== null ||
          (askedAtMs !== null && clock.now() - askedAtMs >= refreshMs * dueShare);
        // Whoever was never asked for anything is not asked by itself.
        return isDue ? [...new Set([...kept.keys(), ...awaited])] : null;
      });
    },
    outage() {
      if (failing !== null) {
        const { error, sinceMs } = failing;
        const concerns = (name: string): boolean => name.startsWith(`${manager.prefix}:`);
        return { source: manager.title, message: error.message, sinceMs, concerns };
      }
      const [error] = stale.values();
      if (error === undefined) return null;
      const names = new Set([...stale.keys()].map((name) => `${manager.prefix}:${name}`));
      return {
        source: manager.title,
        message: error.message,
        sinceMs: staleSinceMs,
        concerns: (name) => names.has(name),
      };
    },
    check: () => manager.check(),
  };
}
