// The types of what is read, from the schemas by which the API describes it.
import type { z } from "@hono/zod-openapi";
import type { overview, stackDetail } from "./shapes/dashboard.ts";
import type { approval, commitRef, stackSummary } from "./shapes/stack.ts";

/** The same data, which nobody may change. */
export type Immutable<T> = T extends readonly (infer One)[]
  ? readonly Immutable<One>[]
  : T extends object
    ? { readonly [K in keyof T]: Immutable<T[K]> }
    : T;

/** What a schema lets in, which nobody may change. */
export type View<Schema extends z.ZodType> = Immutable<z.input<Schema>>;

export type CommitView = View<typeof commitRef>;
export type SummaryView = View<typeof stackSummary>;
export type DetailView = View<typeof stackDetail>;
export type OverviewView = View<typeof overview>;
export type ApprovalView = View<typeof approval>;
