// Which workflows build the images of stacks: those that they name (`rollout.after`), and, for images in the
// registry of the Git host itself, whatever runs in the repository of that name. Pure.
import type { DesiredStack } from "../../model/desired.ts";
import { imageOf } from "../../model/kinds/table.ts";

export interface BuildSource {
  readonly repository: string;
  /** Null: any; an image's address alone names the repository, and that is a guess. */
  readonly workflow: string | null;
  /** Stacks whose images it builds, sorted. */
  readonly stacks: readonly string[];
}

/**
 * `acme/shop` of `git.example.com/acme/shop:1.2`; null for an image of another registry. A registry's first
 * two names are taken, as most images are called like their repository; GitLab's groups in groups are not found.
 */
export function repositoryOf(image: string, registryHost: string | null): string | null {
  const [host = "", owner = "", last = ""] = image.replace(/@.*$/, "").split("/");
  if (host.toLowerCase() !== registryHost?.toLowerCase()) return null;
  const repository = `${owner}/${last.replace(/:.*$/, "")}`;
  return /^\w[\w.-]*\/\w[\w.-]*$/.test(repository) ? repository : null;
}

/** Each workflow once, sorted by repository and workflow. A named one stands for its whole repository. */
export function buildSources(
  stacks: readonly DesiredStack[],
  registryHost: string | null,
): readonly BuildSource[] {
  const found = new Map<string, { repository: string; workflow: string | null; by: Set<string> }>();
  const named = new Set<string>();
  for (const { name, services } of stacks) {
    for (const service of services) {
      const { after } = service.rollout;
      const image = imageOf(service);
      const repository =
        after?.repository ?? (image === null ? null : repositoryOf(image, registryHost));
      if (repository === null) continue;
      const workflow = after?.workflow ?? null;
      if (after !== null) named.add(`${name} ${repository}`);
      const key = `${repository} ${workflow ?? ""}`;
      const one = found.get(key) ?? { repository, workflow, by: new Set<string>() };
      found.set(key, one);
      one.by.add(name);
    }
  }
  return [...found]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, { repository, workflow, by }]) => {
      const needed = [...by].filter(
        (one) => workflow !== null || !named.has(`${one} ${repository}`),
      );
      return { repository, workflow, stacks: needed.sort() };
    })
    .filter(({ stacks: needed }) => needed.length > 0);
}
