// Commits, problems, events and the whole of one stack, as schemas.
import { z } from "@hono/zod-openapi";
import type { View } from "./immutable.ts";
import { eventDataSchema } from "../../../model/event-data.ts";
import {
  approval,
  commitRef,
  condition,
  driftLeft,
  rollout,
  runOfHistory,
  stackPlan,
  stackSummary,
  treeNode,
} from "./stack.ts";

const time = z.iso.datetime();

export const event = z
  .object({
    id: z.string(),
    at: time,
    kind: z.string(),
    level: z.enum(["info", "warn", "error"]),
    stack: z.string().nullable(),
    revision: z.string().nullable(),
    message: z.string().describe("One line for people; programs read the data beside it."),
    ...eventDataSchema.shape,
  })
  .openapi("Event");
export type EventView = View<typeof event>;

export const problem = z
  .object({
    file: z.string(),
    line: z.number(),
    column: z.number(),
    message: z.string(),
    hint: z.string().nullable(),
    stack: z.string().nullable(),
    url: z.string().nullable().describe("The line on the Git host; null without one."),
  })
  .openapi("Problem");
export type ProblemView = View<typeof problem>;

const buildRun = z.object({
  number: z.number(),
  workflow: z.string(),
  status: z.string(),
  title: z.string(),
  sha: z.string(),
  branch: z.string().nullable(),
  url: z.string(),
  started: time.nullable(),
});
export const build = z
  .object({
    repository: z.string(),
    workflow: z.string().nullable(),
    stacks: z.array(z.string()),
    error: z.string().nullable(),
    runs: z.array(buildRun),
  })
  .openapi("Build");

export const stackDetail = stackSummary
  .extend({
    conditions: z.array(condition),
    drift: driftLeft
      .nullable()
      .describe(
        "What was changed in Dokploy and is left, with `sync.drift: propose`; null: nothing.",
      ),
    services: z.array(
      z.object({
        name: z.string(),
        service: z.string(),
        appName: z.string(),
        server: z
          .string()
          .nullable()
          .describe("Another server of Dokploy, by its name; null: Dokploy's own host."),
        running: z.number().nullable(),
        wanted: z.number().nullable(),
        image: z
          .string()
          .nullable()
          .describe("What it runs: an image, or `acme/shop@main` where one is built of it."),
        commit: z
          .string()
          .nullable()
          .describe("Of what is built from Git, the commit that was last rolled out, shortened."),
        digest: z
          .string()
          .nullable()
          .describe(
            "Of an image whose tag is followed, the digest that was last rolled out, shortened.",
          ),
      }),
    ),
    jobs: z
      .array(
        z.object({
          service: z.string().describe("Its key: `app/web`."),
          kind: z.enum(["schedule", "backup", "volumeBackup"]),
          name: z.string(),
          lastRun: z
            .object({ status: z.enum(["running", "done", "error", "cancelled"]), at: time })
            .nullable()
            .describe("Null: it has not run yet."),
        }),
      )
      .nullable()
      .describe("What Dokploy does by the clock; null: it could not be asked."),
    tree: z.union([treeNode, z.null()]),
    notes: z.array(z.object({ kind: z.string(), message: z.string() })),
    plan: stackPlan.nullable(),
    rollouts: z.array(rollout),
    approval: approval.nullable(),
    lastDeploys: z.array(
      z.object({
        service: z.string(),
        reason: z.string(),
        revision: z.string().nullable(),
        at: time,
      }),
    ),
    builds: z.array(build),
    history: z.array(runOfHistory),
    revisions: z
      .array(z.object({ commit: commitRef, healthy: z.boolean(), current: z.boolean() }))
      .describe(
        "The versions of its manifest in Git, the newest first, each with the commit that brought it. `current` is the one in Git now, the others are what it can return to; `healthy`: it ran healthily in that version.",
      ),
    manifest: z
      .object({
        file: z.string(),
        line: z.number(),
        text: z.string().describe("As Git has it."),
        url: z.string().nullable(),
      })
      .nullable(),
    dokployUrl: z.string().nullable().describe("The project in Dokploy's own pages."),
    may: z
      .object({ operate: z.boolean(), remove: z.boolean() })
      .describe("What the caller may do."),
  })
  .openapi("StackDetail");
export type StackDetail = View<typeof stackDetail>;

export const checkState = z.enum(["pending", "success", "failure", "attention", "neutral"]);
export const commitSummary = z
  .object({
    commit: commitRef,
    state: checkState,
    stateText: z.string().describe("What became of it, for people: `Partly done`."),
    description: z.string(),
    at: time,
    stacks: z.number().describe("How many stacks it touched."),
  })
  .openapi("CommitSummary");
export type CommitSummary = View<typeof commitSummary>;

export const commitDetail = commitSummary
  .extend({
    checks: z.array(
      z.object({
        context: z.string(),
        stack: z.string().nullable(),
        state: checkState,
        stateText: z.string(),
        reason: z.string(),
        description: z.string(),
        change: z.string().nullable(),
        at: time,
      }),
    ),
    problems: z.array(problem),
  })
  .openapi("CommitDetail");
export type CommitDetail = View<typeof commitDetail>;

/** The head of every page. */
export const overview = z
  .object({
    version: z.string(),
    instance: z.string(),
    branch: z.string(),
    revision: z.string().nullable(),
    commit: commitRef.nullable(),
    lastList: time.nullable().describe("When the server was listed last."),
    counts: z.record(z.string(), z.number()),
    problems: z.number().describe("Mistakes in manifests."),
    orphans: z.number(),
    attention: z
      .number()
      .describe("Stacks that need a person, mistakes of other manifests and orphans together."),
    errors: z.object({
      source: z.string().nullable(),
      platform: z.string().nullable(),
      swarm: z.string().nullable(),
    }),
    waitsFor: z.string().nullable().describe("Why this process only waits; null when it works."),
    dokploys: z
      .array(
        z.object({
          name: z.string().describe("Empty: that of DOKPLOY_URL."),
          title: z.string(),
          ready: z.boolean().describe("Whether it has been read."),
          error: z.string().nullable().describe("Why it cannot be read now."),
          waitsFor: z.string().nullable().describe("Why this process does not write to it."),
          lastList: time.nullable(),
          stacks: z.number(),
        }),
      )
      .describe("Each of several Dokploys; empty where there is one."),
    approvals: z.array(approval),
    person: z
      .object({
        name: z.string(),
        role: z.string(),
        signedIn: z
          .boolean()
          .describe(
            "Whether the caller proved who they are; on the server's own machine nobody has to.",
          ),
      })
      .nullable()
      .describe("Who asks, and what they may do; null: somebody with the link of a commit."),
  })
  .openapi("Overview");
export type Overview = View<typeof overview>;
