// The stacks of a Git repository: asks the branch with `ls-remote`, reads commits from a mirror. What
// cannot be told is thrown, never answered with less than there is (laws R6, R7).
import { join } from "node:path";
import PQueue from "p-queue";
import type { Clock } from "../lib/clock.ts";
import { CapstanError } from "../lib/errors.ts";
import type { Proposals } from "../ports-forge.ts";
import type { Commits, Revision, Source } from "../ports.ts";
import { checkBranch, checkPath } from "./address.ts";
import { createCommits } from "./commits.ts";
import type { Failure } from "./failure.ts";
import { readLimits, type ReadLimits } from "./limits.ts";
import { createMirror } from "./mirror.ts";
import { createProposals, type ProposalsOptions } from "./proposals.ts";
import { commitId, openRemote, type RemoteOptions } from "./remote.ts";
import { watchBranch } from "./watch-branch.ts";

export interface GitSourceOptions extends RemoteOptions {
  readonly branch: string;
  /** The folder of the stacks within the repository; empty or `.` for all of it. */
  readonly path: string;
  /** The folder of the policies within the repository, read beside it. */
  readonly policiesPath?: string;
  readonly clock: Clock;
  /** For fetching and reading; 5 min by default. */
  readonly fetchTimeoutMs?: number;
  readonly limits?: Partial<ReadLimits>;
}

/** The beginning of a hash, as markers hold it. */
const shortId = /^[0-9a-f]{12,63}$/;
const titlesKept = 200;

/** What is not read with the folder anyway. */
function besides(folder: string, other: string): readonly string[] {
  const isInside = folder === "" || other === folder || other.startsWith(`${folder}/`);
  return other === "" || isInside ? [] : [other];
}

/** Throws `invalid` when address, branch or path cannot be used; nothing is contacted before the first call. */
export function createGitSource(options: GitSourceOptions): Source & Proposals & Commits {
  const { clock, logger } = options;
  const branch = checkBranch(options.branch);
  const path = checkPath(options.path);
  const also = besides(path, checkPath(options.policiesPath ?? ""));
  const remote = openRemote(options);
  const { address, url, stateDir } = remote;
  const closing = new AbortController();
  const git = remote.git(closing.signal);
  const limits = { ...readLimits, ...options.limits };
  const explain = (stderr: string): Failure => remote.explain(stderr, branch);
  const mirror = createMirror({
    folder: join(stateDir, "mirror.git"),
    git,
    url,
    branch,
    ...{ path, also },
    timeoutMs: options.fetchTimeoutMs ?? 300_000,
    limits,
    clock,
    logger,
    explain,
  });
  const lane = new PQueue({ concurrency: 1 });
  // A pull request that takes long, or never ends, holds up no reading of the branch.
  const pulls = new PQueue({ concurrency: 1 });
  const proposals = createProposals({
    mirror,
    url,
    branch,
    ...{ path, also },
    limits,
    clock,
    logger,
    explain,
    tips: (ref) => lane.add(() => tips(ref)),
    alone: (run) => lane.add(run),
  });
  const branchRef = `refs/heads/${branch}`;
  const titles = new Map<string, string>();
  const watchers = new Set<() => Promise<void>>();
  return {
    ...createCommits(mirror.git, [path, ...also]),
    title: `${url} (${path === "" ? branch : `${branch}, ${path}/`})`,
    latest: () => lane.add(latest),
    read: (revision) => lane.add(() => read(revision)),
    keep: (ids) => lane.add(() => mirror.keep(ids.filter((id) => commitId.test(id)))),
    async propose(head) {
      const proposal = await pulls.add(() => proposals.propose(head));
      tidyLater();
      return proposal;
    },
    async watch(changed) {
      if (address.kind !== "local") return async () => undefined;
      const stop = await watchBranch({ folder: address.folder, branch, clock, logger, changed });
      watchers.add(stop);
      return async () => {
        watchers.delete(stop);
        await stop();
      };
    },
    async close() {
      closing.abort();
      await Promise.all([...watchers].map((stop) => stop()));
      watchers.clear();
      await pulls.onIdle();
      await lane.onIdle();
    },
  };

  async function latest(): Promise<Revision> {
    if (closing.signal.aborted) throw new CapstanError("cancelled", `reading ${url} was cancelled`);
    return newest(await remote.refs(git, [branchRef]));
  }

  async function tips(ref: string): ReturnType<ProposalsOptions["tips"]> {
    const refs = await remote.refs(git, [branchRef, ref]);
    return { base: await newest(refs), head: refs.get(ref) ?? null };
  }

  async function newest(refs: ReadonlyMap<string, string>): Promise<Revision> {
    const id = refs.get(branchRef);
    if (id === undefined) throw await missingBranch();
    return { id, title: titles.get(id) ?? branch };
  }

  async function missingBranch(): Promise<CapstanError> {
    const branches = [...(await remote.refs(git, [])).keys()].map((ref) =>
      ref.slice("refs/heads/".length),
    );
    if (branches.length === 0) {
      return new CapstanError("not-found", `${url} has no commits yet`, {
        kind: "no-commits",
        hint: `push a first commit to branch ${branch}`,
      });
    }
    const some = branches.slice(0, 5).join(", ");
    return new CapstanError("not-found", `${url} has no branch ${branch}`, {
      kind: "empty-repository",
      hint: `push it, or set GIT_BRANCH; there ${branches.length === 1 ? "is" : "are"} ${some}`,
    });
  }

  async function read(revision: Revision): ReturnType<Source["read"]> {
    const { id: given } = revision;
    const isShort = shortId.test(given) && !commitId.test(given);
    const id = isShort ? ((await mirror.find(given)) ?? given) : given;
    if (!commitId.test(id)) {
      throw new CapstanError("not-found", `${JSON.stringify(id)} is not a commit of ${url}`);
    }
    const tree = await mirror.read(id);
    remember(id, tree.subject);
    tidyLater();
    return {
      revision: { id, title: tree.subject === "" ? branch : tree.subject },
      files: tree.files,
      unreadable: tree.unreadable,
    };
  }

  /** Not waited for: whoever reads wants the files. */
  function tidyLater(): void {
    if (!closing.signal.aborted) void lane.add(() => mirror.tidy());
  }

  function remember(id: string, subject: string): void {
    if (subject === "") return;
    titles.delete(id);
    titles.set(id, subject);
    for (const oldest of titles.keys()) {
      if (titles.size <= titlesKept) break;
      titles.delete(oldest);
    }
  }
}
