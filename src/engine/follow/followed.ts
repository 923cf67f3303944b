// Which repositories are looked at for new commits: each once, however many services follow its branches. Pure.
import type { DesiredService, DesiredStack } from "../../model/desired.ts";
import { repositoryTitle } from "../../model/kinds/git.ts";
import { sourceOf } from "../../model/kinds/table.ts";
import type { GitSource } from "../../model/specs.ts";

export interface Follower {
  readonly stack: string;
  /** The service's key. */
  readonly service: string;
  readonly ref: string;
  /** Which files' changes make a new commit count for it; absent: any. */
  readonly watchPaths?: readonly string[];
}

export interface FollowedRepository {
  readonly key: string;
  /** Of one of its services: they differ in branch and folder alone. */
  readonly source: GitSource;
  /** For people, without credentials: `acme/shop`. */
  readonly title: string;
  readonly followers: readonly Follower[];
}

function keyOf({ url, sshKey, provider, repository }: GitSource): string {
  return JSON.stringify([url, sshKey, provider, repository]);
}

function followedBy(service: DesiredService): GitSource | null {
  return service.follows === true ? sourceOf(service) : null;
}

/** In the order of the stacks. */
export function followedRepositories(
  stacks: readonly DesiredStack[],
): readonly FollowedRepository[] {
  const found = new Map<string, { source: GitSource; followers: Follower[] }>();
  for (const { name: stack, services } of stacks) {
    for (const service of services) {
      const source = followedBy(service);
      if (source === null) continue;
      const key = keyOf(source);
      const one = found.get(key) ?? { source, followers: [] };
      found.set(key, one);
      const { watchPaths } = service;
      one.followers.push({
        ...{ stack, service: service.key, ref: source.ref },
        ...(watchPaths === undefined ? {} : { watchPaths }),
      });
    }
  }
  return [...found].map(([key, { source, followers }]) => ({
    ...{ key, source, followers },
    title: repositoryTitle(source),
  }));
}

/** Whether a delivery that names `owner/name` is of this repository. */
export function isOf({ title }: Pick<FollowedRepository, "title">, repository: string): boolean {
  return title.toLowerCase() === repository.toLowerCase();
}

/** Whether a service of the stack follows a branch of `owner/name`. */
export function follows(stack: DesiredStack, repository: string): boolean {
  return followedRepositories([stack]).some((one) => isOf(one, repository));
}

/** One service that follows a branch, with its repository. */
export type FollowedService = Omit<Follower, "stack" | "service"> &
  Pick<FollowedRepository, "key" | "source" | "title">;

/** The services of one stack that follow a branch, by their keys. */
export function followedServices(stack: DesiredStack): ReadonlyMap<string, FollowedService> {
  return new Map(
    followedRepositories([stack]).flatMap(({ key, source, title, followers }) =>
      followers.map(({ service, ref, watchPaths }): [string, FollowedService] => [
        service,
        { key, source, title, ref, ...(watchPaths === undefined ? {} : { watchPaths }) },
      ]),
    ),
  );
}
