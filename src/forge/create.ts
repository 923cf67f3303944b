// The adapter of a kind of Git host.
import type { ForgeKind } from "../model/forge.ts";
import type { ForgeDoctor } from "../ports-diagnosis.ts";
import type { Forge } from "../ports-forge.ts";
import { createGitea } from "./gitea/gitea.ts";
import { createGitHub } from "./github/github.ts";
import { createGitLab } from "./gitlab/gitlab.ts";
import type { ForgeOptions, HostOptions, Repositories } from "./options.ts";

/** Throws `invalid` when the address is none; asks nothing of the host yet. */
export function createForges(kind: ForgeKind, options: HostOptions): Repositories {
  switch (kind) {
    case "gitea":
    case "forgejo":
      return createGitea(options, kind);
    case "github":
      return createGitHub(options);
    case "gitlab":
      return createGitLab(options);
  }
}

/** One repository. Throws `invalid` when address or repository are none. */
export function createForge(kind: ForgeKind, options: ForgeOptions): Forge & ForgeDoctor {
  return createForges(kind, options)(options.repository);
}
