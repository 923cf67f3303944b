// Which repositories are looked at for new commits, and which for new images: each once, however many services follow its
// branches or tags. Pure.
import type { DesiredService, DesiredStack } from "../../model/desired.ts";
import { imageParts } from "../../model/image-reference.ts";
import { repositoryTitle } from "../../model/kinds/git.ts";
import { imageOf, sourceOf } from "../../model/kinds/table.ts";
import type { GitSource } from "../../model/specs.ts";
import type { ImageSource } from "../../ports-registry.ts";

/** Code, or images of it. */
export type FollowedSource = GitSource | ImageSource;

export function isImages(source: FollowedSource): source is ImageSource {
  return "image" in source;
}

export interface Follower {
  readonly stack: string;
  /** The service's key. */
  readonly service: string;
  /** A branch, or a tag of an image. */
  readonly ref: string;
  /** Which files' changes make a new commit count for it; absent: any. */
  readonly watchPaths?: readonly string[];
}

export interface FollowedRepository {
  readonly key: string;
  /** Of one of its services: they differ in branch and folder alone. */
  readonly source: FollowedSource;
  /** For people, without credentials: `acme/shop`; of images as manifests name them: `ghcr.io/acme/shop`. */
  readonly title: string;
  readonly followers: readonly Follower[];
}

function keyOf(source: FollowedSource): string {
  if (isImages(source)) {
    const { image, login } = source;
    return JSON.stringify(["image", image, login?.url, login?.username, login?.password]);
  }
  const { url, sshKey, provider, repository } = source;
  return JSON.stringify([url, sshKey, provider, repository]);
}

interface Followed {
  readonly source: FollowedSource;
  readonly ref: string;
}

function imagesOf(service: DesiredService): Followed | null {
  if (service.imagePolicy?.follow !== "digest") return null;
  const { name: image, tag } = imageParts(imageOf(service) ?? "");
  const login = "registry" in service.spec ? service.spec.registry : null;
  return { source: { image, login }, ref: tag ?? "latest" };
}

function followedBy(service: DesiredService): Followed | null {
  if (service.follows !== true) return imagesOf(service);
  const source = sourceOf(service);
  return source === null ? null : { source, ref: source.ref };
}

/** In the order of the stacks. */
export function followedRepositories(
  stacks: readonly DesiredStack[],
): readonly FollowedRepository[] {
  const found = new Map<string, { source: FollowedSource; followers: Follower[] }>();
  for (const { name: stack, services } of stacks) {
    for (const service of services) {
      const followed = followedBy(service);
      if (followed === null) continue;
      const { source, ref } = followed;
      const key = keyOf(source);
      const one = found.get(key) ?? { source, followers: [] };
      found.set(key, one);
      const { watchPaths } = service;
      one.followers.push({
        ...{ stack, service: service.key, ref },
        ...(watchPaths === undefined ? {} : { watchPaths }),
      });
    }
  }
  return [...found].map(([key, { source, followers }]) => ({
    ...{ key, source, followers },
    title: isImages(source) ? source.image : repositoryTitle(source),
  }));
}

/** What is looked for there, for people: `commits of acme/shop`, `images of ghcr.io/acme/shop`. */
export function newsTitle({ source, title }: Pick<FollowedRepository, "source" | "title">): string {
  return `${isImages(source) ? "images" : "commits"} of ${title}`;
}

/** Something of which is said that it is new: a branch of `owner/name`, or images. */
export interface Pushed {
  readonly kind: "code" | "images";
  /** `owner/name`; of images also with their registry before it. */
  readonly repository: string;
}

/** Whether what is said to be new is of this repository. Registries do not say under which name others know them. */
export function isOf(
  { title, source }: Pick<FollowedRepository, "title" | "source">,
  { kind, repository }: Pushed,
): boolean {
  if (isImages(source) !== (kind === "images")) return false;
  const own = title.toLowerCase();
  const named = repository.toLowerCase();
  if (own === named) return true;
  return kind === "images" && (own.endsWith(`/${named}`) || named === `library/${own}`);
}

/** Whether a service of the stack follows what is said to be new. */
export function follows(stack: DesiredStack, pushed: Pushed): boolean {
  return followedRepositories([stack]).some((one) => isOf(one, pushed));
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
