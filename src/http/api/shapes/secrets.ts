// Names of secrets, as a schema.
import { z } from "@hono/zod-openapi";

const line = z
  .object({
    name: z.string(),
    state: z
      .enum(["used", "unused", "missing", "refused", "unreadable"])
      .describe(
        "`missing`: it stands nowhere. `refused`: it serves other folders, or stands in two places. `unreadable`: whether it is there cannot be told now.",
      ),
    source: z.string().nullable().describe("Where it stands; null where it stands nowhere."),
    users: z
      .array(
        z.object({
          stack: z.string(),
          fields: z
            .array(z.string())
            .describe("Which of its fields hold it; empty where the stack could not be loaded."),
        }),
      )
      .describe("Stacks that ask for it."),
    problem: z.string().nullable().describe("Why it is refused."),
  })
  .openapi("Secret");

export const secretList = z
  .object({
    secrets: z.array(line),
    outages: z.array(z.string()).describe("Sources that cannot be read now."),
  })
  .openapi("SecretList");
