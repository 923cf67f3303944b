// Looks for the revision to which a stack may return: the one that the store remembers as healthy, or, without it or
// where it is gone, the one that the most of its services ran well with as their markers say.
import type { Hasher } from "../../lib/digest.ts";
import { describeError } from "../../lib/errors.ts";
import type { DesiredStack } from "../../model/desired.ts";
import { healthyMatches, markedRevisions, takenSince } from "../../plan/rollback.ts";
import { shortRevision } from "../../plan/settle.ts";
import type { HealthyRevision } from "../../ports-store.ts";
import type { DesiredState, Loaded } from "../state/desired-state.ts";
import { createOtherRevisions } from "../state/other-revisions.ts";
import { stackHash } from "../state/stack-hash.ts";
import type { View } from "../state/world.ts";
import type { Found } from "./target.ts";
import type { HealthyRecords } from "./healthy-records.ts";

export interface LastHealthy {
  /**
   * The stack as it was at its last healthy revision, if that asks for something else than it does now; or why there
   * is none, in words. `failed`: keys of services that fail now. Never throws.
   */
  find(
    now: DesiredStack,
    failed: ReadonlySet<string>,
    loaded: Loaded,
    view: View,
  ): Promise<Found | string>;
}

export interface LastHealthyDeps {
  readonly desired: Pick<DesiredState, "at">;
  readonly records: Pick<HealthyRecords, "of">;
  readonly hasher: Hasher;
}

export function createLastHealthy({ desired, records, hasher }: LastHealthyDeps): LastHealthy {
  const others = createOtherRevisions(desired);

  /** The stack as it was at a revision that was healthy, or why it cannot be had. */
  async function older(name: string, id: string, loaded: Loaded): Promise<Found | string> {
    try {
      const { revision, manifests } = await others.at(id, loaded.sequence);
      const stack = manifests.stacks.find((one) => one.name === name);
      const short = shortRevision(revision.id);
      if (stack === undefined) {
        const problem = manifests.problems.find((one) => one.stack === name);
        return problem === undefined
          ? `${short} has no such stack`
          : `its manifest of ${short} no longer loads: ${problem.place.file}:${problem.place.line} ${problem.message}`;
      }
      const taken = takenSince(stack, loaded.byName.values());
      return taken === null
        ? { stack, revision: revision.id, hash: stackHash(stack, hasher) }
        : `the stack of ${short} has ${taken}`;
    } catch (error) {
      return `${shortRevision(id)} cannot be read: ${describeError(error)}`;
    }
  }

  /** As the store remembers it; null: it does not. */
  async function remembered(
    now: DesiredStack,
    record: HealthyRevision | undefined,
    loaded: Loaded,
  ): Promise<Found | string | null> {
    if (record === undefined) return null;
    const found = await older(now.name, record.revision, loaded);
    if (typeof found === "string" || found.hash !== stackHash(now, hasher)) return found;
    return `${shortRevision(found.revision)}, where it was healthy, asks for the same`;
  }

  return {
    async find(now, failed, loaded, view) {
      const record = records.of(now.name);
      const known = await remembered(now, record, loaded);
      if (known !== null && typeof known !== "string") return known;
      const reasons = known === null ? [] : [known];
      const hash = stackHash(now, hasher);
      let best: { readonly found: Found; readonly matches: number } | null = null;
      for (const id of markedRevisions(now.name, view.ownership)) {
        if (record?.revision.startsWith(id) === true) continue;
        const found = await older(now.name, id, loaded);
        if (typeof found === "string") {
          reasons.push(found);
          continue;
        }
        const matches = healthyMatches(found.stack, failed, view.ownership);
        if (found.hash !== hash && matches > (best?.matches ?? 0)) best = { found, matches };
      }
      return best?.found ?? reasons[0] ?? "no healthy revision of it is known";
    },
  };
}
