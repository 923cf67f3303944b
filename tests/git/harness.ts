// What the tests of Git share: a repository, a state folder, sources, a server. All of it is closed and removed
// after each test.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach } from "vitest";
import { createGitSource, type GitSourceOptions } from "../../src/git/git-source.ts";
import { systemClock } from "../../src/lib/clock.ts";
import { isCapstanError, type CapstanError } from "../../src/lib/errors.ts";
import { silentLogger } from "../../src/lib/logger.ts";
import type { Proposals } from "../../src/ports-forge.ts";
import type { Commits, Revision, Source, SourceTree } from "../../src/ports.ts";
import { createTestRepository, type TestRepository } from "../support/git.ts";
import { serveRepository, type GitHttpServer } from "../support/git-http.ts";

export interface GitSourceHarness {
  readonly repository: () => TestRepository;
  readonly stateDir: () => string;
  readonly open: (options?: Partial<GitSourceOptions>) => Source & Proposals & Commits;
}

/** A fresh repository and state folder for every test of the file. */
export function useGitSource(): GitSourceHarness {
  let repository: TestRepository;
  let stateDir: string;
  const sources: Source[] = [];
  beforeEach(async () => {
    repository = await createTestRepository();
    stateDir = await mkdtemp(join(tmpdir(), "capstan-state-"));
  });
  afterEach(async () => {
    await Promise.all(sources.splice(0).map((source) => source.close()));
    await repository.remove();
    await rm(stateDir, { recursive: true, force: true });
  });
  return {
    repository: () => repository,
    stateDir: () => stateDir,
    open(options = {}) {
      const source = createGitSource({
        url: repository.url,
        branch: "main",
        path: "stacks",
        stateDir,
        clock: systemClock,
        logger: silentLogger,
        credentials: {},
        ...options,
      });
      sources.push(source);
      return source;
    },
  };
}

/** How tests serve the repository over HTTP, with `answer` deciding for each request. */
export function useGitServer(
  repository: () => TestRepository,
): (answer?: Parameters<typeof serveRepository>[1]) => Promise<GitHttpServer> {
  const servers: GitHttpServer[] = [];
  afterEach(async () => {
    await Promise.all(servers.splice(0).map((server) => server.close()));
  });
  return async (answer) => {
    const server = await serveRepository(repository().url, answer);
    servers.push(server);
    return server;
  };
}

export async function newest(source: Source): Promise<SourceTree> {
  return source.read(await source.latest());
}

export function contents(tree: SourceTree): Record<string, string> {
  return Object.fromEntries(
    tree.files.map(({ path, content }) => [path, Buffer.from(content).toString("utf8")]),
  );
}

/** The CapstanError that a call ends with; anything else fails the test. */
export async function failure(promise: Promise<unknown>): Promise<CapstanError> {
  const error: unknown = await promise.then(
    () => new Error("it did not fail"),
    (thrown: unknown) => thrown,
  );
  if (!isCapstanError(error)) throw error;
  return error;
}

export const revision = (id: string): Revision => ({ id, title: "" });

/** All that could be printed of a value, causes and stacks included. */
export function everything(value: unknown): string {
  if (!(value instanceof Error)) return JSON.stringify(value);
  const { hint } = value as Error & { hint?: string };
  return [value.message, value.stack, hint, value.cause].map((part) => String(part)).join("\n");
}
