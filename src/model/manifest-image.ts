// The schema of what becomes of newer images of an application.
import { z } from "zod";

export const imagePolicySchema = z
  .strictObject({
    follow: z
      .enum(["digest"])
      .describe("digest: roll out whenever the image's tag points to another image."),
  })
  .describe("What becomes of newer images. Default: nothing, the manifest alone says what runs.");

export type ImagePolicyManifest = z.output<typeof imagePolicySchema>;
