// What the API says of stacks, as schemas: answers, the OpenAPI document and the pages' types come from here.
import { hostCheckTypes } from "../../../model/host-check.ts";
import { z } from "@hono/zod-openapi";
import type { View } from "./immutable.ts";
import { causeSchema } from "../../../model/cause.ts";
import { stackStates } from "../../../plan/state-words.ts";

const time = z.iso.datetime();

export type { StackStateName } from "../../../plan/state-words.ts";
export const stackState = z.enum(stackStates).openapi("StackState");

export const commitRef = z
  .object({
    sha: z.string(),
    title: z.string().describe("The subject of the commit; empty when it is not known."),
    url: z.string().nullable().describe("Its page on the Git host; null without one."),
    at: time.nullable(),
  })
  .openapi("CommitRef");

export const stackSummary = z
  .object({
    name: z.string(),
    project: z.string().nullable(),
    revision: z.string().nullable(),
    ready: z.boolean(),
    outcome: z.string().nullable(),
    busy: z.boolean(),
    reason: z.string(),
    message: z.string(),
    urls: z.array(z.string()),
    suspended: z.object({ by: z.string(), since: time }).nullable(),
    lastRun: time.nullable(),
    state: stackState,
    stateText: z.string().describe("`Waiting: approval`"),
    needsPerson: z.boolean().describe("Whether it fails, or waits until somebody decides."),
    since: time.nullable().describe("Since when it is in this state."),
    labels: z.record(z.string(), z.string()),
    template: z.string().nullable(),
    owner: z.string().nullable().describe("Who made it in the portal; null for others."),
    commit: commitRef.nullable(),
    preview: z
      .object({
        repository: z
          .string()
          .nullable()
          .describe("Where its pull request is: owner/name; null for the stacks' own repository."),
        pull: z.number().describe("The number of its pull request."),
        url: z.string().describe("The page of that."),
        stack: z.string().describe("The stack that it is a preview of."),
        until: time.describe("When its time is over."),
      })
      .nullable()
      .describe("Of a stack that a pull request has; null for those of the branch."),
  })
  .openapi("StackSummary");
export type StackSummary = View<typeof stackSummary>;

export const stackPage = z
  .object({
    stacks: z.array(stackSummary),
    total: z.number().describe("Of all pages."),
    next: z.string().nullable().describe("For `after`; null when these are the last."),
  })
  .openapi("StackPage");

export const health = z.enum(["healthy", "progressing", "degraded", "stopped", "unknown", "none"]);
export type Health = z.infer<typeof health>;

const treeNodeBase = z.object({
  id: z
    .string()
    .describe("Unique in its tree, and stable: `app/web`, `app/web/domain/shop.example.com`."),
  kind: z.enum([
    "project",
    "environment",
    "application",
    "database",
    "compose",
    "job",
    "domain",
    "mount",
    "port",
    "redirect",
    "basicAuth",
    "schedule",
    "backup",
    "volumeBackup",
    "unmanaged",
    "orphan",
  ]),
  name: z.string(),
  detail: z.string().describe("One line: image, target, `2 of 2 replicas`."),
  health,
  drift: z.boolean().describe("Whether it differed from Git at the last check."),
  change: z
    .enum(["create", "update", "restart", "delete"])
    .nullable()
    .describe("What would be done to it by the present plan; null: nothing."),
  url: z
    .string()
    .nullable()
    .describe("Its page in Dokploy, or a domain's address; null without one."),
});
export type TreeNode = z.infer<typeof treeNodeBase> & { readonly children: readonly TreeNode[] };
export const treeNode: z.ZodType<TreeNode, TreeNode> = treeNodeBase
  .extend({
    get children() {
      return z.array(treeNode);
    },
  })
  .openapi("TreeNode");

export const fieldChange = z
  .object({ path: z.string(), was: z.string().nullable(), is: z.string().nullable() })
  .openapi("FieldChange");

export const planAction = z
  .object({
    type: z.string(),
    title: z.string(),
    service: z.string().nullable(),
    reason: z.string(),
    cause: causeSchema.describe("The reason as data, for programs."),
    risk: z.enum(["none", "restart", "rebuild", "replace", "data-loss"]),
    changes: z.array(fieldChange),
  })
  .openapi("PlanAction");

export const stackPlan = z
  .object({
    name: z.string(),
    change: z.string(),
    conflict: z.string().nullable(),
    actions: z.array(planAction),
    notes: z.array(z.object({ kind: z.string(), message: z.string() })),
    hostAccess: z
      .array(
        z.object({
          service: z.string().describe("Its key."),
          part: z
            .string()
            .nullable()
            .describe("The service of a compose file; null: none, or all."),
          reaches: z.array(z.string()).describe("In words: `port 2222/tcp of the host`."),
        }),
      )
      .describe("What newly reaches the host: folders, ports, the docker socket, rights over it."),
  })
  .openapi("StackPlan");
export type StackPlan = View<typeof stackPlan>;

export const condition = z
  .object({
    type: z.enum(["Ready", "Synced", "Healthy", "Suspended", ...hostCheckTypes]),
    status: z.enum(["True", "False", "Unknown"]),
    reason: z.string(),
    message: z.string(),
    revision: z.string(),
    since: time,
    advisory: z
      .boolean()
      .describe(
        "It is shown, and holds up nothing: Capstan does not keep these hosts' DNS records.",
      ),
  })
  .openapi("Condition");

export const driftLeft = z
  .object({
    reason: z.string().describe("As the condition Synced has it: DriftProposed, DriftHeld, …"),
    message: z.string(),
    proposal: z
      .object({ number: z.number(), url: z.string() })
      .nullable()
      .describe("The open pull request; null: there is none."),
    held: z
      .array(z.object({ service: z.string(), path: z.string(), why: z.string() }))
      .describe("What cannot be written into the manifest, and why."),
  })
  .openapi("DriftLeft");

export const rollout = z
  .object({
    service: z.string(),
    name: z.string(),
    attempt: z.string().nullable(),
    state: z.enum(["active", "healthy", "failed", "superseded"]),
    startedAt: time,
    endedAt: time.nullable(),
    reason: z.string(),
    /** `queue`, `build`, `containers`, `stable`: each with its own times. */
    phases: z.array(
      z.object({
        name: z.string(),
        startedAt: time,
        endedAt: time.nullable(),
        detail: z.string(),
      }),
    ),
    log: z.array(z.string()).describe("Last lines of the log of one that failed."),
  })
  .openapi("Rollout");
export type Rollout = View<typeof rollout>;

export const runOfHistory = z
  .object({
    at: time,
    revision: z.string(),
    outcome: z.string(),
    message: z.string(),
    reasons: z.array(z.string()),
    actions: z.array(
      z.object({
        title: z.string(),
        status: z.string(),
        message: z.string(),
        reason: z.string(),
      }),
    ),
  })
  .openapi("Run");

/** What would go of one stack. */
export const removal = z
  .object({
    stack: z.string(),
    resources: z.array(z.object({ kind: z.string(), id: z.string(), name: z.string() })),
  })
  .openapi("Removal");

/** Something that waits for a person's approval: exactly what would go. */
export const approval = z
  .object({
    digest: z.string(),
    reason: z.string(),
    removals: z.array(removal),
  })
  .openapi("Approval");
export type Approval = View<typeof approval>;
