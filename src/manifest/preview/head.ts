// What a preview builds for a pull request of an application's repository: the services that are built from the branch
// into which it goes are built from its own branch instead, and follow it. Pure.
import type { GitSource } from "../../model/specs.ts";
import { usualRef } from "../../model/manifest-git.ts";
import type { Entry, TreeNode } from "../tree.ts";
import { child, scalar, textOf } from "../tree.ts";

/** The address of a repository, whatever is built of it. */
export type RepositoryAddress = Pick<GitSource, "url" | "provider" | "repository">;

export interface PreviewHead {
  /** The branch that has the pull request's commits. */
  readonly branch: string;
  /** The branch into which it goes. */
  readonly base: string;
  /** Whether this is its repository. */
  readonly isOf: (address: RepositoryAddress) => boolean;
}

/** A service with its references resolved, as its preview has it. */
export function withHead(service: TreeNode, head: PreviewHead | null): TreeNode {
  const git = child(service, "git");
  if (head === null || service.kind !== "map" || git?.kind !== "map") return service;
  const address = {
    url: textOf(child(git, "url")) ?? "",
    provider: textOf(child(git, "provider")),
    repository: textOf(child(git, "repository")) ?? "",
  };
  const ref = child(git, "ref");
  if (!head.isOf(address) || (ref === undefined ? usualRef : textOf(ref)) !== head.base) {
    return service;
  }
  const place = ref?.place ?? git.place;
  const own = (value: string | boolean): Entry => ({
    keyPlace: place,
    node: scalar(value, place),
  });
  const entries = new Map([
    ...git.entries,
    ["ref", own(head.branch)] as const,
    ["follow", own(true)] as const,
  ]);
  const entry: Entry = {
    keyPlace: service.entries.get("git")?.keyPlace ?? place,
    node: { ...git, entries },
  };
  return { ...service, entries: new Map([...service.entries, ["git", entry]]) };
}
