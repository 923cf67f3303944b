// What people were told last, over a restart: a controller that starts again must not tell everything anew.
import { z } from "zod";
import type { Store } from "../ports-store.ts";
import type { JudgeOptions, Told } from "./judge.ts";
import { subjectKey } from "./notice.ts";
import type { Subject } from "./notice.ts";

const memoSchema = z.object({
  subject: z.discriminatedUnion("type", [
    z.object({ type: z.literal("stack"), stack: z.string() }),
    z.object({ type: z.literal("git") }),
    z.object({ type: z.literal("dokploy") }),
    z.object({ type: z.literal("file"), file: z.string() }),
    z.object({ type: z.literal("certificate"), host: z.string(), stack: z.string() }),
  ]),
  condition: z.enum(["failing", "waiting"]),
});

/** What is older says nothing of today: nobody was there to see it end. */
const oldestMs = 30 * 24 * 3_600_000;

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}

export function rememberTold(
  store: Pick<Store, "saveMemo" | "removeMemo" | "memos">,
  nowMs: number,
): Pick<JudgeOptions, "told" | "keep"> {
  const told = new Map<string, { readonly subject: Subject; readonly told: Told }>();
  for (const { kind, key, text, atMs } of store.memos()) {
    if (kind !== "notice") continue;
    const memo = memoSchema.safeParse(parsed(text));
    if (!memo.success || nowMs - atMs > oldestMs) {
      store.removeMemo("notice", "", key);
      continue;
    }
    const { subject, condition } = memo.data;
    told.set(subjectKey(subject), { subject, told: { condition, atMs } });
  }
  return {
    told,
    keep(subject, now) {
      const key = subjectKey(subject);
      if (now === null || now.condition === "fine") store.removeMemo("notice", "", key);
      else {
        const text = JSON.stringify({ subject, condition: now.condition });
        store.saveMemo({ kind: "notice", stack: "", key, text, atMs: now.atMs });
      }
    },
  };
}
