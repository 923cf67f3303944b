// The stacks of a Git repository: asks the branch with `ls-remote`, reads commits from a mirror. What
// cannot be told is thrown, never answered with less than there is (laws R6, R7).
import { join, resolve } from "node:path";
import PQueue from "p-queue";
import type { Clock } from "../lib/clock.ts";
import { CapstanError } from "../lib/errors.ts";
import type { Logger } from "../lib/logger.ts";
import { createRedactor } from "../lib/redact.ts";
import type { Revision, Source } from "../ports.ts";
import { checkBranch, checkPath, parseAddress } from "./address.ts";
import { gitEnvironment, type GitCredentials } from "./environment.ts";
import { explainFailure, type FailureContext } from "./failure.ts";
import { createGit } from "./git.ts";
import { readLimits, type ReadLimits } from "./limits.ts";
import { createMirror } from "./mirror.ts";
import { watchBranch } from "./watch-branch.ts";

export interface GitSourceOptions {
  /** https, ssh or a local folder; credentials inside are used and shown nowhere. */
  readonly url: string;
  readonly branch: string;
  /** The folder of the stacks within the repository; empty or `.` for all of it. */
  readonly path: string;
  readonly stateDir: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly credentials: GitCredentials;
  /** For `ls-remote`; 30 s by default. */
  readonly timeoutMs?: number;
  /** For fetching and reading; 5 min by default. */
  readonly fetchTimeoutMs?: number;
  readonly limits?: Partial<ReadLimits>;
  /** Where PATH, proxies and the ssh agent are taken from. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

/** The beginning of a hash, as markers hold it. */
const shortId = /^[0-9a-f]{12,63}$/;
const commitId = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;
const titlesKept = 200;

/** Throws `invalid` when address, branch or path cannot be used; nothing is contacted before the first call. */
export function createGitSource(options: GitSourceOptions): Source {
  const { clock, logger, credentials } = options;
  const address = parseAddress(options.url, (path) => resolve(path));
  const branch = checkBranch(options.branch);
  const path = checkPath(options.path);
  const stateDir = resolve(options.stateDir);
  const timeoutMs = options.timeoutMs ?? 30_000;
  const { env, secrets, hasCredentials } = gitEnvironment({
    address,
    credentials,
    stateDir,
    base: options.environment ?? process.env,
    silentSeconds: timeoutMs / 1_000,
  });
  const redactor = createRedactor();
  for (const secret of secrets) redactor.register(secret);
  const context: FailureContext = {
    url: address.url,
    branch,
    kind: address.kind,
    hasCredentials,
    redact: (text) => redactor.redact(text),
  };
  const closing = new AbortController();
  const git = createGit({ env, url: address.url, signal: closing.signal });
  const mirror = createMirror({
    folder: join(stateDir, "mirror.git"),
    git,
    url: address.url,
    branch,
    path,
    timeoutMs: options.fetchTimeoutMs ?? 300_000,
    limits: { ...readLimits, ...options.limits },
    clock,
    logger,
    explain: (stderr) => explainFailure(stderr, context),
  });
  const lane = new PQueue({ concurrency: 1 });
  const titles = new Map<string, string>();
  const watchers = new Set<() => Promise<void>>();
  if (address.kind === "http" && address.plain && hasCredentials) {
    logger.warn({ repository: address.url }, "credentials for Git are sent without encryption");
  }

  return {
    title: `${address.url} (${path === "" ? branch : `${branch}, ${path}/`})`,
    latest: () => lane.add(latest),
    read: (revision) => lane.add(() => read(revision)),
    keep: (ids) => lane.add(() => mirror.keep(ids.filter((id) => commitId.test(id)))),
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
      await lane.onIdle();
    },
  };

  async function latest(): Promise<Revision> {
    const ref = `refs/heads/${branch}`;
    const id = (await remoteRefs([ref])).get(ref);
    if (id === undefined) throw await missingBranch();
    return { id, title: titles.get(id) ?? branch };
  }

  async function remoteRefs(patterns: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const args = ["ls-remote", "--quiet", "--heads", "--", address.url, ...patterns];
    const { exitCode, stdout, stderr } = await git({ args, timeoutMs });
    if (exitCode !== 0) throw explainFailure(stderr, context).error;
    const refs = new Map<string, string>();
    for (const line of stdout.toString("utf8").split("\n")) {
      const [id = "", ref = ""] = line.split("\t");
      if (commitId.test(id)) refs.set(ref, id);
    }
    return refs;
  }

  async function missingBranch(): Promise<CapstanError> {
    const branches = [...(await remoteRefs([])).keys()].map((ref) =>
      ref.slice("refs/heads/".length),
    );
    if (branches.length === 0) {
      return new CapstanError("not-found", `${address.url} has no commits yet`, {
        hint: `push a first commit to branch ${branch}`,
      });
    }
    const some = branches.slice(0, 5).join(", ");
    return new CapstanError("not-found", `${address.url} has no branch ${branch}`, {
      hint: `push it, or set GIT_BRANCH; there ${branches.length === 1 ? "is" : "are"} ${some}`,
    });
  }

  async function read(revision: Revision): ReturnType<Source["read"]> {
    const { id: given } = revision;
    const isShort = shortId.test(given) && !commitId.test(given);
    const id = isShort ? ((await mirror.find(given)) ?? given) : given;
    if (!commitId.test(id)) {
      throw new CapstanError("not-found", `${JSON.stringify(id)} is no commit of ${address.url}`);
    }
    const tree = await mirror.read(id);
    remember(id, tree.subject);
    // Not waited for: whoever reads wants the files.
    if (!closing.signal.aborted) void lane.add(() => mirror.tidy());
    return {
      revision: { id, title: tree.subject === "" ? branch : tree.subject },
      files: tree.files,
      unreadable: tree.unreadable,
    };
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
