// The tags of repositories, each listed once for all services that follow them, and what keeps a list from being read.
import { describeError } from "../../lib/errors.ts";
import type { Registry } from "../../ports-registry.ts";
import type { Watched } from "./updates.ts";

export interface TagLists {
  /** Asks for each list anew. By key; one that cannot be read stays as it was. Never rejects. */
  read(watched: readonly Watched[]): Promise<ReadonlyMap<string, readonly string[]>>;
}

export function createTagLists(
  registry: Pick<Registry, "tags">,
  failed: (image: string, error: string | null) => void,
): TagLists {
  const known = new Map<string, readonly string[]>();
  const errors = new Map<string, string>();
  return {
    async read(watched) {
      const all = new Map(watched.map(({ key, source }) => [key, source]));
      for (const key of [...known.keys(), ...errors.keys()]) {
        if (all.has(key)) continue;
        known.delete(key);
        errors.delete(key);
      }
      for (const [key, source] of all) {
        let error: string | null = null;
        try {
          known.set(key, await registry.tags(source));
        } catch (thrown) {
          error = describeError(thrown);
        }
        if ((errors.get(key) ?? null) === error) continue;
        if (error === null) errors.delete(key);
        else errors.set(key, error);
        failed(source.image, error);
      }
      return known;
    },
  };
}
