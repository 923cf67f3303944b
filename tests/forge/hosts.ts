// Each kind of host, for tests that hold for all of them.
import type { ForgeKind } from "../../src/model/forge.ts";
import { startFakeGitea } from "../support/fake-gitea.ts";
import { startFakeGitHub } from "../support/fake-github.ts";
import { startFakeGitLab } from "../support/fake-gitlab.ts";
import type { FakeHost } from "../support/forge-hosts.ts";
import type { FakeRepository } from "../support/forge-repository.ts";

export const startHost: Readonly<
  Record<ForgeKind, () => Promise<FakeHost & { git: FakeRepository }>>
> = {
  gitea: () => startFakeGitea(),
  forgejo: () => startFakeGitea({ kind: "forgejo" }),
  github: () => startFakeGitHub(),
  gitlab: () => startFakeGitLab({ repository: "acme/stacks" }),
};
