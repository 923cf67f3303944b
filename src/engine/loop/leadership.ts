// Law W12: of several processes one writes. Who wants to takes the lock of its state folder first, then the lease of
// the server, then the store, and reads only then. It looks every second whether it still has the lock: a state folder
// can be deleted. A store that others have too refuses what a process writes that does not lead any more.
import { CapstanError, describeError, isCapstanError } from "../../lib/errors.ts";
import type { Clock } from "../../lib/clock.ts";
import { within } from "../../lib/within.ts";
import type { Lease, LeaseStanding } from "../../ports-lease.ts";
import type { Turn } from "../../ports-replicas.ts";
import type { Lock, Store } from "../../ports-store.ts";

export interface Leadership {
  isHeld(): boolean;
  /**
   * For a single pass: resolves when this process writes from now on. Throws `conflict` at once when another one with
   * the same state does. A lease of somebody else is watched, and `waiting` told, until it is over, or its holder
   * renews it and so is alive: then it throws `conflict` too, as it does when `signal` aborts.
   */
  take(signal: AbortSignal, waiting: (line: string) => void): Promise<void>;
  /**
   * Waits until it is free; `waiting` is told whenever there is something new to say. False when `signal`
   * aborted before.
   */
  wait(signal: AbortSignal, waiting: (line: string) => void): Promise<boolean>;
  /** Call when nothing is written any more. */
  end(): Promise<void>;
}

export interface LeadershipOptions {
  readonly lock: Lock;
  readonly store: Pick<Store, "isShared" | "lead" | "handOver" | "onLost">;
  /** Null: no lease guards the server. */
  readonly lease: Lease | null;
  /** Null, or absent: this process takes what is free. */
  readonly turn?: Turn | null;
  readonly clock: Clock;
  /** Called once, when another process has taken it meanwhile, with what happened. */
  readonly lost: (what: string) => void;
}

type Asked = Extract<LeaseStanding, { kind: "held" | "waits" }>;

const lookAgainMs = 1_000;
/** Without an answer it lapses by itself. */
const giveBackWithinMs = 5_000;
/** One small request each time. */
const lookAtLeaseMs = 5_000;

function busyError(holder: string): CapstanError {
  return new CapstanError(
    "conflict",
    `${holder} works with the same STATE_DIR: nothing is written`,
    {
      hint: "set CAPSTAN_URL to its address and it is asked to do the work, or stop it first; `capstan plan` may run beside it",
    },
  );
}

/** Another one's lease is alive, or was not over when the waiting ended. */
function heldError(why: string): CapstanError {
  return new CapstanError("conflict", `${why}: nothing is written`, {
    hint: "set CAPSTAN_URL to ask it, or stop it; `capstan lease` shows who holds the server",
  });
}

/** Long leases need not be looked at often. */
const pauseMs = ({ forMs }: { readonly forMs: number }): number =>
  Math.min(lookAtLeaseMs, Math.max(100, Math.ceil(forMs)));

