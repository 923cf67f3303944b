// Which repositories stacks with previews are built from, beside that of the stacks: their pull requests may have
// previews too. Pure.
import type { DesiredStack } from "../../model/desired.ts";
import { sourceOf } from "../../model/kinds/table.ts";
import { isSameRepository } from "../../model/preview-name.ts";
import type { RepositoryAddress } from "../../manifest/preview/head.ts";

/** `owner/name` of what is on the Git host, as its API calls it; null for what is elsewhere. */
export type RepositoryOf = (address: RepositoryAddress) => string | null;

/** A branch from which a stack is built. */
export interface BuiltFrom {
  readonly stack: string;
  readonly repository: string;
  readonly branch: string;
}

/** A preview has the services of production alone. */
const ofPreviews = "production";

/** In the order of the stacks, each branch once. */
export function builtFrom(
  { name: stack, preview, services }: DesiredStack,
  repositoryOf: RepositoryOf,
): readonly BuiltFrom[] {
  if (preview === undefined) return [];
  const found = new Map<string, BuiltFrom>();
  for (const service of services) {
    const source = service.environment === ofPreviews ? sourceOf(service) : null;
    const repository = source === null ? null : repositoryOf(source);
    if (source === null || repository === null) continue;
    const key = JSON.stringify([repository.toLowerCase(), source.ref]);
    if (!found.has(key)) found.set(key, { stack, repository, branch: source.ref });
  }
  return [...found.values()];
}

/** The stacks that are built from this branch of a repository. */
export function stacksBuiltFrom(
  all: readonly BuiltFrom[],
  repository: string,
  branch: string,
): readonly string[] {
  const mine = all.filter(
    (one) => one.branch === branch && isSameRepository(one.repository, repository),
  );
  return [...new Set(mine.map(({ stack }) => stack))];
}
