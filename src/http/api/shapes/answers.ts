// What the API answers to questions about plans, logs and the server, and to requests for changes.
import { z } from "@hono/zod-openapi";
import type { View } from "./immutable.ts";
import { build, commitSummary, event, problem } from "./dashboard.ts";
import { approval, removal, stackPlan } from "./stack.ts";

export const eventList = z
  .object({
    events: z.array(event),
    older: z
      .string()
      .nullable()
      .describe(
        "What to give as `before` for the page before this one; null when it is the first.",
      ),
  })
  .openapi("EventList");

export const buildList = z
  .object({ builds: z.array(build), total: z.number() })
  .openapi("BuildList");

export const problemList = z
  .object({ problems: z.array(problem), total: z.number() })
  .openapi("ProblemList");

const orphan = z
  .object({
    appName: z.string(),
    image: z.string(),
    stack: z
      .string()
      .nullable()
      .describe("The stack that it was removed from, where that is remembered."),
    command: z.string().describe("Removes it, on a manager of the swarm."),
  })
  .openapi("Orphan");
export type OrphanView = View<typeof orphan>;
export const orphanList = z.object({ orphans: z.array(orphan) }).openapi("OrphanList");

export const approvalList = z.object({ approvals: z.array(approval) }).openapi("ApprovalList");

export const commitList = z.object({ commits: z.array(commitSummary) }).openapi("CommitList");

const summary = z.object({
  created: z.number(),
  changed: z.number(),
  removed: z.number(),
  unchanged: z.number(),
  conflicts: z.number(),
  problems: z.number(),
  restarts: z.number(),
  replaces: z.number(),
  restartedStacks: z.number(),
  losses: z.number().describe("Services that change in a way that may lose their data."),
  deletes: z.number(),
  hostAccess: z.number().describe("Services that newly reach the host."),
});

export const plan = z
  .object({
    revision: z.string(),
    title: z.string(),
    line: z.string(),
    summary,
    stacks: z.array(stackPlan),
    problems: z.array(problem.omit({ url: true })),
    heldPrune: z.string().nullable().describe("Why removals wait; null when they do not."),
    hold: z
      .object({
        digest: z.string().nullable().describe("null: no approval helps."),
        reason: z.string(),
        removals: z.array(removal),
      })
      .nullable()
      .describe("The same as data: exactly what would go."),
    orphans: z.array(z.object({ appName: z.string(), command: z.string() })),
    totalStacks: z.number(),
    totalProblems: z.number(),
  })
  .openapi("Plan");

const serviceLog = z.object({
  name: z.string(),
  service: z.string(),
  lines: z.array(z.string()),
});
export const logs = z.object({ logs: z.array(serviceLog) }).openapi("Logs");

const asked = z.object({
  message: z.string().describe("One sentence for people."),
  by: z.string().describe("Who asked."),
});

export const stackAsked = asked.extend({ stack: z.string() }).openapi("StackAsked");

export const redeployAsked = asked
  .extend({ stack: z.string(), services: z.array(z.string()) })
  .openapi("RedeployAsked");

export const reconcileAsked = asked
  .extend({
    revision: z.string(),
    stacks: z.array(z.string()),
    problems: z.array(problem),
    totalProblems: z.number(),
  })
  .openapi("ReconcileAsked");

export const gitChanged = asked
  .extend({
    stack: z.string(),
    sha: z.string().nullable().describe("The commit on the branch; null in pull-request mode."),
    review: z
      .object({ number: z.number(), url: z.string() })
      .nullable()
      .describe("The pull request; null when it was committed."),
    url: z.string().nullable().describe("The page of the commit or of the pull request."),
  })
  .openapi("GitChanged");

export const pruneApproved = asked
  .extend({ digest: z.string(), stacks: z.array(z.string()) })
  .openapi("PruneApproved");
