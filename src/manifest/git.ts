// A repository that a resolved manifest builds from, with the rules that no schema has.
import type { DesiredService } from "../model/desired.ts";
import type { BuildManifest, GitManifest } from "../model/manifest-git.ts";
import { defaultBuild, usualDockerfile } from "../model/kinds/git.ts";
import type { BuildSpec, GitSource } from "../model/specs.ts";
import { checkBuildVariables } from "./env-rules.ts";
import type { Tell } from "./tell.ts";
import type { Path } from "./tree.ts";

export function gitOf(given: GitManifest): GitSource {
  const { url, sshKey, provider, repository, ref, path, submodules } = given;
  return {
    url: url ?? "",
    sshKey: sshKey ?? null,
    provider: provider ?? null,
    repository: repository ?? "",
    ...{ ref, path, submodules },
  };
}

export function buildOf(given: BuildManifest | undefined): BuildSpec {
  if (given === undefined) return defaultBuild;
  const { dockerfile, context, target, publishDirectory, registry } = given;
  return {
    ...given,
    // As it is read from the server: who writes the usual name says nothing.
    dockerfile: dockerfile === undefined || dockerfile === usualDockerfile ? null : dockerfile,
    context: context ?? null,
    target: target ?? null,
    publishDirectory: publishDirectory ?? null,
    registry: registry ?? null,
  };
}

const isHttp = (url: string): boolean => /^https?:\/\//.test(url);

/** Where the address stands, and how Dokploy comes to read it. */
function checkAddress({ url, sshKey, provider, repository }: GitManifest, tell: Tell): void {
  const needsOther = (path: Path, message: string, hint: string): void => {
    tell(["git", ...path], message, hint, "key");
  };
  if (url === undefined && provider === undefined && repository === undefined) {
    needsOther([], "needs a `url`, or a `provider` with a `repository`", "add one of them");
  }
  if (url !== undefined && provider !== undefined) {
    needsOther(["provider"], "stands beside `url`", "keep one of the two");
  }
  if (provider !== undefined && repository === undefined) {
    needsOther(["provider"], "needs a `repository`", "such as repository: acme/shop");
  }
  if (provider === undefined && repository !== undefined) {
    needsOther(["repository"], "needs a `provider`", "or write the whole address as `url`");
  }
  if (sshKey !== undefined && (url === undefined || isHttp(url))) {
    needsOther(
      ["sshKey"],
      "is for an ssh address",
      "leave it out, or write git@host:owner/name.git",
    );
  }
  if (url !== undefined && !isHttp(url) && sshKey === undefined) {
    const message = "is an ssh address, for which Dokploy needs a key";
    tell(["git", "url"], message, "name one of Dokploy's ssh keys as `sshKey`");
  }
}

export function checkGit(given: GitManifest, tell: Tell): void {
  checkAddress(given, tell);
  if (given.watchPaths === undefined) return;
  if (!given.follow) {
    tell(["git", "watchPaths"], "has no effect without `follow: true`", "add it", "key");
  }
  if (given.provider !== undefined) {
    const message = "needs a `url`: Dokploy's providers do not say which files a commit changes";
    const hint = "write the repository's address as url, or leave watchPaths out";
    tell(["git", "watchPaths"], message, hint, "key");
  }
}

/** What becomes of new commits of its branch. */
export function followingOf(
  given: GitManifest | undefined,
): Pick<DesiredService, "follows" | "watchPaths"> {
  if (given?.follow !== true) return { follows: false };
  const { watchPaths } = given;
  return { follows: true, ...(watchPaths === undefined ? {} : { watchPaths }) };
}

type BuildType = BuildManifest["type"];

/** Which types of builds use a field. */
const usedBy: Readonly<Partial<Record<keyof BuildManifest, readonly BuildType[]>>> = {
  dockerfile: ["dockerfile"],
  context: ["dockerfile"],
  target: ["dockerfile"],
  args: ["dockerfile", "static"],
  secrets: ["dockerfile", "static"],
  publishDirectory: ["static", "nixpacks"],
  spa: ["static", "nixpacks"],
  envFile: ["dockerfile", "static"],
};

function isSaid(value: BuildManifest[keyof BuildManifest]): boolean {
  if (typeof value === "object") return Object.keys(value).length > 0;
  return value !== undefined && value !== false;
}

export function checkBuild(given: BuildManifest, tell: Tell): void {
  for (const [field, types] of Object.entries(usedBy)) {
    if (types.includes(given.type) || !isSaid(given[field as keyof BuildManifest])) continue;
    const message = `is nothing that a ${given.type} build uses`;
    tell(["build", field], message, `it is for ${types.join(" and ")}`, "key");
  }
  if (given.spa && given.publishDirectory === undefined && given.type === "nixpacks") {
    tell(["build", "spa"], "needs a `publishDirectory`", "the folder that nginx serves", "key");
  }
  if (given.envFile && given.publishDirectory !== undefined) {
    const message = "has no effect with a `publishDirectory`: the file would be public";
    tell(["build", "envFile"], message, "leave it out", "key");
  }
  for (const map of ["args", "secrets"] as const) {
    for (const { key, message, hint, on } of checkBuildVariables(given[map])) {
      tell(["build", map, key], message, hint, on);
    }
  }
}

/** The field that a secret at a path makes secret; null where the value is shown in the open. */
export function gitSecretField([root, field, name]: Path): string | null {
  if (root === "git") return field === "url" ? "git.url" : null;
  if (root !== "build" || (field !== "args" && field !== "secrets")) return null;
  return `build.${field}.${String(name)}`;
}
