// Newer images of an application, with the rules that no schema has.
import type { DesiredService } from "../model/desired.ts";
import type { ApplicationManifest } from "../model/manifest-application.ts";
import type { Tell } from "./tell.ts";

type Given = Pick<ApplicationManifest, "image" | "git" | "imagePolicy" | "ignore">;

export function checkImagePolicy(
  { image = "", git, imagePolicy, ignore }: Given,
  tell: Tell,
): void {
  if (imagePolicy === undefined) return;
  if (git !== undefined) {
    const hint = "write git.follow: true to deploy new commits";
    tell(["imagePolicy"], "has no effect with `git`", hint, "key");
    return;
  }
  if (image.includes("@")) {
    const message = "names a digest, which never changes";
    tell(["image"], message, "write the tag that is followed, without @sha256:…");
  }
  if (ignore.includes("image")) {
    const message = "has no effect: `image` is ignored, so that people choose it in Dokploy";
    tell(["imagePolicy"], message, "leave one of the two out", "key");
  }
}

export function imagePolicyOf({
  imagePolicy,
}: Pick<Given, "imagePolicy">): Pick<DesiredService, "imagePolicy"> {
  return imagePolicy === undefined ? {} : { imagePolicy };
}
