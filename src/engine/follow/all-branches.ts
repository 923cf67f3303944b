// What is followed, of all repositories: branches by their addresses, or as one of Dokploy's Git providers sees them, and
// tags of images as their registries tell.
import { CapstanError } from "../../lib/errors.ts";
import type { GitSource } from "../../model/specs.ts";
import type { Branches, Platform } from "../../ports.ts";
import type { ImageSource, Registry } from "../../ports-registry.ts";
import { isImages } from "./followed.ts";
import type { FollowedSource } from "./followed.ts";

export interface AllBranches extends Pick<Branches, "changed"> {
  /** By the names of branches or tags, commits or digests; what there is not is left out. Throws as the ports do. */
  heads(source: FollowedSource, refs: readonly string[]): Promise<ReadonlyMap<string, string>>;
}

export interface BranchParts {
  readonly platform: Pick<Platform, "branches">;
  /** Absent: repositories are only known through providers. */
  readonly branches?: Branches;
  /** Absent: no registry can be asked. */
  readonly registry?: Registry;
}

async function digests(
  registry: Registry | undefined,
  source: ImageSource,
  tags: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  if (registry === undefined) {
    throw new CapstanError("unsupported", "registries cannot be asked here");
  }
  const found = new Map<string, string>();
  for (const tag of tags) {
    const digest = await registry.digest(source, tag);
    if (digest !== null) found.set(tag, digest);
  }
  return found;
}

export function allBranches({ platform, branches: byAddress, registry }: BranchParts): AllBranches {
  return {
    async changed(source: GitSource, from, to) {
      if (source.provider !== null || byAddress === undefined) return null;
      return byAddress.changed(source, from, to);
    },
    async heads(source, refs) {
      if (isImages(source)) return digests(registry, source, refs);
      const { provider, repository } = source;
      if (provider !== null) {
        const all = await platform.branches(provider, repository);
        return new Map([...all].filter(([name]) => refs.includes(name)));
      }
      if (byAddress !== undefined) return byAddress.heads(source, refs);
      throw new CapstanError("unsupported", "repositories cannot be read here");
    },
  };
}
