// The edge towards registries of images as a contract: where tags point.
import type { RegistryLogin } from "./model/specs.ts";

/** A repository of images, as manifests name it: `ghcr.io/acme/shop`, or `nginx` of Docker Hub. */
export interface ImageSource {
  /** Without tag and digest. */
  readonly image: string;
  /** Sent to the registry for which it is, and to nobody else; null: anybody may read it. */
  readonly login: RegistryLogin | null;
}

/**
 * Registries, each asked at most as fast as it allows. Throws `unavailable` when one cannot be reached or answers
 * something else, `rate-limited` while it wants to be left alone, `unauthorised` and `forbidden` when it shows nothing
 * to this login; messages stay the same while the cause does.
 */
export interface Registry {
  /** What a tag points to: `sha256:…`, of the list where it has several platforms. Null: there is no such tag. */
  digest(source: ImageSource, tag: string): Promise<string | null>;
  /** All tags of a repository, in no order, 20,000 at most; `not-found` when there is no such repository. */
  tags(source: ImageSource): Promise<readonly string[]>;
}
