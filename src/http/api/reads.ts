// What the server's own pages show: the same data as the API's answers, cleaned of secrets.
import type { Person } from "../../model/person.ts";
import { cleaned } from "./cleaned.ts";
import { listCommits, readCommit } from "./commits.ts";
import type { FeedFilter } from "./feed.ts";
import { listQuery } from "./input.ts";
import type { ListQuery } from "./input.ts";
import { readOrphans, readOverview, readProblems } from "./overview.ts";
import type { ReadParts } from "./parts.ts";
import { readStack } from "./stack-detail.ts";
import { listStacks } from "./stack-reads.ts";
import { eventView } from "./views.ts";

/** All of them throw as the API's addresses do. */
export type Reads = ReturnType<typeof createReads>;

export function createReads(parts: ReadParts) {
  const clean = <T>(value: T): T => cleaned(value, parts.redact);
  return {
    /** `person`: who looks; null: nobody signed in. */
    overview: async (person: Person | null) => clean(await readOverview(parts, person)),
    stacks: async (query: Partial<ListQuery> = {}) =>
      clean(await listStacks({ ...listQuery.parse({}), ...query }, parts)),
    stack: async (name: string, person: Person) => clean(await readStack(name, person, parts)),
    commits: async (limit: number) => clean(await listCommits(limit, parts)),
    commit: async (sha: string) => clean(await readCommit(sha, parts)),
    problems: () => clean(readProblems(parts)),
    orphans: () => clean(readOrphans(parts)),
    /** The newest `limit` that pass, the newest last. */
    events(filter: FeedFilter, limit: number) {
      const { events, older } = parts.feed.page(filter, limit);
      return clean({ events: events.map(eventView), older });
    },
  };
}
