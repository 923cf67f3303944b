// Newer images of an application, with the rules that no schema has.
import type { DesiredService, ImagePolicy } from "../model/desired.ts";
import type { ApplicationManifest } from "../model/manifest-application.ts";
import type { ImagePolicyManifest } from "../model/manifest-image.ts";
import { imageParts } from "../model/image-reference.ts";
import { readRange } from "../model/version-range.ts";
import type { Tell } from "./tell.ts";

type Given = Pick<ApplicationManifest, "image" | "git" | "imagePolicy" | "ignore">;

function checkProposing(policy: ImagePolicyManifest, image: string, tell: Tell): void {
  const { follow, range, pattern } = policy;
  if (follow === "semver" && range === undefined) {
    tell(["imagePolicy"], "needs a `range` with semver", "such as range: ~1.4", "key");
  }
  if (follow === "pattern" && pattern === undefined) {
    tell(["imagePolicy"], "needs a `pattern`", "such as pattern: main-*", "key");
  }
  if (range !== undefined && follow === "semver" && readRange(range) === null) {
    tell(["imagePolicy", "range"], "is no range of versions", "such as ~1.4, ^2 or >=1.2 <3");
  }
  if (pattern !== undefined && !/^[\w.*-]+$/.test(pattern)) {
    const message = "has what no tag has";
    tell(["imagePolicy", "pattern"], message, "letters, digits, _ . - and * for any text");
  }
  if (imageParts(image).tag === null) {
    tell(["image"], "has no tag that could become another one", `write ${image}:TAG`);
  }
}

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
  const { follow } = imagePolicy;
  for (const [name, of] of [
    ["range", ["semver"]],
    ["pattern", ["pattern"]],
    ["propose", ["semver", "pattern"]],
  ] as const) {
    if (imagePolicy[name] === undefined || (of as readonly string[]).includes(follow)) continue;
    const message = `has no effect with \`follow: ${follow}\``;
    tell(["imagePolicy", name], message, `it is for ${of.join(" and ")}`, "key");
  }
  if (follow !== "digest") checkProposing(imagePolicy, image, tell);
}

function policyOf(policy: ImagePolicyManifest): ImagePolicy {
  const { follow, range = "", pattern = "", propose = "pull-request" } = policy;
  switch (follow) {
    case "digest":
      return { follow };
    case "semver":
      return { follow, range, propose };
    case "pattern":
      return { follow, pattern, propose };
  }
}

export function imagePolicyOf({
  imagePolicy,
}: Pick<Given, "imagePolicy">): Pick<DesiredService, "imagePolicy"> {
  return imagePolicy === undefined ? {} : { imagePolicy: policyOf(imagePolicy) };
}
