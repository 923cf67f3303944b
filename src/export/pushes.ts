// How a manifest says that Dokploy deploys a service on pushes: in a comment, with what to write for Capstan to do that.
// It does not say so by itself: both would then deploy each commit, and one that Dokploy has not deployed yet would be
// deployed by adopting.
import { sourceOf } from "../model/kinds/table.ts";
import type { ServiceDetails } from "../model/observed.ts";

/** Dokploy's patterns begin at the repository's root; of a manifest's, one without a slash fits in any folder. */
function anchored(pattern: string): string {
  return pattern.includes("/") ? pattern : `/${pattern}`;
}

/** Lines of comment for below the keys of `git`. */
export function pushLines(details: ServiceDetails): readonly string[] {
  const { pushes } = details;
  const source = sourceOf(details);
  if (pushes === undefined || source === null) return [];
  if (pushes.ofTags) return ["Dokploy deploys it on tags; Capstan follows branches alone."];
  const { watchPaths } = pushes;
  const paths = `[${watchPaths.map((path) => JSON.stringify(anchored(path))).join(", ")}]`;
  const isKnown = source.provider === null;
  return [
    "Dokploy deploys it on pushes. For Capstan to do that, take autoDeploy out of `ignore`, and write:",
    "follow: true",
    ...(watchPaths.length === 0 ? [] : [`watchPaths: ${paths}${isKnown ? "" : " # needs a url"}`]),
  ];
}
