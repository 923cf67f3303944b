// Which stacks a plan or a pass is about.
import { CapstanError } from "../../lib/errors.ts";
import { nameHint } from "../../manifest/suggest.ts";
import type { HostRecords } from "../dns/host-records.ts";
import type { Loaded } from "../state/desired-state.ts";
import type { Tombstones } from "../removal/tombstones.ts";
import type { View } from "../state/world.ts";

/** Those that are named, or all, sorted. Throws `invalid` for a name that is neither in Git nor on the server. */
export function selectStacks(
  loaded: Loaded,
  { ownership }: View,
  left: {
    readonly tombstones: Pick<Tombstones, "stacks">;
    readonly hostRecords: Pick<HostRecords, "stacks">;
  },
  names: readonly string[] | undefined,
): readonly string[] {
  const known = new Set([
    ...loaded.byName.keys(),
    ...loaded.manifests.brokenStacks,
    ...ownership.owned.keys(),
    ...ownership.strayed.keys(),
    // The server may list nothing of them any more, but their absence is not proven yet (O4).
    ...left.tombstones.stacks(),
    // Likewise of their DNS records.
    ...left.hostRecords.stacks(),
  ]);
  if (names === undefined) return [...known].sort();
  for (const name of names) {
    if (!known.has(name)) {
      throw new CapstanError("invalid", `there is no stack ${name} in Git or on the server`, {
        hint: nameHint(name, "stack", known, null),
      });
    }
  }
  return names;
}
