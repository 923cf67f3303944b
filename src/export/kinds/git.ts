// What a manifest says of a repository that a service is built from.
import { defaultBuild } from "../../model/kinds/git.ts";
import type { BuildSpec, GitSource } from "../../model/specs.ts";
import { say, sayAll } from "./kind.ts";
import type { Body } from "./kind.ts";

export function gitBody(git: GitSource | null, defaultPath: string): Body {
  if (git === null) return {};
  return {
    git: {
      ...say("url", git.url, ""),
      ...say("sshKey", git.sshKey),
      ...say("provider", git.provider),
      ...say("repository", git.repository, ""),
      ...say("ref", git.ref, "main"),
      ...say("path", git.path, defaultPath),
      ...say("submodules", git.submodules, false),
    },
  };
}

export function buildBody(build: BuildSpec | null): Body {
  if (build === null) return {};
  const said = (Object.keys(defaultBuild) as (keyof BuildSpec)[]).map((key) =>
    say(key, build[key], defaultBuild[key]),
  );
  return sayAll("build", Object.assign({}, ...said) as Body);
}
