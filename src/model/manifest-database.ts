// The schema of one database in a manifest.
import { z } from "zod";
import { nonEmpty, portNumber } from "./manifest-words.ts";
import { rolloutSchema, workloadShape } from "./manifest-workload.ts";

/** What Dokploy takes; it refuses quotes, blanks, `$`, `!`, `/` and `\\`. */
const passwordPattern = /^[a-zA-Z0-9@#%^&*()_+\-=[\]{}|;:,.<>?~`]*$/;

/** PostgreSQL cuts longer names. */
const longestIdentifier = 63;

const identifier = nonEmpty.max(longestIdentifier).regex(/^[A-Za-z_][A-Za-z0-9_-]*$/, {
  error: "must begin with a letter or _ and hold only letters, digits, _ and -",
});

const { description, image, command, args, resources, aliases, env, mounts } = workloadShape;
const { healthcheck, restart, placement, stopGracePeriod, ignore } = workloadShape;

export const databaseSchema = z.strictObject({
  type: z.enum(["postgres"]).describe("Which database it is."),
  description,
  image: image.describe("The image to run. Another major version needs allowDataLoss."),
  database: identifier.describe("The database that it is made with."),
  user: identifier.describe("The user who owns that database."),
  password: nonEmpty
    .regex(passwordPattern, {
      error: "may not hold quotes, blanks, $, !, / and \\: Dokploy refuses them",
    })
    .describe("Best a secret: $(secrets.name)"),
  command,
  args,
  resources,
  aliases,
  env,
  externalPort: portNumber
    .optional()
    .describe("The port on the server. Default: it is reached only on the network."),
  mounts: mounts.describe("More mounts; the volume of its data is always there."),
  healthcheck,
  restart,
  placement,
  stopGracePeriod,
  ignore,
  rollout: rolloutSchema
    .omit({ http: true, after: true })
    .prefault({})
    .describe("How a deployment is followed until what runs is healthy."),
  deletionPolicy: z
    .enum(["delete", "retain"])
    .default("retain")
    .describe("What becomes of it on the server when it leaves Git. Its volume stays in any case."),
  allowDataLoss: z
    .boolean()
    .default(false)
    .describe("Make changes that may lose data: another major version, database or user."),
});

export type DatabaseManifest = z.output<typeof databaseSchema>;
