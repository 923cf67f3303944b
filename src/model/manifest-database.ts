// The schema of one database in a manifest.
import { z } from "zod";
import { databaseKinds } from "./kinds/database-rows.ts";
import { backups, databaseVolumeBackups } from "./manifest-timed.ts";
import { nonEmpty, portNumber } from "./manifest-words.ts";
import { rolloutSchema, workloadShape } from "./manifest-workload.ts";

/** What Dokploy takes; it refuses quotes, blanks, `$`, `!`, `/` and `\\`. */
const passwordPattern = /^[a-zA-Z0-9@#%^&*()_+\-=[\]{}|;:,.<>?~`]*$/;

/** PostgreSQL cuts longer names; the others take no longer ones. */
const longestIdentifier = 63;

const identifier = nonEmpty.max(longestIdentifier).regex(/^[A-Za-z_][A-Za-z0-9_-]*$/, {
  error: "must begin with a letter or _ and hold only letters, digits, _ and -",
});

const password = nonEmpty.regex(passwordPattern, {
  error: "may not hold quotes, blanks, $, !, / and \\: Dokploy refuses them",
});

const { description, server, adopt, image, command, args, resources, aliases, env, mounts } =
  workloadShape;
const { healthcheck, restart, placement, stopGracePeriod, dependsOn, ignore } = workloadShape;

/** Dokploy writes it between double quotes. */
const primaryAddress = z.string().regex(/^https?:\/\/[^\s"'`$\\]+$/, {
  error: "must be the address of a primary, such as http://$(services.NAME.host):5001",
});

export const databaseSchema = z.strictObject({
  type: z.enum(databaseKinds).describe("Which database it is."),
  description,
  server,
  adopt,
  image: image
    .optional()
    .transform((given) => given ?? "")
    .describe(
      "The image to run, of all but libsql, whose image Dokploy chooses. Another major version needs allowDataLoss.",
    ),
  database: identifier
    .optional()
    .describe("The database that it is made with. Of postgres, mysql and mariadb."),
  user: identifier.optional().describe("The user who owns it. Of all but redis."),
  password: password.describe("Best a secret: $(secrets.name)"),
  rootPassword: password
    .optional()
    .describe("The password of root. Of mysql and mariadb. Best a secret: $(secrets.name)"),
  command,
  args,
  resources,
  aliases,
  env,
  externalPort: portNumber
    .optional()
    .describe("The port on the server. Default: it is reached only on the network."),
  externalGrpcPort: portNumber
    .optional()
    .describe("Of libsql: the port on the server for its replicas. Default: none."),
  externalAdminPort: portNumber
    .optional()
    .describe("Of libsql: the port on the server for its administration. Default: none."),
  replicaOf: primaryAddress
    .optional()
    .describe("Of libsql: the address of the primary that it copies. Default: it is a primary."),
  namespaces: z
    .boolean()
    .default(false)
    .describe("Of libsql: hold many databases, each named by the host that a request is for."),
  mounts: mounts.describe("More mounts; the volume of its data is always there."),
  backups,
  volumeBackups: databaseVolumeBackups,
  healthcheck,
  restart,
  placement,
  stopGracePeriod,
  dependsOn,
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
    .describe("Make changes that may lose data: another major version, database, user or server."),
});

export type DatabaseManifest = z.output<typeof databaseSchema>;
