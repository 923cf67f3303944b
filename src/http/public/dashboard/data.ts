// What the server renders each page of the dashboard from, and hands to the browser as JSON.
import type {
  CommitDetail,
  CommitSummary,
  EventView,
  Overview,
  ProblemView,
  StackDetail,
} from "../../api/shapes/dashboard.ts";
import type { OrphanView } from "../../api/shapes/answers.ts";
import type { StackSummary } from "../../api/shapes/stack.ts";
import type { Theme } from "../browser.ts";

export interface DashboardData {
  readonly now: string;
  readonly theme: Theme;
  readonly overview: Overview;
}

export interface StacksData extends DashboardData {
  readonly stacks: readonly StackSummary[];
}

export interface StackData extends DashboardData {
  readonly stack: StackDetail;
  /** The newest first. */
  readonly events: readonly EventView[];
  /** Before which of them the page before begins; null: there is none. */
  readonly older: string | null;
}

export interface CommitsData extends DashboardData {
  /** The newest first. */
  readonly commits: readonly CommitSummary[];
}

/** Read by people with the link of a check too, who see nothing else: then there is no overview. */
export interface CommitData extends Omit<DashboardData, "overview"> {
  readonly overview: Overview | null;
  readonly commit: CommitDetail;
}

export interface EventsData extends DashboardData {
  /** The newest first. */
  readonly events: readonly EventView[];
  /** Likewise. */
  readonly older: string | null;
}

export interface ProblemsData extends DashboardData {
  /** Those that need a person. */
  readonly stacks: readonly StackSummary[];
  /** Swarm services that Capstan created and whose application no longer exists. */
  readonly orphans: readonly OrphanView[];
  /** Mistakes in manifests. */
  readonly problems: readonly ProblemView[];
  readonly total: number;
}
