// What the readers of all hosts' payloads share: shapes that are believed only as far as they are read, and
// what a push says of branches and paths.
import { z } from "zod";
import { CapstanError } from "../lib/errors.ts";
import type { ForgeEvent } from "../model/forge.ts";

/** What a payload says, whoever sent it. */
export interface PayloadContent {
  readonly repository: string | null;
  readonly event: ForgeEvent;
}

/** Throws `invalid` when it is not of that shape; nothing of the payload is in the error. */
export function shaped<S extends z.ZodType>(schema: S, payload: unknown): z.output<S> {
  const parsed = schema.safeParse(payload);
  if (parsed.success) return parsed.data;
  const path = parsed.error.issues[0]?.path.map(String).join(".") ?? "";
  throw new CapstanError(
    "invalid",
    `the delivery is not what the host sends: "${path.slice(0, 100)}" is missing or of another kind`,
    { hint: "let the host send its own format as JSON, with no template or proxy that changes it" },
  );
}

const names = z.array(z.string()).nullish();
export const commits = z
  .array(z.object({ added: names, removed: names, modified: names }))
  .nullish();

const mostPaths = 10_000;

/**
 * Sorted, each once. Null when `listed` is not all that happened; an empty list is no proof that nothing did,
 * as a branch that was set back has no new commits.
 */
export function pathsOf(
  listed: z.output<typeof commits>,
  isAll: boolean,
): readonly string[] | null {
  if (!isAll || listed === null || listed === undefined || listed.length === 0) return null;
  const paths = new Set<string>();
  for (const commit of listed) {
    for (const part of [commit.added, commit.removed, commit.modified]) {
      if (part === null || part === undefined) return null;
      for (const path of part) paths.add(path);
    }
  }
  return paths.size > mostPaths ? null : [...paths].sort();
}

const headsPrefix = "refs/heads/";

export function branchOf(ref: string): string | null {
  return ref.startsWith(headsPrefix) ? ref.slice(headsPrefix.length) : null;
}

/** Git's way to write no commit: before a branch was made, after it was deleted. */
export function isNoCommit(sha: string): boolean {
  return /^0+$/.test(sha);
}

export function other(name: string): ForgeEvent {
  return { type: "other", name: name.replaceAll(/[^\w .-]/g, "").slice(0, 60) };
}
