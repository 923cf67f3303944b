// The schema of what becomes of newer images of an application.
import { z } from "zod";

const text = z.string().min(1).max(200);

export const imagePolicySchema = z
  .strictObject({
    follow: z
      .enum(["digest", "semver", "pattern"])
      .describe(
        "digest: roll out whenever the image's tag points to another image. semver and pattern: propose newer tags in Git.",
      ),
    range: text
      .optional()
      .describe("With semver: which versions, such as ~1.4 (1.4.x), ^1 (1.x.y) or >=1.2 <3."),
    pattern: text
      .optional()
      .describe(
        "With pattern: which tags, such as main-*; * is any text, and numbers are compared by value.",
      ),
    propose: z
      .enum(["pull-request", "commit"])
      .optional()
      .describe("With semver and pattern: how. Default: pull-request."),
  })
  .describe("What becomes of newer images. Default: nothing, the manifest alone says what runs.");

export type ImagePolicyManifest = z.output<typeof imagePolicySchema>;
