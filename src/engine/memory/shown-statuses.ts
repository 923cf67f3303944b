// The statuses of stacks where several processes share a store: the one that leads keeps them there, and the others
// show them. Their plans are left out: whoever shows one makes it anew.
import { mapTexts } from "../../lib/map-texts.ts";
import type { Redactor } from "../../lib/redact.ts";
import { vocabulary } from "../../model/event-data.ts";
import type { StackStatus } from "../../model/status.ts";
import type { Store } from "../../ports-store.ts";

export interface ShownStatuses {
  /** Of this process, which leads. */
  keep(status: StackStatus): void;
  /** The stack is gone, and so is what was said of it. */
  forget(stack: string): void;
  /** Drops those of an earlier process whose stacks are not among these. */
  keepOnly(stacks: ReadonlySet<string>): void;
  /** Of the process that leads, by name. */
  all(): ReadonlyMap<string, StackStatus>;
}

export const noShownStatuses: ShownStatuses = {
  keep: () => undefined,
  forget: () => undefined,
  keepOnly: () => undefined,
  all: () => new Map(),
};

/** That a stack was looked at again, and found as it was, is nothing new. */
function comparedText(status: StackStatus): string {
  return JSON.stringify({ ...status, lastRunMs: 0, healthKnownMs: 0 });
}

function parsed(text: string): StackStatus | null {
  try {
    const value = JSON.parse(text) as unknown;
    const isStatus = typeof value === "object" && value !== null && "conditions" in value;
    return isStatus ? (value as StackStatus) : null;
  } catch {
    return null;
  }
}

const own = ["name", "project", "revision", "kind", "reason", "type", "status"];

export function createShownStatuses(
  store: Pick<Store, "isShared" | "memos" | "saveMemo" | "removeMemo" | "onChanged">,
  redactor: Redactor,
): ShownStatuses {
  if (!store.isShared) return noShownStatuses;
  const kept = new Map<string, string>();
  let shown: ReadonlyMap<string, StackStatus> | null = null;
  const words = new Set([...vocabulary, ...own]);
  store.onChanged(() => {
    shown = null;
  });

  function read(): ReadonlyMap<string, StackStatus> {
    return new Map(
      store.memos().flatMap(({ kind, stack, text }) => {
        const status = kind === "status" ? parsed(text) : null;
        return status === null ? [] : [[stack, status] as const];
      }),
    );
  }

  function forget(stack: string): void {
    kept.delete(stack);
    store.removeMemo("status", stack, "");
  }

  return {
    keep(status) {
      const bare = mapTexts({ ...status, plan: null }, (text) => redactor.redact(text), words);
      const compared = comparedText(bare);
      if (kept.get(status.name) === compared) return;
      kept.set(status.name, compared);
      const { name: stack, lastRunMs: atMs } = status;
      store.saveMemo({ kind: "status", stack, key: "", text: JSON.stringify(bare), atMs });
    },
    forget,
    keepOnly(stacks) {
      for (const stack of read().keys()) if (!stacks.has(stack)) forget(stack);
    },
    all: () => (shown ??= read()),
  };
}
