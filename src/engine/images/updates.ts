// Which images have newer tags that their policies allow. Pure.
import type { DesiredService, DesiredStack } from "../../model/desired.ts";
import { imageParts } from "../../model/image-reference.ts";
import { imageOf } from "../../model/kinds/table.ts";
import { newestTag } from "../../model/newest-tag.ts";
import type { ImageSource } from "../../ports-registry.ts";

type Propose = "pull-request" | "commit";

/** A service whose newer tags are proposed. */
export interface Watched {
  readonly stack: DesiredStack;
  readonly service: DesiredService;
  /** As Git has it. */
  readonly image: string;
  readonly source: ImageSource;
  /** The same for all services that may share one list of tags. */
  readonly key: string;
}

export interface Update {
  readonly stack: string;
  /** The service's key. */
  readonly service: string;
  /** The manifest's file. */
  readonly file: string;
  readonly from: string;
  readonly to: string;
  readonly propose: Propose;
}

export function watchedIn(stacks: readonly DesiredStack[]): readonly Watched[] {
  return stacks.flatMap((stack) =>
    stack.services.flatMap((service): Watched[] => {
      const { follow } = service.imagePolicy ?? {};
      const image = imageOf(service);
      if (follow === undefined || follow === "digest" || image === null) return [];
      const login = "registry" in service.spec ? service.spec.registry : null;
      const { name } = imageParts(image);
      const key = JSON.stringify([name, login?.url, login?.username, login?.password]);
      return [{ stack, service, image, source: { image: name, login }, key }];
    }),
  );
}

/** `tags`: by the key of what is watched; what is not in it is not known. */
export function updatesOf(
  watched: readonly Watched[],
  tags: ReadonlyMap<string, readonly string[]>,
): readonly Update[] {
  return watched.flatMap(({ stack, service, image, key }): Update[] => {
    const policy = service.imagePolicy;
    if (policy === undefined || policy.follow === "digest") return [];
    const { name, tag } = imageParts(image);
    const newest = newestTag(policy, tag ?? "", tags.get(key) ?? []);
    if (newest === null) return [];
    const { file } = stack.place;
    const { propose } = policy;
    return [
      {
        stack: stack.name,
        service: service.key,
        file,
        from: image,
        to: `${name}:${newest}`,
        propose,
      },
    ];
  });
}
