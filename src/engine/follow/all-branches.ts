// Branches of all repositories: by their addresses, or as one of Dokploy's Git providers sees them.
import { CapstanError } from "../../lib/errors.ts";
import type { Branches, Platform } from "../../ports.ts";

/** `byAddress` absent: repositories are only known through providers. */
export function allBranches(
  platform: Pick<Platform, "branches">,
  byAddress: Branches | undefined,
): Branches {
  return {
    async changed(source, from, to) {
      if (source.provider !== null || byAddress === undefined) return null;
      return byAddress.changed(source, from, to);
    },
    async heads(source, refs) {
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
