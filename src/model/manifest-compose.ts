// The schema of one compose service in a manifest: a compose file, and what Dokploy keeps beside it.
import { z } from "zod";
import { domainSchema } from "./manifest-application.ts";
import { composeGitSchema } from "./manifest-git.ts";
import { composeBackups, composeSchedules, composeVolumeBackups } from "./manifest-timed.ts";
import { nonEmpty } from "./manifest-words.ts";
import { fileMountSchema, rolloutSchema, workloadShape } from "./manifest-workload.ts";

const { description, server, adopt, env, dependsOn, ignore } = workloadShape;

const mount = fileMountSchema.extend({
  target: fileMountSchema.shape.target.describe(
    "Where the file is: /app.conf is ../files/app.conf in the compose file.",
  ),
});

const domain = domainSchema.extend({
  service: nonEmpty.describe("The service of the compose file that it leads to."),
});

export const composeSchema = z.strictObject({
  type: z
    .enum(["docker-compose", "stack"])
    .default("docker-compose")
    .describe("docker-compose runs containers, stack services of the swarm."),
  description,
  server,
  adopt,
  file: nonEmpty
    .optional()
    .describe("The compose file in the repository, relative to this manifest."),
  content: z
    .string()
    .optional()
    .describe("The compose file itself. References are not resolved: use env and ${NAME}."),
  git: composeGitSchema.optional(),
  env: env.describe("Fills in ${NAME} in the file, and is its .env."),
  isolated: z
    .boolean()
    .default(false)
    .describe("Give it a network of its own in place of dokploy-network."),
  domains: z.array(domain).default([]).describe("Host names and the services that they lead to."),
  mounts: z.array(mount).default([]).describe("Files beside it, for the compose file to mount."),
  schedules: composeSchedules,
  backups: composeBackups,
  volumeBackups: composeVolumeBackups,
  dependsOn,
  ignore,
  rollout: rolloutSchema
    .omit({ after: true })
    .prefault({})
    .describe("How a deployment is followed until every container of it is healthy."),
  deletionPolicy: z
    .enum(["delete", "retain"])
    .optional()
    .describe(
      "What becomes of it on the server when it leaves Git. Default: retain with volumes of its own, delete without. Volumes stay in any case.",
    ),
  allowDataLoss: z.boolean().default(false).describe("Make changes that may lose data."),
});

export type ComposeManifest = z.output<typeof composeSchema>;
