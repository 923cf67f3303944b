// What is remembered of one pull request that may have previews.
import { z } from "zod";
import type { PullId } from "../../model/preview-name.ts";

export const recordSchema = z.object({
  pull: z.number().int().positive(),
  /** Of an application, `owner/name`; null: that of the stacks. */
  repository: z.string().nullable().default(null),
  /** The branch that has its commits, and the one into which it goes; null: not known, or that of a fork. */
  headBranch: z.string().nullable().default(null),
  baseBranch: z.string().nullable().default(null),
  /** Its page. */
  url: z.string(),
  /** The commit that its previews show, or are to show. */
  headSha: z.string(),
  fromFork: z.boolean(),
  labels: z.array(z.string()),
  /** Stacks that it makes or changes. */
  touched: z.array(z.string()),
  /** Who asked for it by a comment, and at which commit. */
  asked: z.object({ by: z.string(), headSha: z.string() }).nullable(),
  /** When its previews were first wanted, and when it was last pushed to or asked for. */
  sinceMs: z.number(),
  movedMs: z.number(),
  /** Why the newest commit is not what its previews show; null: it is. */
  trouble: z.string().nullable(),
  /** Stacks that have a preview now, and until when. */
  up: z.array(z.object({ stack: z.string(), untilMs: z.number() })),
});

export type PullRecord = z.output<typeof recordSchema>;

export const idOf = ({ repository, pull }: PullRecord): PullId => ({ repository, pull });

/** Whether a person's comment holds for the commit that is shown: of a fork for exactly that one. */
export function isAsked({
  asked,
  fromFork,
  headSha,
}: Pick<PullRecord, "asked" | "fromFork" | "headSha">): boolean {
  return asked !== null && (!fromFork || asked.headSha === headSha);
}

/** Whether its previews are wanted of a stack that says this label; null: it says nothing of previews. */
export function isWanted(record: PullRecord, label: string | null): boolean {
  if (isAsked(record)) return true;
  // Nobody of a fork is asked by a label alone.
  return !record.fromFork && label !== null && record.labels.includes(label);
}
