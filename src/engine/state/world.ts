// One shared view of the server for all runs: the newest list, with Capstan's own acknowledged writes
// laid over it. A run asks for a view that is not older than its trigger; many runs share one list.
import { backoffMs } from "../../lib/backoff.ts";
import type { BackoffPolicy } from "../../lib/backoff.ts";
import type { Clock } from "../../lib/clock.ts";
import { isCapstanError } from "../../lib/errors.ts";
import type { Marker } from "../../model/marker.ts";
import { servicesOf } from "../../plan/ownership.ts";
import type { Ownership } from "../../plan/ownership.ts";
import type { ObservedSnapshot, Running } from "../../model/observed.ts";
import { createOverlay } from "./overlay.ts";
import type { Effect, Overlay } from "./overlay.ts";
import { createSwarmLooks } from "./swarm-looks.ts";

/** Alive: later writes show in the ownership of a view that was handed out before. */
export interface View extends Running {
  /** When the list under it was asked for. */
  readonly takenAtMs: number;
  readonly ownership: Ownership;
  /** Dokploy's other servers; null when they could not be read, absent when nothing named one. */
  readonly servers?: NonNullable<ObservedSnapshot["servers"]> | null;
}

export interface World {
  /**
   * A view whose list was asked for at `sinceMs` or later, or after this call: nothing newer exists.
   * `named`: servers of Dokploy that it must know, by the names that manifests give them. Throws what `list` throws.
   */
  since(sinceMs: number, named?: ReadonlySet<string>): Promise<View>;
  /** The newest view, however old; null before the first list. */
  current(): View | null;
  /** Lays a write that the server acknowledged over the view. */
  record(effect: Effect): void;
  /** A newer look at what runs than the list's, as far as it could be had. */
  recordSwarm(running: Running, takenAtMs: number): void;
  /** A write's answer was lost: no view from before this moment is used again. */
  distrust(atMs: number): void;
}

const listBackoff: BackoffPolicy = { firstMs: 500, maxMs: 60_000, jitter: 0 };
/** R8: a server that needs long to list gets four times as long to rest. */
const restFactor = 4;
/** Quick lists need no rest; it would only delay. */
const restFromMs = 2_000;
const none: ReadonlySet<string> = new Set();

/** The marker of a stack's service as the view has it; null when there is none. */
export function markerIn({ ownership }: View, stack: string, service: string): Marker | null {
  const places = (ownership.owned.get(stack) ?? []).flatMap(servicesOf);
  return places.find(({ marker }) => marker?.key === service)?.marker ?? null;
}

function viewOf(snapshot: ObservedSnapshot, { ownership }: Overlay): View {
  const { takenAtMs, swarm, remote, servers } = snapshot;
  return {
    ...{ takenAtMs, ownership, swarm },
    ...(remote === undefined ? {} : { remote }),
    ...(servers === undefined ? {} : { servers }),
  };
}

/** The servers that somebody named, and those of them that the view's list was asked for. */
function createNamed() {
  const wanted = new Set<string>();
  let inView: ReadonlySet<string> = new Set();
  return {
    want(names: ReadonlySet<string>): void {
      for (const name of names) wanted.add(name);
    },
    all: (): ReadonlySet<string> => new Set(wanted),
    seen(names: ReadonlySet<string>): void {
      inView = names;
    },
    covers: (names: ReadonlySet<string>): boolean => [...names].every((name) => inView.has(name)),
  };
}

export interface WorldOptions {
  readonly instance: string;
  /** With `sinceMs`, one that was asked for then or later will do; `named`: of the servers it must know. */
  readonly list: (
    sinceMs: number | undefined,
    named: ReadonlySet<string>,
  ) => Promise<ObservedSnapshot>;
  readonly clock: Clock;
  /** Called after each list that was believed. */
  readonly listed?: (view: View) => void;
}

export function createWorld(options: WorldOptions): World {
  const { clock } = options;
  let overlay: Overlay | null = null;
  let view: View | null = null;
  /** Since the list under the view was asked for, in the order in which they were acknowledged. */
  let effects: Effect[] = [];
  const looks = createSwarmLooks();
  const named = createNamed();
  /** Lists that were begun, and which of them the view is of. */
  let begun = 0;
  let viewNumber = 0;
  let distrustedBeforeMs = 0;
  let restUntilMs = 0;
  let listing: Promise<void> | null = null;
  let failures = 0;
  let failed: { readonly error: unknown; readonly untilMs: number } | null = null;

  async function listOnce(sinceMs: number): Promise<void> {
    const rest = restUntilMs - clock.now();
    if (rest > 0) await clock.sleep(rest);
    const startedAtMs = clock.now();
    const before = effects.length;
    begun += 1;
    const number = begun;
    const asked = named.all();
    let snapshot: ObservedSnapshot | null = null;
    try {
      // Before the first view nothing was written that an earlier list could lack.
      snapshot = await options.list(view === null ? sinceMs : undefined, asked);
    } finally {
      const tookMs = snapshot?.tookMs ?? clock.now() - startedAtMs;
      if (tookMs >= restFromMs) restUntilMs = clock.now() + tookMs * restFactor;
    }
    // Writes that were acknowledged while the list was under way may be missing from it.
    effects = effects.slice(before);
    overlay = createOverlay(options.instance, snapshot);
    for (const effect of effects) overlay.apply(effect);
    viewNumber = number;
    named.seen(asked);
    view = looks.over(viewOf(snapshot, overlay));
    options.listed?.(view);
  }

  async function guardedList(sinceMs: number): Promise<void> {
    try {
      await listOnce(sinceMs);
      failures = 0;
      failed = null;
    } catch (error) {
      failures += 1;
      const told = isCapstanError(error) ? (error.retryAfterMs ?? 0) : 0;
      const waitMs = Math.max(told, backoffMs(listBackoff, failures, 0));
      failed = { error, untilMs: Math.max(clock.now() + waitMs, restUntilMs) };
      throw error;
    }
  }

  return {
    async since(sinceMs, names = none) {
      named.want(names);
      const oldest = Math.max(sinceMs, distrustedBeforeMs);
      const before = begun;
      // A list under way may have asked before `oldest`: then one more follows it, and never a third,
      // whatever the clocks say.
      for (;;) {
        const isNewEnough = view !== null && (view.takenAtMs >= oldest || viewNumber > before);
        if (view !== null && isNewEnough && named.covers(names)) return view;
        // Many runs share the failure of one list instead of each asking a sick server again.
        if (failed !== null && clock.now() < failed.untilMs) throw failed.error;
        listing ??= guardedList(oldest).finally(() => {
          listing = null;
        });
        await listing;
      }
    },
    current: () => view,
    record(effect) {
      effects.push(effect);
      overlay?.apply(effect);
    },
    recordSwarm(running, takenAtMs) {
      looks.record(running, takenAtMs);
      if (view !== null) view = looks.over(view);
    },
    distrust(atMs) {
      distrustedBeforeMs = Math.max(distrustedBeforeMs, atMs);
    },
  };
}
