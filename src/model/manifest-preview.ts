// The schema of previews: a whole stack for each pull request that touches it.
import { z } from "zod";
import { overlaySchema } from "./manifest-overlay.ts";
import { duration, nonEmpty } from "./manifest-words.ts";

const secret = nonEmpty.max(200);

/** Everything of a preview but its overlay, which is merged before it is checked. */
const headShape = {
  label: nonEmpty
    .max(100)
    .default("preview")
    .describe(
      "The label of pull requests that get a preview. A comment `capstan preview` does it too.",
    ),
  ttl: duration
    .default("3d")
    .describe("How long it stays after the last push or `capstan preview`: 10m to 90d."),
  limit: z
    .int()
    .min(1)
    .max(50)
    .default(3)
    .describe(
      "Previews of this stack at a time; more of them wait. PREVIEW_LIMIT holds for all stacks.",
    ),
  secrets: z
    .union([z.array(secret), z.record(secret, secret)], {
      error: "must be a list of secrets, or a map from the stack's secrets to those of the preview",
    })
    .default([])
    .describe(
      "The secrets that a preview may read: names, or a map from the name in the stack to that of another one. What the branch says counts, not the pull request.",
    ),
};

export const previewHeadSchema = z.strictObject(headShape);

export const previewSchema = z
  .strictObject({
    ...headShape,
    overlay: overlaySchema
      .prefault({})
      .describe("Values that are merged over those of the services, as in an environment."),
  })
  .describe(
    "A whole stack of its own for each pull request that changes this one, or that goes to a branch of another repository on the Git host (FORGE) from which its services are built.",
  );
