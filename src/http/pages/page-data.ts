// Where pages get what they show: one small interface, kept by the API's views, so that a page and the API
// never disagree. All texts have had their secrets taken out. What is not there is a CapstanError `not-found`.
import type { Person } from "../../model/person.ts";
import type {
  CommitDetail,
  CommitSummary,
  EventView,
  Overview,
  ProblemView,
  StackDetail,
} from "../api/shapes/dashboard.ts";
import type { OrphanView } from "../api/shapes/answers.ts";
import type {
  DeploymentStateView,
  OwnStackView,
  PortalSettingsView,
} from "../api/shapes/portal.ts";
import type { StackSummary } from "../api/shapes/stack.ts";

export interface DashboardReads {
  overview(person: Person | null): Promise<Overview>;
  /** All of them, in any order. */
  stacks(): Promise<readonly StackSummary[]>;
  stack(name: string, person: Person): Promise<StackDetail>;
  /** The newest first. */
  commits(limit: number): Promise<readonly CommitSummary[]>;
  /** By its whole id. */
  commit(sha: string): Promise<CommitDetail>;
  orphans(): { readonly orphans: readonly OrphanView[] };
  problems(): { readonly problems: readonly ProblemView[]; readonly total: number };
  /** The newest `limit`, the newest last; of one stack, or of all. `older`: where the page before begins. */
  events(
    filter: { readonly stack?: string },
    limit: number,
  ): { readonly events: readonly EventView[]; readonly older: string | null };
}

export interface PortalReads {
  settings(): Promise<PortalSettingsView>;
  own(person: Person): Promise<readonly OwnStackView[]>;
  /** Null for one that is not known any more. Everybody who knows an id may follow the deployment. */
  deployment(id: string): Promise<DeploymentStateView | null>;
}
