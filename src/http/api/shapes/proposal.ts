// A proposed manifest and what explains a failure, as schemas.
import { z } from "@hono/zod-openapi";
import { problem, event, commitDetail } from "./dashboard.ts";
import { condition, rollout, stackPlan, stackSummary } from "./stack.ts";
import type { View } from "./immutable.ts";

const manifest = z
  .string({ error: "is needed: the manifest as YAML" })
  .min(1, { error: "must not be empty" })
  .max(60_000, { error: "must be 60,000 characters at most" });
const path = z
  .string()
  .max(300)
  .nullish()
  .describe(
    "The file; by default where the stack's manifest is, or `<name>.yaml` among the stacks.",
  );
const oneLine = z
  .string()
  .regex(/^[^\r\n]{1,200}$/, { error: "must be one line of 200 characters" });

export const proposedManifest = z.strictObject({ manifest, path }).openapi("ProposedManifest");
export const proposalRequest = z
  .strictObject({
    manifest,
    path,
    title: oneLine.nullish().describe("Of the pull request."),
    reason: z.string().max(5_000).nullish().describe("Why, for whoever reviews it."),
  })
  .openapi("ProposalRequest");

const planned = z.object({
  path: z.string().describe("The file that would hold it."),
  isNew: z.boolean().describe("Whether that file is new."),
  stacks: z.array(z.string()).describe("The stacks that the manifest describes."),
  line: z.string().describe("What would happen, in one line."),
  plans: z.array(stackPlan).describe("Of each stack that it would touch."),
  problems: z.array(problem).describe("Mistakes that it would bring."),
  held: z.string().nullable().describe("Why removals would wait; null when there are none."),
  withSecrets: z
    .boolean()
    .describe(
      "False: it compares manifests in Git alone; no secret was read, and no value is shown.",
    ),
});

export const manifestPlan = planned.openapi("ManifestPlan");
export type ManifestPlanView = View<typeof manifestPlan>;

export const openedProposal = planned
  .extend({
    review: z.object({ number: z.number(), url: z.string() }).describe("The pull request."),
    message: z.string(),
    by: z.string(),
  })
  .openapi("OpenedProposal");

const field = z
  .string()
  .min(1)
  .max(200, { error: "must be 200 characters at most" })
  .describe("A pattern of fields: `env.MODE`, `resources.*`.");

export const promotionRequest = z
  .strictObject({
    stack: z.string().max(100).describe("Its name, without a Dokploy."),
    from: z.string().max(100).describe("A Dokploy, or an environment of the stack."),
    to: z.string().max(100).describe("Likewise: whose manifest is changed."),
    fields: z.array(field).max(50).nullish().describe("What is promoted beside images."),
    dryRun: z.boolean().nullish().describe("Says what would be proposed, and opens nothing."),
  })
  .openapi("PromotionRequest");

const value = z.string().nullable().describe("Null: it says nothing.");

export const promotion = z
  .object({
    path: z.string().describe("The file that is changed."),
    changes: z.array(z.object({ service: z.string(), field: z.string(), from: value, to: value })),
    refused: z
      .array(z.object({ service: z.string(), field: z.string(), why: z.string() }))
      .describe("What was asked for and cannot be written."),
    left: z
      .array(z.object({ service: z.string(), field: z.string() }))
      .describe("What differs as well, and was not asked for."),
    review: z
      .object({ number: z.number(), url: z.string() })
      .nullable()
      .describe("The pull request; null: none was opened."),
    message: z.string(),
    by: z.string(),
  })
  .openapi("Promotion");

export const container = z
  .object({
    state: z.string().describe("As docker words it: `running`, `failed`, `rejected`, …"),
    failed: z.boolean(),
    error: z.string(),
    ageSeconds: z.number(),
  })
  .openapi("Container");

export const explanation = z
  .object({
    stack: stackSummary,
    conditions: z.array(condition),
    rollouts: z.array(rollout).describe("The newest of each service, with its log if it failed."),
    containers: z.array(z.object({ service: z.string(), containers: z.array(container) })),
    logs: z.array(z.object({ service: z.string(), lines: z.array(z.string()) })),
    events: z.array(event).describe("The newest last."),
    commit: commitDetail
      .nullable()
      .describe("The commit that it goes by; null when none is known."),
    problems: z.array(problem).describe("Mistakes in its manifest."),
    missing: z.array(z.string()).describe("What could not be read now, and why."),
  })
  .openapi("Explanation");
export type ExplanationView = View<typeof explanation>;

export const connection = z
  .object({
    id: z.string().describe("`dokploy.version`"),
    title: z.string(),
    status: z.enum(["pass", "warn", "fail", "skip"]),
    message: z.string(),
    next: z.string().nullable().describe("What to do about it; null when nothing is to be done."),
  })
  .openapi("Connection");
export const connectionList = z
  .object({ ok: z.boolean().describe("Nothing has failed."), connections: z.array(connection) })
  .openapi("ConnectionList");
