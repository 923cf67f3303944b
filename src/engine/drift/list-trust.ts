// Law R4 for a whole list: one that lacks projects which were known is believed when Dokploy itself says that
// they are gone. Otherwise the key has lost rights or the answer is a part, and nothing in it proves absence:
// what a lost create may have made (W3) could be in the part that is not shown.
import { CapstanError } from "../../lib/errors.ts";
import type { ObservedSnapshot } from "../../model/observed.ts";
import type { ListMore, Platform } from "../../ports.ts";

export interface ListTrust {
  /** As `platform.list`; throws `unavailable` too when it lacks what still exists. */
  list(sinceMs?: number, more?: ListMore): Promise<ObservedSnapshot>;
}

/** Of the projects that are missing so many are asked for: a part of a list lacks many, a person deletes few. */
const mostAsked = 3;

export function createListTrust(options: {
  readonly platform: Pick<Platform, "list" | "hasProject">;
  /** Ids of the projects that exist as far as is known. */
  readonly known: () => Iterable<string>;
}): ListTrust {
  const { platform, known } = options;
  return {
    async list(sinceMs, more) {
      const before = new Set(known());
      const snapshot = await platform.list(sinceMs, more);
      const listed = new Set(snapshot.projects.map(({ projectId }) => projectId));
      // What was made while the list was under way may be missing; what was deleted is not known any more.
      const missing = [...known()].filter((id) => before.has(id) && !listed.has(id));
      for (const id of missing.slice(0, mostAsked)) {
        if (!(await platform.hasProject(id))) continue;
        throw new CapstanError(
          "unavailable",
          `Dokploy's list lacks ${missing.length} projects that were there, and ${id} still exists: this list is not trusted`,
          {
            hint: "the key may have lost its rights: use one of an owner or admin of the organisation",
          },
        );
      }
      return snapshot;
    },
  };
}
