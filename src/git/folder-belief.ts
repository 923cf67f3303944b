// What a folder is believed to hold. An editor, a checkout or a sync that is under way shows a folder
// with files missing for a moment: a removal is believed only when a second scan, some time after the
// first, shows the very same. Pure: time comes inside the scan.

export interface Seen {
  readonly id: string;
  /** Paths of all files, unreadable ones included. */
  readonly paths: ReadonlySet<string>;
  readonly atMs: number;
}

export interface Belief {
  /** Null before the first scan. */
  readonly believed: Seen | null;
  /** A scan with removals that waits for another one like it. */
  readonly doubted: Seen | null;
}

export const noBelief: Belief = { believed: null, doubted: null };

/** The belief after a scan; `settleMs` is how far two equal scans must lie apart. */
export function afterScan(belief: Belief, scan: Seen, settleMs: number): Belief {
  const { believed, doubted } = belief;
  if (believed === null || scan.id === believed.id) return { believed: scan, doubted: null };
  const removes = [...believed.paths].some((path) => !scan.paths.has(path));
  if (!removes) return { believed: scan, doubted: null };
  if (doubted?.id !== scan.id) return { believed, doubted: scan };
  return scan.atMs - doubted.atMs >= settleMs ? { believed: scan, doubted: null } : belief;
}
