// What a dashboard shows of all stacks, kept so that those who watch get only what changed. Changes are
// gathered for a moment and told once; while nobody watches, nothing is computed.
import type { Clock } from "../../lib/clock.ts";
import type { Logger } from "../../lib/logger.ts";
import type { Board, BoardChange } from "./board-contract.ts";
import { cleaned } from "./cleaned.ts";
import { overviewOf } from "./overview.ts";
import type { ReadParts } from "./parts.ts";
import { allStacks, loadCommits, summaryOf } from "./stack-reads.ts";
import type { OverviewView, SummaryView } from "./view-types.ts";

/** Ready to be sent, with the version that it brings its reader to. */
interface Told {
  readonly version: number;
  readonly event: "stack" | "gone";
  readonly data: string;
}

const gatherMs = 100;
/** Some changes come without an event: a run that begins, a list that is new. */
const lookMs = 2_000;
const goneKept = 1_000;

interface Row {
  readonly compared: string;
  readonly told: Told;
  readonly view: SummaryView;
}

/** That a run looked at it and found all as it was is no change. */
function comparedText(view: SummaryView): string {
  return JSON.stringify({ ...view, lastRun: null, busy: false });
}

export function createBoard(
  parts: ReadParts,
  options: {
    readonly clock: Clock;
    readonly logger: Logger;
    readonly idOf: (version: number) => string;
  },
): Board {
  const { clock, logger, idOf } = options;
  const rows = new Map<string, Row>();
  const gone: Told[] = [];
  let version = 0;
  /** All that vanished before it is forgotten. */
  let forgotten = 0;
  let overview: OverviewView = overviewOf(parts, [], null);
  let overviewText = "";
  const listeners = new Set<(change: BoardChange) => void>();
  let refreshing: Promise<void> | null = null;
  let again = false;
  /** End what was planned. */
  let cancelSoon: (() => void) | null = null;
  let cancelLook: (() => void) | null = null;

  const textOf = ({ version: at, event, data }: Told): string =>
    `id: ${idOf(at)}\nevent: ${event}\ndata: ${data}\n\n`;

  function compare(): BoardChange {
    const texts: string[] = [];
    const tell = (event: Told["event"], data: string): Told => {
      version += 1;
      const told = { version, event, data };
      texts.push(textOf(told));
      return told;
    };
    const found = allStacks(parts.engine);
    for (const [name, one] of found) {
      const view = cleaned(summaryOf(name, one, parts), parts.redact);
      const compared = comparedText(view);
      if (rows.get(name)?.compared === compared) continue;
      rows.set(name, { compared, view, told: tell("stack", JSON.stringify(view)) });
    }
    for (const name of [...rows.keys()]) {
      if (found.has(name)) continue;
      rows.delete(name);
      gone.push(tell("gone", JSON.stringify({ name })));
    }
    const dropped = gone.splice(0, Math.max(0, gone.length - goneKept)).at(-1);
    if (dropped !== undefined) forgotten = dropped.version;
    const summaries = [...rows.values()].map(({ view }) => view);
    overview = cleaned(overviewOf(parts, summaries, null), parts.redact);
    const text = JSON.stringify(overview);
    const isNew = text !== overviewText;
    overviewText = text;
    return { overview: isNew ? overview : null, texts };
  }

  async function refreshOnce(): Promise<void> {
    try {
      await parts.book.load([parts.engine.state().revision ?? ""]);
      await loadCommits(parts);
      const change = compare();
      if (change.overview === null && change.texts.length === 0) return;
      for (const listener of [...listeners]) listener(change);
    } catch (error) {
      logger.error({ error: String(error) }, "the dashboard could not be brought up to date");
    }
  }

  function refresh(): Promise<void> {
    refreshing ??= refreshOnce().finally(() => {
      refreshing = null;
      if (again) soon();
      again = false;
    });
    return refreshing;
  }

  function soon(): void {
    if (listeners.size === 0) return;
    if (refreshing !== null) again = true;
    else {
      cancelSoon ??= clock.after(gatherMs, () => {
        cancelSoon = null;
        void refresh();
      });
    }
  }

  function look(): void {
    cancelLook = clock.after(lookMs, () => {
      void refresh();
      look();
    });
  }

  function rest(): void {
    cancelSoon?.();
    cancelLook?.();
    cancelSoon = null;
    cancelLook = null;
  }

  const stop = parts.engine.onAnyEvent(soon);

  return {
    async ready() {
      // While somebody watches it is up to date, but for a moment.
      if (listeners.size === 0 || version === 0) await refresh();
    },
    overview: () => overview,
    version: () => version,
    names: () => [...rows.keys()],
    after(from) {
      if (from > version || (from > 0 && from < forgotten)) return null;
      const all = [...[...rows.values()].map(({ told }) => told), ...(from === 0 ? [] : gone)];
      return all
        .filter((told) => told.version > from)
        .sort((a, b) => a.version - b.version)
        .map(textOf);
    },
    follow(listener) {
      listeners.add(listener);
      if (cancelLook === null) look();
      return () => {
        listeners.delete(listener);
        if (listeners.size === 0) rest();
      };
    },
    close() {
      stop();
      rest();
      listeners.clear();
    },
  };
}
