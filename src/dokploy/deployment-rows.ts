// The rows that Dokploy keeps of deployments.
import { z } from "zod";

const commitText = /^Commit: ([0-9a-f]{40}|[0-9a-f]{64})$/;

export const deploymentRows = z.array(
  z
    .object({
      deploymentId: z.string(),
      title: z.string().default(""),
      description: z.string().nullable().default(null),
      status: z
        .enum(["running", "done", "error", "cancelled"])
        .nullable()
        .transform((status) => status ?? "running"),
      createdAt: z.string(),
    })
    .transform(({ description, ...row }) => {
      const commit = commitText.exec(description ?? "")?.[1];
      return commit === undefined ? row : { ...row, commit };
    }),
);

/** ISO texts compare like the times that they are. */
export function newestFirst(
  a: { readonly createdAt: string },
  b: { readonly createdAt: string },
): number {
  return a.createdAt < b.createdAt ? 1 : a.createdAt > b.createdAt ? -1 : 0;
}
