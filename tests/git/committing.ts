// What the tests of commits share: a committer, what it is asked for, and hooks of the repository.
import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach } from "vitest";
import {
  createGitCommitter,
  type GitCommitter,
  type GitCommitterOptions,
} from "../../src/git/git-committer.ts";
import { systemClock } from "../../src/lib/clock.ts";
import { silentLogger } from "../../src/lib/logger.ts";
import type { CommitRequest } from "../../src/model/forge.ts";
import type { GitSourceHarness } from "./harness.ts";

export interface Committing {
  /** Closed after the test. */
  readonly committer: (options?: Partial<GitCommitterOptions>) => GitCommitter;
  /** The newest commit of a branch, `main` by default. */
  readonly tip: (branch?: string) => Promise<string>;
  /** Makes a shell script the repository's hook of this name. */
  readonly hook: (name: string, script: string) => Promise<void>;
}

/** Committers to the harness's repository. */
export function useCommitter({
  repository,
  stateDir,
}: Pick<GitSourceHarness, "repository" | "stateDir">): Committing {
  const committers: GitCommitter[] = [];
  afterEach(async () => {
    await Promise.all(committers.splice(0).map((committer) => committer.close()));
  });
  return {
    committer(options = {}) {
      const made = createGitCommitter({
        url: repository().url,
        stateDir: stateDir(),
        clock: systemClock,
        random: () => 0.5,
        logger: silentLogger,
        credentials: {},
        ...options,
      });
      committers.push(made);
      return made;
    },
    tip: async (branch = "main") =>
      (await repository().git("rev-parse", `refs/heads/${branch}`)).trim(),
    async hook(name, script) {
      const file = join(repository().url, "hooks", name);
      await mkdir(join(repository().url, "hooks"), { recursive: true });
      await writeFile(file, `#!/bin/sh\n${script}\n`);
      await chmod(file, 0o755);
    },
  };
}

/** Changes of files by their path; null removes one. */
export function request(
  files: Readonly<Record<string, string | null>>,
  more: Partial<CommitRequest> = {},
): CommitRequest {
  return {
    branch: "main",
    from: null,
    message: "Add alice",
    author: { name: "Ann", email: "ann@example.com" },
    files: Object.entries(files).map(([path, content]) => ({ path, content })),
    ...more,
  };
}
