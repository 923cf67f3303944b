// The revisions of a stack that it can return to, and whether it was healthy at them.
import type { ReadParts } from "./parts.ts";
import type { Found } from "./stack-reads.ts";
import type { DetailView, SummaryView } from "./view-types.ts";

/** In which it is looked whether it was healthy. */
const runsLookedThrough = 200;

export async function revisionsOf(
  name: string,
  { desired, status }: Found,
  { ready, commit }: SummaryView,
  { engine, book, versions }: ReadParts,
): Promise<DetailView["revisions"]> {
  const newest = engine.state().revision ?? status?.revision ?? null;
  if (versions === null || newest === null) {
    return commit === null ? [] : [{ commit, healthy: ready, current: true }];
  }
  const file = desired?.place.file ?? null;
  const found = await versions.of(name, newest, file).catch(() => []);
  await book.load(found.map(({ sha }) => sha));
  const healthyAt = engine
    .runs(name, runsLookedThrough)
    .filter(({ outcome }) => outcome === "converged")
    .map(({ revision }) => revision);
  const last = engine.healthyAt(name);
  const healthy = new Set(last === null ? healthyAt : [...healthyAt, last]);
  return found.map(({ sha, holds, isCurrent }) => ({
    commit: book.ref(sha),
    healthy: (isCurrent && ready) || [...healthy].some(holds),
    current: isCurrent,
  }));
}
