// Where it is kept what servers say of their own API, so that each version is asked once, over restarts too.
import type { DescriptionMemory } from "./dokploy/read-description.ts";
import type { Clock } from "./lib/clock.ts";
import type { Store } from "./ports-store.ts";

export function descriptionsIn(store: Store, clock: Clock): DescriptionMemory {
  return {
    read: (key) =>
      store.memos().find((memo) => memo.kind === "api" && memo.key === key)?.text ?? null,
    write(key, text) {
      store.saveMemo({ kind: "api", stack: "", key, text, atMs: clock.now() });
    },
  };
}
