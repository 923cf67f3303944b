// The pages of the dashboard, each made from what it reads.
import type { Person } from "../../model/person.ts";
import { CommitPage } from "../public/dashboard/commits/commit-page.ts";
import { CommitsPage } from "../public/dashboard/commits/commits-page.ts";
import type {
  CommitData,
  CommitsData,
  EventsData,
  ProblemsData,
  StackData,
  StacksData,
} from "../public/dashboard/data.ts";
import { EventsPage } from "../public/dashboard/events/events-page.ts";
import { ProblemsPage } from "../public/dashboard/problems/problems-page.ts";
import { StackPage } from "../public/dashboard/stack/stack-page.ts";
import { StacksPage } from "../public/dashboard/stacks/stacks-page.ts";
import type { DashboardReads } from "./page-data.ts";
import type { Parts } from "./parts.ts";

const styles = ["dashboard.css"];
const withoutScript =
  "Without JavaScript this page shows how things were when it was loaded. Reload it to see what is new.";

const commitsShown = 100;
const eventsShown = 300;
const eventsOfStack = 200;

export async function stacksParts(
  reads: DashboardReads,
  person: Person,
): Promise<Parts<StacksData>> {
  const [overview, stacks] = await Promise.all([reads.overview(person), reads.stacks()]);
  return {
    title: "Stacks · Capstan",
    styles,
    script: "dashboard/stacks-main.js",
    component: StacksPage,
    data: { overview, stacks },
    withoutScript,
  };
}

export async function stackParts(
  reads: DashboardReads,
  person: Person,
  name: string,
): Promise<Parts<StackData>> {
  const [overview, stack] = await Promise.all([reads.overview(person), reads.stack(name, person)]);
  const { events, older } = reads.events({ stack: name }, eventsOfStack);
  return {
    title: `${name} · Capstan`,
    styles: [...styles, "stack.css"],
    script: "dashboard/stack-main.js",
    component: StackPage,
    data: { overview, stack, events: [...events].reverse(), older },
    withoutScript,
  };
}

export async function commitsParts(
  reads: DashboardReads,
  person: Person,
): Promise<Parts<CommitsData>> {
  const overview = await reads.overview(person);
  return {
    title: "Commits · Capstan",
    styles,
    script: "dashboard/commits-main.js",
    component: CommitsPage,
    data: { overview, commits: await reads.commits(commitsShown) },
    withoutScript,
  };
}

/** `person` null: somebody with the link of a check, who sees nothing but this commit. */
export async function commitParts(
  reads: DashboardReads,
  person: Person | null,
  sha: string,
): Promise<Parts<CommitData>> {
  const commit = await reads.commit(sha);
  const { title } = commit.commit;
  return {
    title: `${title === "" ? sha.slice(0, 12) : title} · Capstan`,
    styles: [...styles, "stack.css"],
    script: "dashboard/commit-main.js",
    component: CommitPage,
    data: { overview: person === null ? null : await reads.overview(person), commit },
    withoutScript,
  };
}

export async function eventsParts(
  reads: DashboardReads,
  person: Person,
): Promise<Parts<EventsData>> {
  const { events, older } = reads.events({}, eventsShown);
  return {
    title: "Events · Capstan",
    styles,
    script: "dashboard/events-main.js",
    component: EventsPage,
    data: { overview: await reads.overview(person), events: [...events].reverse(), older },
    withoutScript,
  };
}

export async function problemsParts(
  reads: DashboardReads,
  person: Person,
): Promise<Parts<ProblemsData>> {
  const [overview, stacks] = await Promise.all([reads.overview(person), reads.stacks()]);
  const { problems, total } = reads.problems();
  const { orphans } = reads.orphans();
  return {
    title: "Problems · Capstan",
    styles,
    script: "dashboard/problems-main.js",
    component: ProblemsPage,
    data: {
      overview,
      stacks: stacks.filter(({ needsPerson }) => needsPerson),
      problems,
      total,
      orphans,
    },
    withoutScript,
  };
}
