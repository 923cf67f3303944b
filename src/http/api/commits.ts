// Commits of the branch, and what became of each stack that they touched.
import { CapstanError } from "../../lib/errors.ts";
import type { CheckRow } from "../../model/checks.ts";
import type { CheckState } from "../../model/forge.ts";
import { checkText, commitText } from "../../plan/commit-words.ts";
import { reads } from "./endpoint.ts";
import { commitsQuery, noQuery } from "./input.ts";
import type { ReadParts } from "./parts.ts";
import { commitList } from "./shapes/answers.ts";
import { commitDetail, type CommitDetail, type CommitSummary } from "./shapes/dashboard.ts";
import { timeOf } from "./times.ts";
import type { Immutable } from "./shapes/immutable.ts";
import { problemsShown, problemView } from "./views.ts";

/** What needs a person comes first. */
const attention: readonly CheckState[] = ["failure", "attention", "pending", "neutral", "success"];

const mostChecks = 1_000;

function summaryOf(
  sha: string,
  rows: readonly CheckRow[],
  { book }: Pick<ReadParts, "book">,
): Immutable<CommitSummary> | null {
  const own = rows.find(({ stack, context }) => stack === null && context.endsWith("/reconcile"));
  const first = own ?? rows.find(({ stack }) => stack === null) ?? rows[0];
  if (first === undefined) return null;
  return {
    commit: book.ref(sha),
    state: first.state,
    stateText: commitText(first, rows),
    description: first.description,
    at: timeOf(Math.max(...rows.map(({ atMs }) => atMs))),
    stacks: rows.filter(({ stack }) => stack !== null).length,
  };
}

/** The newest commits, the newest first. */
export async function listCommits(
  limit: number,
  parts: ReadParts,
): Promise<readonly Immutable<CommitSummary>[]> {
  const ids = parts.checks.newestCommits(limit);
  await parts.book.load(ids);
  return ids.flatMap((sha) => summaryOf(sha, parts.checks.checks(sha), parts) ?? []);
}

/** Throws `not-found` for a commit of which nothing is known. */
export async function readCommit(sha: string, parts: ReadParts): Promise<Immutable<CommitDetail>> {
  const rows = /^[0-9a-f]{40,64}$/.test(sha) ? parts.checks.checks(sha) : [];
  await parts.book.load([sha]);
  const summary = summaryOf(sha, rows, parts);
  if (summary === null) {
    throw new CapstanError("not-found", `there is no commit ${sha.slice(0, 64)}`, {
      hint: "name it by its whole id; commits from before the state was kept are not known",
    });
  }
  const { problems, revision } = parts.engine.state();
  const sorted = [...rows].sort((a, b) => attention.indexOf(a.state) - attention.indexOf(b.state));
  return {
    ...summary,
    checks: sorted
      .slice(0, mostChecks)
      .map(({ context, stack, state, reason, description, change, atMs }) => {
        const stateText = checkText({ reason });
        return { context, stack, state, stateText, reason, description, change, at: timeOf(atMs) };
      }),
    // Mistakes are known of the newest commit alone.
    problems:
      revision === sha
        ? problems.slice(0, problemsShown).map((one) => problemView(one, sha, parts.links))
        : [],
  };
}

const tag = "Commits";

const list = reads({
  path: "/commits",
  id: "listCommits",
  tag,
  summary: "The newest commits and their results, newest first",
  query: commitsQuery,
  answer: commitList,
  handle: async ({ query: { limit } }, parts) => ({ commits: await listCommits(limit, parts) }),
});

const one = reads({
  path: "/commits/:sha",
  id: "getCommit",
  tag,
  summary: "The result of a commit for each stack that it touched",
  query: noQuery,
  answer: commitDetail,
  handle: ({ param }, parts) => readCommit(param("sha"), parts),
});

export const commitRoutes = [list, one];
