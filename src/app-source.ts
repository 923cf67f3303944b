// Where the stacks are read: a folder where one is named, else GIT_URL, else a repository of Capstan's own.
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import type { OpenOptions } from "./cli/context.ts";
import type { Config } from "./config.ts";
import { createBranches } from "./git/branches.ts";
import { createFolderSource } from "./git/folder-source.ts";
import type { GitCommitterOptions } from "./git/git-committer.ts";
import { createGitSource } from "./git/git-source.ts";
import { openOwnRepository } from "./git/own-repository.ts";
import type { Clock } from "./lib/clock.ts";
import { CapstanError } from "./lib/errors.ts";
import type { Logger } from "./lib/logger.ts";
import type { Proposals } from "./ports-forge.ts";
import type { Branches, Commits, Source } from "./ports.ts";

export type Repository = Pick<GitCommitterOptions, "url" | "credentials">;

export interface OpenedSource {
  readonly source: Source;
  /** Where the branches point that services are built from. */
  readonly branches: Branches;
  /** Where pull requests are read; null for a folder and for a repository of its own. */
  readonly proposals: (Source & Proposals) | null;
  /** What Git tells of commits; null for a folder. */
  readonly commits: Commits | null;
  /** Where commits are pushed to; null for a folder. */
  readonly repository: Repository | null;
  readonly stacksPath: string;
  /** The folder of the repository of its own; null when there is another source. */
  readonly ownRepository: string | null;
}

export interface SourceOpening {
  readonly config: Config;
  readonly options: OpenOptions;
  readonly logger: Logger;
  /** Whether a repository of its own may be made. */
  readonly mayMake: boolean;
  /** Where relative paths begin. */
  readonly folder: string;
  readonly clock: Clock;
}

function credentialsOf({ git }: Config, folder: string): Repository["credentials"] {
  if (git === null) return {};
  const { username, token, sshKeyFile, knownHostsFile } = git;
  return {
    ...(username === null ? {} : { username }),
    ...(token === null ? {} : { token }),
    ...(sshKeyFile === null ? {} : { sshKeyFile: resolve(folder, sshKeyFile) }),
    ...(knownHostsFile === null ? {} : { knownHostsFile: resolve(folder, knownHostsFile) }),
  };
}

const ownRepositoryOf = ({ stateDir }: Config, folder: string): string =>
  join(resolve(folder, stateDir), "stacks.git");

/** Without GIT_URL, before `run` has made a repository of its own. */
export function hasNoRepository(config: Config, folder: string): boolean {
  return config.git === null && !existsSync(ownRepositoryOf(config, folder));
}

/** Throws `invalid` when there is nothing to read and nothing may be made. */
export async function openSource(opening: SourceOpening): Promise<OpenedSource> {
  const { config, options, logger, mayMake, folder, clock } = opening;
  const stateDir = resolve(folder, config.stateDir);
  if (options.source !== null) {
    const dir = resolve(folder, options.source);
    const policies = { path: config.policiesPath };
    const source = createFolderSource({ dir, clock, logger, leaveOut: stateDir, policies });
    const branches = createBranches({ own: null, stateDir, logger });
    const nothing = { proposals: null, commits: null, repository: null, ownRepository: null };
    return { source, branches, ...nothing, stacksPath: "" };
  }
  const { stacksPath, policiesPath, branch } = config;
  const read = (repository: Repository): Source & Proposals & Commits =>
    createGitSource({
      ...{ ...repository, branch, path: stacksPath, policiesPath },
      ...{ stateDir, clock, logger },
    });
  if (config.git !== null) {
    const repository = { url: config.git.url, credentials: credentialsOf(config, folder) };
    const source = read(repository);
    const branches = createBranches({ own: repository, stateDir, logger });
    const opened = { source, branches, proposals: source, commits: source };
    return { ...opened, repository, stacksPath, ownRepository: null };
  }
  const ownRepository = ownRepositoryOf(config, folder);
  if (!mayMake && hasNoRepository(config, folder)) {
    throw new CapstanError("invalid", "there are no stacks to read: GIT_URL is not set", {
      hint: "set GIT_URL, or name a folder with --source",
    });
  }
  await openOwnRepository(ownRepository, branch);
  const repository = { url: ownRepository, credentials: {} };
  const source = read(repository);
  const branches = createBranches({ own: null, stateDir, logger });
  return {
    source,
    branches,
    proposals: null,
    commits: source,
    repository,
    stacksPath,
    ownRepository,
  };
}
