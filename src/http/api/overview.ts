// How the controller is as a whole: the head of every page, mistakes in manifests, orphans, approvals.
import { isSignedIn } from "../../model/person.ts";
import type { Person } from "../../model/person.ts";
import type { EngineState } from "../../engine/engine.ts";
import { holdJson } from "../../plan/render/json.ts";
import { stackStates } from "../../plan/state-words.ts";
import { reads } from "./endpoint.ts";
import { noQuery } from "./input.ts";
import type { ReadParts } from "./parts.ts";
import { approvalList, orphanList, problemList } from "./shapes/answers.ts";
import { overview as overviewShape } from "./shapes/dashboard.ts";
import { allStacks, summaryOf } from "./stack-reads.ts";
import { timeOf } from "./times.ts";
import type { ApprovalView, OverviewView, SummaryView } from "./view-types.ts";
import { problemsShown, problemView } from "./views.ts";

/** What waits for a person's approval now; a hold that no approval ends is not among them. */
export function readApprovals({ engine }: Pick<ReadParts, "engine">): readonly ApprovalView[] {
  const hold = engine.held();
  const digest = hold?.digest ?? null;
  return hold === null || digest === null ? [] : [{ ...holdJson(hold), digest }];
}

export function personView(person: Person): NonNullable<OverviewView["person"]> {
  const { name, role } = person;
  return { name, role, signedIn: isSignedIn(person) };
}

/** How many stacks are in each state, those without any included. */
function countStates(summaries: readonly SummaryView[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = Object.fromEntries(stackStates.map((state) => [state, 0]));
  for (const { state } of summaries) counts[state] = (counts[state] ?? 0) + 1;
  return counts;
}

/** A stack with several mistakes is one thing to look at. */
function attentionOf(
  summaries: readonly SummaryView[],
  { problems, orphans }: EngineState,
): number {
  const stacks = new Set(
    summaries.filter(({ needsPerson }) => needsPerson).map(({ name }) => name),
  );
  const mistakes = problems.filter(({ stack }) => stack === null || !stacks.has(stack));
  return stacks.size + mistakes.length + orphans.length;
}

/** `summaries`: of all stacks. */
export function overviewOf(
  parts: ReadParts,
  summaries: readonly SummaryView[],
  person: Person | null,
): OverviewView {
  const { engine, identity, book } = parts;
  const state = engine.state();
  const { revision, lastListMs } = state;
  return {
    ...identity,
    revision,
    commit: revision === null ? null : book.ref(revision),
    lastList: lastListMs === null ? null : timeOf(lastListMs),
    counts: countStates(summaries),
    problems: state.problems.length,
    orphans: state.orphans.length,
    attention: attentionOf(summaries, state),
    errors: {
      source: state.sourceError,
      platform: state.platformError,
      swarm: state.swarmError,
    },
    waitsFor: state.waitsFor,
    dokploys: (state.dokploys ?? []).map(({ lastListMs: listedMs, ...one }) => ({
      ...one,
      lastList: listedMs === null ? null : timeOf(listedMs),
    })),
    approvals: readApprovals(parts),
    person: person === null ? null : personView(person),
  };
}

/** Says what it can before Git was read, too. */
export async function readOverview(parts: ReadParts, person: Person | null): Promise<OverviewView> {
  const { engine, book } = parts;
  await book.load([engine.state().revision ?? ""]);
  const summaries = [...allStacks(engine)].map(([name, found]) => summaryOf(name, found, parts));
  return overviewOf(parts, summaries, person);
}

export function readProblems({ engine, links }: ReadParts) {
  const { problems, revision } = engine.state();
  return {
    problems: problems.slice(0, problemsShown).map((one) => problemView(one, revision, links)),
    total: problems.length,
  };
}

const mostOrphans = 500;

export function readOrphans({ engine }: Pick<ReadParts, "engine">) {
  return { orphans: engine.state().orphans.slice(0, mostOrphans) };
}

const tag = "Controller";

const overview = reads({
  path: "/overview",
  id: "getOverview",
  tag,
  summary: "How the controller is, and how many stacks are in which state",
  query: noQuery,
  answer: overviewShape,
  handle: ({ person }, parts) => readOverview(parts, person),
});

const problems = reads({
  path: "/problems",
  id: "listProblems",
  tag,
  summary: "Mistakes in manifests",
  query: noQuery,
  answer: problemList,
  handle: (_, parts) => readProblems(parts),
});

const orphans = reads({
  path: "/orphans",
  id: "listOrphans",
  tag,
  summary: "Swarm services that Capstan created and whose application no longer exists",
  query: noQuery,
  answer: orphanList,
  handle: (_, parts) => readOrphans(parts),
});

const approvals = reads({
  path: "/approvals",
  id: "listApprovals",
  tag,
  summary: "What waits for an approval: exactly what would go",
  query: noQuery,
  answer: approvalList,
  handle: (_, parts) => ({ approvals: readApprovals(parts) }),
});

export const overviewRoutes = [overview, problems, orphans, approvals];
