// The previews that are desired now, as of the last load, and those that stay although they are not.
import type { Clock } from "../../lib/clock.ts";
import { previewName, previewOf } from "../../model/preview-name.ts";
import type { SourceTree } from "../../ports.ts";
import type { PreviewSource, PreviewState } from "../state/previews.ts";
import { loadCandidates } from "./load.ts";
import type { LoadedCandidates, Refused } from "./load.ts";
import type { PullRecord } from "./record.ts";
import type { Records } from "./records.ts";
import type { SeenPulls } from "./seen.ts";

const nothing: LoadedCandidates = {
  ...{ stacks: new Map(), refused: new Map(), wanted: new Set(), cache: new Map() },
};

type Up = PullRecord["up"];

/** Which of a pull request's previews are up after a load; what was not read since the start stays. */
function upAfter(
  { pull, touched, up }: PullRecord,
  { stacks }: LoadedCandidates,
  isRead: boolean,
  nowMs: number,
): Up {
  return touched.flatMap((stack): Up => {
    const one = stacks.get(previewName(pull, stack));
    const before = up.find((other) => other.stack === stack);
    if (one === undefined) {
      return before !== undefined && !isRead && before.untilMs > nowMs ? [before] : [];
    }
    // What has never been up has nothing to keep.
    return one.desired !== null || before !== undefined ? [{ stack, untilMs: one.untilMs }] : [];
  });
}

export interface Shown extends Pick<PreviewSource, "load"> {
  /** Names whose time is over and that are not yet known to be gone. */
  over(): readonly string[];
  /** As of the last load. */
  of(pull: number): Pick<LoadedCandidates, "stacks"> & { readonly refused: readonly Refused[] };
}

export interface ShownOptions {
  readonly records: Records;
  readonly seen: Pick<SeenPulls, "unknown">;
  /** By pull request; those of which nobody wants a preview are dropped. */
  readonly trees: Map<number, SourceTree>;
  readonly clock: Pick<Clock, "now">;
  /** Previews at a time, of all stacks. */
  readonly limit: number;
}

export function createShown({ records, seen, trees, clock, limit }: ShownOptions): Shown {
  let loaded = nothing;

  function held(name: string): string | null {
    const of = previewOf(name);
    if (of === null) return null;
    const record = records.get(of.pull);
    if (record === undefined) return seen.unknown(of.pull);
    const up = record.up.find(({ stack }) => stack === of.stack);
    if (up === undefined || trees.has(of.pull) || up.untilMs <= clock.now()) return null;
    const why = record.trouble ?? "it was not read since the start";
    return `pull request #${of.pull}: ${why}; the preview stays as it is`;
  }

  /** What nobody wants a preview of is not remembered: a label may be about anything. */
  function settle(nowMs: number): void {
    for (const record of records.all()) {
      const { pull, asked } = record;
      const up = upAfter(record, loaded, trees.has(pull), nowMs);
      // It follows from this load, and asks for no other one.
      records.save({ ...record, up });
      if (loaded.wanted.has(pull)) continue;
      trees.delete(pull);
      if (asked === null && up.length === 0) records.remove(pull);
    }
  }

  function unread(): ReadonlyMap<string, string> {
    const names = records
      .all()
      .flatMap(({ pull, up }) => up.map(({ stack }) => previewName(pull, stack)));
    return new Map(
      names.flatMap((name): [string, string][] => {
        const why = loaded.stacks.has(name) ? null : held(name);
        return why === null ? [] : [[name, why]];
      }),
    );
  }

  return {
    over() {
      const nowMs = clock.now();
      return records
        .all()
        .flatMap(({ pull, up }) =>
          up.flatMap(({ stack, untilMs }) => (untilMs <= nowMs ? [previewName(pull, stack)] : [])),
        );
    },
    async load(base, input, build): Promise<PreviewState> {
      const nowMs = clock.now();
      const { cache } = loaded;
      const given = { base, input, build, trees, limit, nowMs, cache };
      loaded = await loadCandidates(records.all(), given);
      settle(nowMs);
      return { stacks: loaded.stacks, unread: unread(), held };
    },
    of(pull) {
      const stacks = new Map([...loaded.stacks].filter(([, one]) => one.pull === pull));
      return { stacks, refused: loaded.refused.get(pull) ?? [] };
    },
  };
}
