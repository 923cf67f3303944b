// The types of what is read, from the schemas by which the API describes it.
import type { overview, stackDetail } from "./shapes/dashboard.ts";
import type { View } from "./shapes/immutable.ts";
import type { approval, commitRef, stackSummary } from "./shapes/stack.ts";

export type CommitView = View<typeof commitRef>;
export type SummaryView = View<typeof stackSummary>;
export type DetailView = View<typeof stackDetail>;
export type OverviewView = View<typeof overview>;
export type ApprovalView = View<typeof approval>;