/** The work's result; `instead` as soon as `signal` aborts: a server that does not answer keeps nobody from stopping. */
async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal, instead: T): Promise<T> {
  const ended = new AbortController();
  const aborted = new Promise<T>((resolve) => {
    const stop = (): void => {
      resolve(instead);
    };
    if (signal.aborted) stop();
    else signal.addEventListener("abort", stop, { signal: ended.signal });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    ended.abort();
    work.catch(() => undefined);
  }
}

/** Of several with the same store one writes: without a lease nobody could say which. */
function unguardedError(): CapstanError {
  return new CapstanError(
    "forbidden",
    "nothing guards this server, and others may have the same DATABASE_URL: nothing is written",
    {
      hint: "give DOKPLOY_API_TOKEN of an owner or admin, and a version of Dokploy that is written to; or unset DATABASE_URL",
    },
  );
}

/** Watches a lease of somebody else until it is over; throws `conflict` when its holder renews it and so is alive. */
async function takeOrRefuse(
  askForLease: () => Promise<Asked>,
  clock: Clock,
  signal: AbortSignal,
  waiting: (line: string) => void,
): Promise<void> {
  let first: string | null = null;
  for (;;) {
    const standing = await askForLease();
    if (standing.kind === "held") return;
    const isAlive = first !== null && first !== standing.text;
    if (isAlive || signal.aborted) throw heldError(standing.why);
    if (first === null) {
      const seconds = Math.ceil(standing.forMs / 1_000);
      waiting(`${standing.why}; checking for up to ${seconds} s whether its holder is still alive`);
    }
    first = standing.text;
    await clock.sleep(pauseMs(standing), signal);
  }
}

/** Looks again and again whether the lock is still ours; `lost` when somebody else has it. */
function createLockWatch(lock: Lock, clock: Clock, lost: (what: string) => void) {
  let cancel: (() => void) | null = null;
  function start(): void {
    cancel = clock.after(lookAgainMs, () => {
      let holder: string | null = null;
      try {
        holder = lock.take();
      } catch {
        // The state cannot be used: nobody else can take it either.
      }
      if (holder === null) start();
      else lost(`STATE_DIR was deleted, and ${holder} took it`);
    });
  }
  return { start, stop: () => cancel?.() };
}

/** Without it nothing is written: another one may have what this one has not. */
async function leadStore(store: Pick<Store, "lead">, lease: Lease | null): Promise<void> {
  try {
    await store.lead();
  } catch (error) {
    await lease?.giveBack();
    throw error;
  }
}

async function giveBack(lease: Lease | null, clock: Clock): Promise<void> {
  if (lease !== null) await within(giveBackWithinMs, clock, lease.giveBack());
}

/** A turn may come after the end, when what is taken is not given back any more. */
function takeInTurn(
  lease: Lease,
  turn: Turn | null,
  hasEnded: () => boolean,
): Promise<LeaseStanding> {
  if (turn === null) return lease.take();
  const ended: LeaseStanding = { kind: "waits", why: "this process ends", text: "", forMs: 0 };
  return turn.take({ take: async (onlyLooks) => (hasEnded() ? ended : lease.take(onlyLooks)) });
}

export function createLeadership(options: LeadershipOptions): Leadership {
  const { lock, lease, store, clock, turn = null } = options;
  let held = false;
  let hasEnded = false;

  function lost(what: string): void {
    if (!held) return;
    held = false;
    options.lost(what);
  }
  const lockWatch = createLockWatch(lock, clock, lost);
  lease?.onLost(lost);
  store.onLost(lost);

  /** The lease is asked for only by who has the lock: what an earlier process with this state left is its own then. */
  async function askForLease(): Promise<Asked> {
    let standing: LeaseStanding = { kind: "held" };
    try {
      if (lease !== null) standing = await takeInTurn(lease, turn, () => hasEnded);
    } catch (error) {
      // A server out of reach, or a key that cannot work, is no reason to wait: the first look tells it, and no write
      // goes without the lease.
      // Where others have the same store, one of them may reach it.
      if (!isCapstanError(error) || store.isShared) throw error;
    }
    if (standing.kind === "waits") return standing;
    if (standing.kind === "free") throw new Error("a lease that is free was not taken");
    if (standing.kind === "unguarded" && store.isShared) throw unguardedError();
    try {
      if (!hasEnded) await leadStore(store, lease);
    } catch (error) {
      turn?.gaveBack();
      throw error;
    }
    // Nobody waits for it any more, and what was taken is given back by `end`.
    if (hasEnded) return { kind: "held" };
    held = true;
    lockWatch.start();
    return { kind: "held" };
  }

  return {
    isHeld: () => held,
    async take(signal, waiting) {
      hasEnded = false;
      if (held) return;
      const holder = lock.take();
      if (holder !== null) throw busyError(holder);
      await takeOrRefuse(askForLease, clock, signal, waiting);
    },
    async wait(signal, waiting) {
      hasEnded = false;
      let told: string | null = null;
      while (!signal.aborted) {
        let line: string;
        let forMs = lookAgainMs;
        try {
          if (held) return true;
          const holder = lock.take();
          if (holder === null) {
            const standing = await unlessAborted(askForLease(), signal, null);
            if (standing === null) return false;
            if (standing.kind === "held") return true;
            forMs = pauseMs(standing);
            line = `${standing.why}; this one waits, and takes over when that ends`;
          } else {
            turn?.cannot();
            line = `${holder} works with the same STATE_DIR; this one waits, and takes over when it ends`;
          }
        } catch (error) {
          line = `${store.isShared ? "waiting" : "waiting for STATE_DIR"}: ${describeError(error)}`;
        }
        if (line !== told) waiting(line);
        told = line;
        await clock.sleep(forMs, signal);
      }
      return false;
    },
    async end() {
      hasEnded = true;
      lockWatch.stop();
      held = false;
      // Before the lease: the next one finds all that was kept.
      await store.handOver();
      await giveBack(lease, clock);
      lock.release();
    },
  };
}
