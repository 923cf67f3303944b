// What every service in a manifest has which the swarm runs from an image: Compose's words, strict, every default
// documented.
import { z } from "zod";
import { imagePattern, refuseImage } from "./image-reference.ts";
import {
  absolutePath,
  count,
  dnsLabel,
  duration,
  environmentMap,
  nonEmpty,
  serverName,
  spelled,
  urlPath,
} from "./manifest-words.ts";
import { refusing } from "./refusal.ts";

const amounts = z.strictObject({
  cpu: spelled.optional().describe('CPUs: "0.5", "2" or 250m.'),
  memory: spelled.optional().describe("Memory: 512Mi, 2Gi, 1.5G or a number of bytes."),
});

const resources = z
  .strictObject({
    limits: amounts.prefault({}).describe("More than this it never gets."),
    reservations: amounts.prefault({}).describe("This much is kept free for it."),
  })
  .describe("CPU and memory. Default: no limits, no reservations.");

const target = absolutePath.describe("The path in the container.");

const mountKinds = { error: "must be one of volume, bind, file" };

export const fileMountSchema = z
  .strictObject({
    type: z.literal("file").describe("volume, bind or file."),
    source: nonEmpty.optional().describe("A file of the repository, relative to this manifest."),
    content: z.string().optional().describe("The content itself. References are not resolved."),
    target,
  })
  .describe("A file with content from the repository.");

const mount = z.discriminatedUnion(
  "type",
  [
    z
      .strictObject({
        type: z.literal("volume").describe("volume, bind or file."),
        source: nonEmpty.describe("The volume's name; on the server it is <stack>-<source>."),
        target,
        external: z
          .boolean()
          .default(false)
          .describe("Take the name as it is, without the stack's."),
      })
      .describe("A named volume."),
    z
      .strictObject({
        type: z.literal("bind").describe("volume, bind or file."),
        source: absolutePath.describe("The path on the server."),
        target,
      })
      .describe("A folder or file of the server."),
    fileMountSchema,
  ],
  mountKinds,
);

const healthcheck = z
  .strictObject({
    test: z
      .union([nonEmpty, z.array(spelled).min(1)], {
        error: 'must be a command, or a list that begins with "CMD", "CMD-SHELL" or "NONE"',
      })
      .describe('A shell command, or a list that begins with "CMD", "CMD-SHELL" or "NONE".'),
    interval: duration.optional().describe("The pause between two checks."),
    timeout: duration.optional().describe("A check that takes longer has failed."),
    startPeriod: duration.optional().describe("Failures do not count for this long at the start."),
    retries: count.optional().describe("So many failures in a row make it unhealthy."),
  })
  .describe("How docker sees whether it is well. Default: what the image says.");

const restart = z
  .strictObject({
    condition: z
      .enum(["none", "on-failure", "any"])
      .default("any")
      .describe("After which ends it is started again."),
    delay: duration.optional().describe("The pause before it is started again."),
    maxAttempts: count.optional().describe("How often it is tried within the window."),
    window: duration.optional().describe("The time in which attempts are counted."),
  })
  .describe("When swarm starts it again. Default: swarm's.");

const placement = z
  .strictObject({
    constraints: z.array(nonEmpty).default([]).describe("For example node.labels.disk == ssd"),
    preferences: z
      .array(z.strictObject({ spread: nonEmpty.describe("For example node.labels.zone") }))
      .default([])
      .describe("Labels of nodes over which its containers are spread."),
    maxReplicasPerNode: z.int().min(1).optional().describe("No node runs more of its containers."),
  })
  .describe("On which nodes it may run.");

export const rolloutSchema = z
  .strictObject({
    timeout: duration.default("10m").describe("It must be healthy within this time."),
    stableFor: duration.default("30s").describe("It must stay up for this long."),
    http: z
      .strictObject({
        path: urlPath.default("/").describe("The path that is asked for."),
        status: z.int().min(100).max(599).default(200).describe("The status of the answer."),
      })
      .optional()
      .describe("A request to its first domain that must be answered so."),
    onFailure: z
      .enum(["keep", "rollback"])
      .default("keep")
      .describe(
        "keep leaves what failed as it is, for people to see; rollback puts the whole stack back to its last healthy revision until a commit changes it.",
      ),
    after: z
      .strictObject({
        workflow: nonEmpty
          .max(200)
          .describe("File or name of the workflow that builds the image: build.yaml"),
        repository: nonEmpty
          .max(200)
          .regex(/^[\w.-]+(?:\/[\w.-]+)+$/, { error: "must be owner/name, such as acme/shop" })
          .describe("Its repository on the Git host: owner/name"),
      })
      .optional()
      .describe("A new image waits for a green run of this workflow."),
  })
  .describe("How a deployment is followed until what runs is healthy.");

export const workloadShape = {
  description: z.string().optional().describe("One sentence for people."),
  server: serverName
    .optional()
    .describe(
      "The server of Dokploy that it runs on, by its name there; dokploy is Dokploy's own host. Default: the stack's.",
    ),
  adopt: nonEmpty
    .max(200)
    .optional()
    .describe(
      "With the stack's adopt: the unowned service to take over, by its name or id in Dokploy. Default: the one of this name.",
    ),
  image: refusing(nonEmpty, refuseImage)
    .meta({ pattern: imagePattern })
    .describe("The image to run."),
  command: nonEmpty
    .optional()
    .describe("Replaces the image's entrypoint; split at single spaces, so use args for the rest."),
  args: z.array(spelled).default([]).describe("Arguments; replace the image's command."),
  resources: resources.prefault({}),
  aliases: z
    .array(dnsLabel)
    .default([])
    .describe("More names on the network; <stack>-<service> is always one."),
  env: environmentMap
    .default({})
    .describe("The environment. ${{project.X}} is a variable of the stack."),
  mounts: z.array(mount).default([]).describe("Volumes, folders and files in its containers."),
  healthcheck: healthcheck.optional(),
  restart: restart.optional(),
  placement: placement.optional(),
  dependsOn: z
    .array(nonEmpty)
    .default([])
    .describe(
      "Services of the stack that must run before it is deployed. A database that its values name is always one.",
    ),
  stopGracePeriod: duration
    .optional()
    .describe("How long a container may take to end before it is killed. Default: docker's, 10s."),
  ignore: z
    .array(nonEmpty)
    .default([])
    .describe("Fields left to people: never compared, never written. replicas, env.DEBUG"),
};

export type WorkloadManifest = z.output<z.ZodObject<typeof workloadShape>>;
