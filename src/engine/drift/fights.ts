// Law H3: a field that somebody sets back again and again. Corrected at once the first time, then ever
// later, from 2 s to 5 min; a quiet hour, or new input, and all is forgotten. Pure: time is passed in.
import { backoffMs } from "../../lib/backoff.ts";
import type { BackoffPolicy } from "../../lib/backoff.ts";
import { formatDuration } from "../../lib/duration.ts";
import { listed } from "../../plan/render/words.ts";

/** One field's corrections. */
export interface Fight {
  readonly count: number;
  readonly firstMs: number;
  readonly lastMs: number;
}

/** By `image of app/web`. */
export type Fights = ReadonlyMap<string, Fight>;

export const noFights: Fights = new Map();

const fightBackoff: BackoffPolicy = { firstMs: 2_000, maxMs: 5 * 60_000, jitter: 0 };
const quietMs = 60 * 60_000;
/** Two corrections may be two people; the third is a fight. */
const foughtFrom = 3;
/** Fields of one stack that are followed; those with the oldest corrections go first. */
const mostFields = 100;

function awake(fights: Fights, nowMs: number): Fights {
  // A clock that was set back makes no fight eternal.
  return new Map([...fights].filter(([, { lastMs }]) => Math.abs(nowMs - lastMs) < quietMs));
}

/** After `fields` were corrected. */
export function corrected(fights: Fights, fields: readonly string[], nowMs: number): Fights {
  const next = new Map(awake(fights, nowMs));
  for (const field of new Set(fields)) {
    const before = next.get(field);
    next.delete(field);
    next.set(field, {
      count: (before?.count ?? 0) + 1,
      firstMs: before?.firstMs ?? nowMs,
      lastMs: nowMs,
    });
  }
  return new Map([...next].slice(-mostFields));
}

/** How long the correction of these fields must wait: as long as that of the worst of them; 0: not at all. */
export function waitMs(fights: Fights, fields: readonly string[], nowMs: number): number {
  const known = awake(fights, nowMs);
  const waits = fields.map((field) => {
    const fight = known.get(field);
    if (fight === undefined) return 0;
    return Math.min(fight.lastMs, nowMs) + backoffMs(fightBackoff, fight.count, 0) - nowMs;
  });
  return Math.max(0, ...waits);
}

function told(field: string, { count, firstMs, lastMs }: Fight): string {
  return `${field}, ${count} times in ${formatDuration(Math.max(0, lastMs - firstMs))}`;
}

/** What is fought over now, for people; null when nothing is. Changes with corrections only, not with time. */
export function foughtOver(fights: Fights, nowMs: number): string | null {
  const lines = [...awake(fights, nowMs)]
    .filter(([, { count }]) => count >= foughtFrom)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([field, fight]) => told(field, fight));
  return lines.length === 0 ? null : `repeated drift: ${listed(lines)}`;
}
