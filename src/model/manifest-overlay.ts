// What an environment, or a preview, may say of a stack's services: any of their fields, merged over them.
import { z } from "zod";
import { applicationSchema } from "./manifest-application.ts";
import { composeSchema } from "./manifest-compose.ts";
import { databaseSchema } from "./manifest-database.ts";
import { dnsLabel, serverName } from "./manifest-words.ts";

export const overlaySchema = z.strictObject({
  server: serverName
    .optional()
    .describe("The server of Dokploy for its services that name none. Default: the stack's."),
  applications: z
    .record(dnsLabel, applicationSchema.partial())
    .default({})
    .describe("Values that are merged over those of the applications above."),
  databases: z
    .record(dnsLabel, databaseSchema.partial())
    .default({})
    .describe("Values that are merged over those of the databases above."),
  compose: z
    .record(dnsLabel, composeSchema.partial())
    .default({})
    .describe("Values that are merged over those of the compose services above."),
});
