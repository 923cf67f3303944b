// The previews that are desired now, as of the last load, and those that stay although they are not.
import type { Clock } from "../../lib/clock.ts";
import { previewName, pullKey } from "../../model/preview-name.ts";
import type { PullId } from "../../model/preview-name.ts";
import type { SourceTree } from "../../ports.ts";
import type { PreviewSource, PreviewState } from "../state/previews.ts";
import { stacksBuiltFrom } from "./built-from.ts";
import { createBuiltStacks } from "./built-stacks.ts";
import type { BuiltStacks } from "./built-stacks.ts";
import { createHeld } from "./held.ts";
import { loadCandidates } from "./load.ts";
import type { LoadedCandidates, PreviewHost, Refused } from "./load.ts";
import { idOf } from "./record.ts";
import type { PullRecord } from "./record.ts";
import type { Records } from "./records.ts";
import type { SeenPulls } from "./seen.ts";

const nothing: LoadedCandidates = {
  ...{ stacks: new Map(), refused: new Map(), wanted: new Set(), cache: new Map() },
  withheld: new Set(),
};

type Up = PullRecord["up"];

/** Which of a pull request's previews are up after a load; what was not read since the start stays. */
function upAfter(
  record: PullRecord,
  { stacks }: LoadedCandidates,
  { isRead, isBroken }: { readonly isRead: boolean } & Pick<BuiltStacks, "isBroken">,
  nowMs: number,
): Up {
  return record.touched.flatMap((stack): Up => {
    const one = stacks.get(previewName(record, stack));
    const before = record.up.find((other) => other.stack === stack);
    if (one === undefined) {
      const mayStay = !isRead || isBroken(stack);
      return before !== undefined && mayStay && before.untilMs > nowMs ? [before] : [];
    }
    // What has never been up has nothing to keep.
    return one.desired !== null || before !== undefined ? [{ stack, untilMs: one.untilMs }] : [];
  });
}

export interface Shown extends Pick<PreviewSource, "load"> {
  /** Names whose time is over and that are not yet known to be gone. */
  over(): readonly string[];
  /** As of the last load. */
  of(pull: PullId): Pick<LoadedCandidates, "stacks"> & { readonly refused: readonly Refused[] };
  isWithheld(pull: PullId): boolean;
  readonly built: Pick<BuiltStacks, "all" | "unreadable">;
}

export interface ShownOptions {
  readonly records: Records;
  readonly seen: Pick<SeenPulls, "unknown">;
  /** By the key of the pull request, null for the branch's; those of which nobody wants a preview are dropped. */
  readonly trees: Map<string, SourceTree | null>;
  readonly clock: Pick<Clock, "now">;
  /** Previews at a time, of all stacks. */
  readonly limit: number;
  /** Null: what services are built from is not known to be on the Git host. */
  readonly host: PreviewHost | null;
}

/**
 * Pull requests of applications concern what the branch builds from there now. What any pull request is to a stack that has
 * problems on the branch cannot be told: it stays as it was.
 */
function touchAnew(
  { records, trees }: Pick<ShownOptions, "records" | "trees">,
  { all, isBroken }: Pick<BuiltStacks, "all" | "isBroken">,
): void {
  for (const record of records.all()) {
    const { repository, baseBranch } = record;
    const now =
      repository === null ? record.touched : stacksBuiltFrom(all(), repository, baseBranch ?? "");
    const before = [...record.touched, ...record.up.map(({ stack }) => stack)];
    const touched = [...new Set([...now, ...before.filter(isBroken)])];
    records.save({ ...record, touched });
    if (touched.length > 0 || repository === null) continue;
    records.remove(idOf(record));
    trees.delete(pullKey(record));
  }
}

export function createShown(options: ShownOptions): Shown {
  const { records, trees, clock, limit, host } = options;
  let loaded = nothing;
  const built = createBuiltStacks(host?.repositoryOf ?? null);
  const held = createHeld({ ...options, built });

  /** What nobody wants a preview of is not remembered: a label may be about anything. */
  function settle(nowMs: number): void {
    for (const record of records.all()) {
      const key = pullKey(record);
      const isRead = trees.has(key);
      const up = upAfter(record, loaded, { isRead, isBroken: built.isBroken }, nowMs);
      // It follows from this load, and asks for no other one.
      records.save({ ...record, up });
      if (loaded.wanted.has(key)) continue;
      trees.delete(key);
      if (record.asked === null && up.length === 0) records.remove(idOf(record));
    }
  }

  const namesOf = (record: PullRecord, up: Up): readonly string[] =>
    up.map(({ stack }) => previewName(record, stack));

  function unread(): ReadonlyMap<string, string> {
    const names = records.all().flatMap((record) => namesOf(record, record.up));
    return new Map(
      names.flatMap((name): [string, string][] => {
        const why = loaded.stacks.has(name) ? null : held(name);
        return why === null ? [] : [[name, why]];
      }),
    );
  }

  return {
    built,
    isWithheld: (pull) => loaded.withheld.has(pullKey(pull)),
    over() {
      const nowMs = clock.now();
      return records.all().flatMap((record) =>
        namesOf(
          record,
          record.up.filter(({ untilMs }) => untilMs <= nowMs),
        ),
      );
    },
    async load(base, input, build, branchTree): Promise<PreviewState> {
      const nowMs = clock.now();
      const { cache } = loaded;
      built.learn(base);
      touchAnew(options, built);
      const given = { base, input, build, branchTree, trees, limit, host, nowMs, cache };
      loaded = await loadCandidates(records.all(), given);
      settle(nowMs);
      return { stacks: loaded.stacks, unread: unread(), held, errors: built.errors };
    },
    of(pull) {
      const key = pullKey(pull);
      const stacks = new Map([...loaded.stacks].filter(([, one]) => pullKey(one) === key));
      return { stacks, refused: loaded.refused.get(key) ?? [] };
    },
  };
}
