// The schemas of the two kinds of manifest. They describe a manifest whose references are resolved; the
// JSON Schema for editors allows `$(…)` in every place (manifest/json-schema).
import { z } from "zod";
import { applicationSchema } from "./manifest-application.ts";
import { composeSchema } from "./manifest-compose.ts";
import { databaseSchema } from "./manifest-database.ts";
import { overlaySchema } from "./manifest-overlay.ts";
import { previewSchema } from "./manifest-preview.ts";
import {
  apiVersion,
  dnsLabel,
  duration,
  environmentMap,
  longestName,
  nonEmpty,
  serverName,
  spelled,
} from "./manifest-words.ts";

const serviceName = dnsLabel;

/** Where a stack has its services, in the order in which people are told of them. */
export const sections = ["applications", "databases", "compose"] as const;
export type Section = (typeof sections)[number];

export function isServiceName(name: string): boolean {
  return serviceName.safeParse(name).success;
}

const syncWindow = z.strictObject({
  allow: nonEmpty.describe(
    'When the window opens, as cron: "0 6 * * 1-5". A day must match both day fields.',
  ),
  for: duration.describe("How long it stays open: 1m to 7d."),
  timezone: nonEmpty.default("UTC").describe("Europe/Amsterdam"),
});

const sync = z
  .strictObject({
    selfHeal: z.boolean().default(true).describe("Correct what somebody changed in Dokploy."),
    drift: z
      .enum(["correct", "propose"])
      .default("correct")
      .describe(
        "correct puts back what somebody changed in Dokploy; propose leaves it there and opens a pull request that writes it into the manifest. Closing that pull request puts it back.",
      ),
    prune: z.boolean().default(true).describe("Remove what Git no longer has."),
    windows: z.array(syncWindow).default([]).describe("Times for changes. Default: always."),
  })
  .describe("When and what may be changed.");

/** Everything of a stack but its services: the same keys in a Stack and in a template's body. */
const headerShape = {
  description: z.string().optional().describe("One sentence for people."),
  project: nonEmpty
    .max(120)
    .regex(/^\S(?:.*\S)?$/, { error: "must be one line without spaces at its ends" })
    .optional()
    .describe("The Dokploy project's name. Default: metadata.name."),
  server: serverName
    .optional()
    .describe(
      "The server of Dokploy for services that name none, by its name there. Default: Dokploy's own host.",
    ),
  dependsOn: z.array(dnsLabel).default([]).describe("Stacks that must be ready first."),
  deletionPolicy: z
    .enum(["delete", "retain"])
    .default("delete")
    .describe("What becomes of it on the server when it leaves Git."),
  suspend: z.boolean().default(false).describe("Change nothing for now."),
  adopt: z
    .union([z.boolean(), nonEmpty], { error: "must be true, false or a project's id" })
    .default(false)
    .describe("Take over the one unowned project of that name; or a project's id."),
  sync: sync.prefault({}),
  variables: environmentMap.default({}).describe("The project's shared env: ${{project.X}}."),
};

const servicesShape = {
  applications: z
    .record(serviceName, applicationSchema)
    .default({})
    .describe("The services that run from images."),
  databases: z
    .record(serviceName, databaseSchema)
    .default({})
    .describe("The databases, each with a volume of its own."),
  compose: z
    .record(serviceName, composeSchema)
    .default({})
    .describe("Compose files, each run as a whole."),
  environments: z
    .record(dnsLabel, overlaySchema)
    .default({})
    .describe("Default: production alone. Each is the services with its overlay merged over it."),
  preview: previewSchema.optional(),
};

const metadata = z.strictObject({
  name: dnsLabel.max(longestName).describe("A DNS label of 1 to 40 characters."),
  labels: z.record(z.string(), spelled).default({}).describe("For people and for filters."),
  previousName: dnsLabel.optional().describe("The stack's name before it was renamed."),
});

export const stackHeaderSchema = z.strictObject(headerShape);

export const metadataSchema = metadata;

export const stackSchema = z
  .strictObject({
    apiVersion: z.literal(apiVersion).describe("The version of this format."),
    kind: z.literal("Stack").describe("A stack; templates are of kind StackTemplate."),
    metadata: metadata.describe("What it is called."),
    spec: z
      .strictObject({
        template: dnsLabel.optional().describe("The StackTemplate that it is made from."),
        parameters: z
          .record(z.string(), z.unknown())
          .default({})
          .describe("Values of the template's parameters."),
        dokploy: dnsLabel
          .optional()
          .describe(
            "The Dokploy that it runs on, by its name in DOKPLOY_SERVERS_FILE. Default: what that file says.",
          ),
        ...headerShape,
        ...servicesShape,
      })
      .prefault({})
      .describe("What it is."),
  })
  .describe("One Dokploy project and all that is in it.");

export const parameterTypes = ["string", "integer", "number", "boolean", "list", "map"] as const;
export type ParameterType = (typeof parameterTypes)[number];

const parameter = z.strictObject({
  type: z.enum(parameterTypes).default("string"),
  description: z.string().optional(),
  default: z.unknown().optional(),
  enum: z.array(z.unknown()).min(1).optional().describe("The values that are allowed."),
  required: z
    .boolean()
    .optional()
    .describe(
      "Default: true without a default. An optional one that is not given removes its key.",
    ),
});

const names = z
  .strictObject({
    minLength: z.int().min(1).max(longestName).default(1),
    maxLength: z.int().min(1).max(longestName).default(longestName),
    reserved: z.array(nonEmpty).default([]).describe("Names nobody may take."),
  })
  .describe("The rule for the names of its stacks. RESERVED_NAMES is always reserved too.");

export const templateSchema = z
  .strictObject({
    apiVersion: z.literal(apiVersion),
    kind: z.literal("StackTemplate"),
    metadata: metadata.omit({ previousName: true }),
    spec: z.strictObject({
      description: z.string().optional(),
      names: names.prefault({}),
      parameters: z.record(z.string(), parameter).default({}),
      rollout: z
        .strictObject({
          maxParallel: z.int().min(1).optional().describe("Stacks at a time. Default: no limit."),
          stopOnFailure: z.boolean().default(false).describe("Stop at the first that fails."),
        })
        .prefault({})
        .describe("How a change of the template reaches its stacks."),
      stack: z
        .strictObject({ ...headerShape, ...servicesShape })
        .describe("What a stack made from it is, before its own keys are merged over it."),
    }),
  })
  .describe("A stack with parameters.");

export type TemplateManifest = z.output<typeof templateSchema>;
export type TemplateRollout = TemplateManifest["spec"]["rollout"];
