// On what Dokploy deploys a service by itself: pushes to its repository, and of those only some.
import { z } from "zod";
import type { ServiceDetails } from "../model/observed.ts";

export const pushesShape = {
  autoDeploy: z.boolean().nullable().default(false),
  triggerType: z.string().nullable().default("push"),
  watchPaths: z.array(z.string()).nullable().default(null),
};

export function readPushes(
  row: z.output<z.ZodObject<typeof pushesShape>>,
): Pick<ServiceDetails, "pushes"> {
  if (row.autoDeploy !== true) return {};
  return { pushes: { ofTags: row.triggerType === "tag", watchPaths: row.watchPaths ?? [] } };
}
