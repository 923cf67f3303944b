// Where pages get what they show: one small interface, kept by the API's views. All texts have had their
// secrets taken out.
import type { Person } from "../../model/person.ts";
import type {
  CommitDetail,
  CommitSummary,
  EventView,
  Overview,
  ProblemView,
  StackDetail,
} from "../api/shapes/dashboard.ts";
import type {
  DeploymentStateView,
  OwnStackView,
  PortalSettingsView,
} from "../api/shapes/portal.ts";
import type { StackSummary } from "../api/shapes/stack.ts";

export interface EventFilter {
  readonly stack?: string;
}

export interface PageData {
  /**
   * Who asks, judged for this part of the pages: the portal may be open to visitors to whom the dashboard
   * is closed. Null: nobody who may; they are sent to sign in.
   */
  person(request: Request, part: "portal" | "dashboard"): Promise<Person | null>;
  overview(person: Person): Promise<Overview>;
  /** All of them, in any order. */
  stacks(person: Person): Promise<readonly StackSummary[]>;
  /** Null for one that there is not. */
  stack(name: string, person: Person): Promise<StackDetail | null>;
  /** The newest first, bounded. */
  commits(person: Person): Promise<readonly CommitSummary[]>;
  /** By its whole id; `person` is null for whoever came with the key of the commit's checks. */
  commit(sha: string, person: Person | null): Promise<CommitDetail | null>;
  /** The newest first, bounded. */
  events(filter: EventFilter, person: Person): Promise<readonly EventView[]>;
  problems(person: Person): Promise<readonly ProblemView[]>;
  /** Null: this controller has no portal. */
  portal(person: Person): Promise<PortalSettingsView | null>;
  ownStacks(person: Person): Promise<readonly OwnStackView[]>;
  /** Null for one that is not known any more. Whoever knows an id may follow the deployment. */
  deployment(id: string): Promise<DeploymentStateView | null>;
}
