// Commits through git push alone, for repositories on hosts without an API and for Capstan's own. A push
// says where the branch has to be, so that nobody's commit is ever overwritten; a lost answer is looked up.
import { join } from "node:path";
import PQueue from "p-queue";
import { backoffMs, readBackoff } from "../lib/backoff.ts";
import type { Clock } from "../lib/clock.ts";
import { CapstanError, toCapstanError } from "../lib/errors.ts";
import type { CommitRequest } from "../model/forge.ts";
import type { Committer } from "../ports-forge.ts";
import { checkBranch } from "./address.ts";
import { checkFilePath } from "./fast-import.ts";
import { createPushRepository, foldersOf, type Built } from "./push-repository.ts";
import { readPushAnswer, type PushAnswer } from "./push-answer.ts";
import { openRemote, type RemoteOptions } from "./remote.ts";

export interface GitCommitterOptions extends RemoteOptions {
  readonly clock: Clock;
  /** A number in [0, 1). */
  readonly random: () => number;
  /** For one push with its hooks; 60 s by default. */
  readonly pushTimeoutMs?: number;
  /** For fetching what is to be committed to; 5 min by default. */
  readonly fetchTimeoutMs?: number;
}

export interface GitCommitter extends Committer {
  /** Ends what only reads; a push under way goes to its end. */
  close(): Promise<void>;
}

const attempts = 5;
const mostFiles = 1_000;

/**
 * One commit at a time. With nothing to change no branch is made either. Throws `invalid` when the address
 * cannot be used; nothing is contacted before the first call.
 */
