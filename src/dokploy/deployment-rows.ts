// The rows that Dokploy keeps of deployments.
import { z } from "zod";

export const deploymentRows = z.array(
  z.object({
    deploymentId: z.string(),
    title: z.string().default(""),
    status: z
      .enum(["running", "done", "error", "cancelled"])
      .nullable()
      .transform((status) => status ?? "running"),
    createdAt: z.string(),
  }),
);

/** ISO texts compare like the times that they are. */
export function newestFirst(
  a: { readonly createdAt: string },
  b: { readonly createdAt: string },
): number {
  return a.createdAt < b.createdAt ? 1 : a.createdAt > b.createdAt ? -1 : 0;
}
