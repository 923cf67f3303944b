// Whose turn it is: which previews may be up, as their number is limited, of one stack and of all. Pure.
import type { PreviewSpec } from "../../model/desired.ts";
import { isSameRepository, pullTitle } from "../../model/preview-name.ts";
import { isWanted } from "./record.ts";
import type { PullRecord } from "./record.ts";

export interface Candidate {
  readonly record: PullRecord;
  readonly stack: string;
  /** What the branch says of its previews; null: nothing, so that a person must have asked for it. */
  readonly spec: PreviewSpec | null;
  readonly isUp: boolean;
  /** When its time is over. */
  readonly untilMs: number;
}

/** Where the branch says nothing. */
const usualSpec: Omit<PreviewSpec, "secrets"> = {
  label: "preview",
  ttlMs: 3 * 24 * 3_600_000,
  limit: 3,
};

const compareTexts = (a: string, b: string): number => (a === b ? 0 : a < b ? -1 : 1);

/** Those that are wanted, in the order of their turns: those that are up stay, and the others come as they asked. */
export function candidatesOf(
  records: Iterable<PullRecord>,
  specOf: (stack: string) => PreviewSpec | null,
): readonly Candidate[] {
  return [...records]
    .flatMap((record) =>
      record.touched.flatMap((stack): readonly Candidate[] => {
        const spec = specOf(stack);
        if (!isWanted(record, spec?.label ?? null)) return [];
        const isUp = record.up.some((one) => one.stack === stack);
        const untilMs = record.movedMs + (spec ?? usualSpec).ttlMs;
        return [{ record, stack, spec, isUp, untilMs }];
      }),
    )
    .sort(
      (a, b) =>
        Number(b.isUp) - Number(a.isUp) ||
        a.record.sinceMs - b.record.sinceMs ||
        a.record.pull - b.record.pull ||
        compareTexts(a.record.repository ?? "", b.record.repository ?? "") ||
        compareTexts(a.stack, b.stack),
    );
}

export interface Turns {
  /** Why it has to wait; null: it has a place. */
  waits(candidate: Candidate): string | null;
  take(candidate: Candidate): void;
}

export function createTurns(limit: number): Turns {
  const taken: Candidate[] = [];
  /** Who reads an application's repository is told of no other one. */
  const pullsOf = (some: readonly Candidate[], { record: { repository } }: Candidate): string => {
    const shown = some.filter(
      ({ record }) => repository === null || isSameRepository(record.repository, repository),
    );
    const titles = [...new Set(shown.map(({ record }) => pullTitle(record)))];
    return titles.length === 0 ? "" : ` (${titles.join(", ")})`;
  };
  return {
    waits(candidate) {
      const { stack, spec } = candidate;
      const same = taken.filter((one) => one.stack === stack);
      const most = (spec ?? usualSpec).limit;
      if (same.length >= most) {
        return `it waits: ${same.length} of ${most} previews of ${stack} are up${pullsOf(same, candidate)}`;
      }
      if (taken.length < limit) return null;
      const up = pullsOf(taken, candidate);
      return `it waits: ${taken.length} of ${limit} previews are up${up}; PREVIEW_LIMIT says how many may be`;
    },
    take(candidate) {
      taken.push(candidate);
    },
  };
}