export function createGitCommitter(options: GitCommitterOptions): GitCommitter {
  const { clock, random, logger } = options;
  const remote = openRemote(options);
  const { url, redact } = remote;
  const closing = new AbortController();
  const git = remote.git(closing.signal);
  // Whether a commit was made has to be known also when Capstan ends.
  const steady = remote.git();
  const place = {
    folder: join(remote.stateDir, "outbox.git"),
    url,
    timeoutMs: options.fetchTimeoutMs ?? 300_000,
  };
  const pushRepository = createPushRepository({ ...place, git });
  const pushTimeoutMs = options.pushTimeoutMs ?? 60_000;
  const steadyPushRepository = createPushRepository({
    ...place,
    git: steady,
    timeoutMs: pushTimeoutMs,
  });
  const lane = new PQueue({ concurrency: 1 });

  return {
    commit: (request) => lane.add(() => commit(request)),
    async close() {
      closing.abort();
      await lane.onIdle();
    },
  };

  async function commit(request: CommitRequest): Promise<string> {
    checkRequest(request);
    for (let attempt = 1; attempt <= attempts; attempt++) {
      if (attempt > 1) {
        await clock.sleep(backoffMs(readBackoff, attempt - 1, random()), closing.signal);
      }
      const done = await tryOnce(request);
      if (done !== null) return done;
    }
    throw new CapstanError("conflict", `${url}: others push to ${request.branch} all the time`, {
      hint: "nothing was committed; try again",
    });
  }

  /** The commit's id; null when the branch moved in between. */
  async function tryOnce(request: CommitRequest): Promise<string | null> {
    const { branch, from } = request;
    const start = from ?? branch;
    const names = [...new Set([branch, start])].map((name) => `refs/heads/${name}`);
    const refs = await remote.refs(git, names);
    const there = refs.get(`refs/heads/${branch}`) ?? null;
    if (from !== null && there !== null) throw branchExists(branch);
    const parent = refs.get(`refs/heads/${start}`) ?? null;
    if (parent === null) await checkEmpty(start, request);
    const built = await buildTwice(parent, start, request);
    if (built === "moved") return null;
    if (built.kind === "failed") throw built.error;
    if (built.kind === "unchanged") return parent;
    const { id } = built;
    const answer = await push(id, branch, there);
    switch (answer.kind) {
      case "landed":
        await pushRepository.tidy(id);
        logger.info({ repository: url, branch, commit: id }, "committed");
        return id;
      case "moved":
        return null;
      case "refused":
        throw answer.error;
      case "lost":
        if (await landed(id, branch)) return id;
        throw new CapstanError(
          "uncertain",
          `${url}: whether commit ${id.slice(0, 12)} came to ${branch} is not known: ${answer.reason}`,
          { hint: `look at ${branch} before the same is asked again` },
        );
    }
  }

  /** A second time in a new push repository where the first one could be damaged. */
  async function buildTwice(
    parent: string | null,
    start: string,
    request: CommitRequest,
  ): Promise<Built | "moved"> {
    const first = await build(parent, start, request);
    if (first === "moved" || first.kind !== "failed") return first;
    logger.warn(
      { repository: url, error: first.error.message },
      "push repository damaged, making it again",
    );
    await pushRepository.remove().catch(() => undefined);
    return build(parent, start, request);
  }

  async function build(
    parent: string | null,
    start: string,
    request: CommitRequest,
  ): Promise<Built | "moved"> {
    await pushRepository.open(parent);
    if (parent !== null) {
      const held = await pushRepository.hold(start, parent);
      if (held === "moved") return held;
      if (held !== "there") {
        const { error, mayBeMirror } = remote.explain(held.failed, start);
        if (mayBeMirror) return { kind: "failed", error };
        throw error;
      }
    }
    return pushRepository.build(parent, request, clock.now());
  }

  async function push(id: string, branch: string, there: string | null): Promise<PushAnswer> {
    const ref = `refs/heads/${branch}`;
    const args = [
      ...["push", "--porcelain", "--no-verify", "--no-follow-tags", "--recurse-submodules=no"],
      ...[`--force-with-lease=${ref}:${there ?? ""}`, "--", url, `${id}:${ref}`],
    ];
    try {
      return readPushAnswer(await steadyPushRepository.git(args), {
        ...{ url, branch, redact },
        explain: (stderr) => remote.explain(stderr, branch, "write"),
      });
    } catch (error) {
      return { kind: "lost", reason: toCapstanError(error).message };
    }
  }

  async function landed(id: string, branch: string): Promise<boolean> {
    try {
      const ref = `refs/heads/${branch}`;
      const now = (await remote.refs(steady, [ref])).get(ref);
      return now === id || (now !== undefined && (await steadyPushRepository.isInPast(branch, id)));
    } catch {
      return false;
    }
  }

  /** A repository without any branch gets its first commit; any other must have the one that is named. */
  async function checkEmpty(start: string, request: CommitRequest): Promise<void> {
    const branches = await remote.refs(git, []);
    const writes = request.files.some(({ content }) => content !== null);
    if (branches.size === 0 && request.from === null && writes) return;
    const told = branches.size === 0 ? "has no commits yet" : `has no branch ${start}`;
    throw new CapstanError("not-found", `${url} ${told}`, {
      hint: `push the branch ${start} first`,
    });
  }

  function branchExists(branch: string): CapstanError {
    return new CapstanError("conflict", `${url} has a branch ${branch} already`, {
      hint: "finish or delete what is on it, or choose another name",
    });
  }
}

/** Throws `invalid` for what could not be committed anywhere. */
function checkRequest({ branch, from, files }: CommitRequest): void {
  checkBranch(branch);
  if (from !== null) checkBranch(from);
  if (files.length > mostFiles) {
    throw new CapstanError("invalid", `${files.length} files are more than ${mostFiles}`, {
      hint: "commit them in several steps",
    });
  }
  const paths = new Set<string>();
  for (const { path } of files) {
    checkFilePath(path);
    if (paths.has(path)) throw twice(path);
    paths.add(path);
  }
  const written = files.filter(({ content }) => content !== null);
  const inside = written.flatMap(({ path }) => foldersOf(path)).find((path) => paths.has(path));
  if (inside !== undefined) throw twice(inside);
}

function twice(path: string): CapstanError {
  return new CapstanError("invalid", `${JSON.stringify(path)} is named twice in one commit`, {
    hint: "name each file once, and none that is also a folder",
  });
}
