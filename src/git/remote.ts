// A repository elsewhere as git is to see it: its address, the environment with the credentials, what its
// refs are, and git's failures in words for people. Shared by those who read it and those who push to it.
import { resolve } from "node:path";
import type { Logger } from "../lib/logger.ts";
import { createRedactor } from "../lib/redact.ts";
import { parseAddress, type GitAddress } from "./address.ts";
import { gitEnvironment, type GitCredentials } from "./environment.ts";
import { explainFailure, type Failure, type FailureContext } from "./failure.ts";
import { createGit, type Git } from "./git.ts";
import { localRefs } from "./local-refs.ts";

export interface RemoteOptions {
  /** https, ssh or a local folder; credentials inside are used and shown nowhere. */
  readonly url: string;
  readonly stateDir: string;
  readonly logger: Logger;
  readonly credentials: GitCredentials;
  /** For `ls-remote`; 30 s by default. */
  readonly timeoutMs?: number;
  /** Where PATH, proxies and the ssh agent are taken from. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

export interface Remote {
  readonly address: GitAddress;
  /** Without credentials. */
  readonly url: string;
  readonly stateDir: string;
  readonly redact: (text: string) => string;
  /** Git commands with the credentials; those of one `signal` end with it. */
  git(signal?: AbortSignal): Git;
  /** What a failed command says; `branch` is what it was about. */
  explain(stderr: string, branch: string, access?: FailureContext["access"]): Failure;
  /** The commits of those refs that exist, by their whole names; of all branches without any. */
  refs(git: Git, names: readonly string[]): Promise<ReadonlyMap<string, string>>;
}

export const commitId = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;

/** Throws `invalid` when the address cannot be used; nothing is contacted. */
export function openRemote(options: RemoteOptions): Remote {
  const { credentials, logger } = options;
  const address = parseAddress(options.url, (path) => resolve(path));
  const { url } = address;
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
  const redact = (text: string): string => redactor.redact(text);
  if (address.kind === "http" && address.plain && hasCredentials) {
    logger.warn({ repository: url }, "credentials for Git are sent without encryption");
  }
  const explain: Remote["explain"] = (stderr, branch, access = "read") =>
    explainFailure(stderr, { url, branch, kind: address.kind, hasCredentials, redact, access });

  return {
    address,
    url,
    stateDir,
    redact,
    explain,
    git: (signal) => createGit({ env, url, ...(signal === undefined ? {} : { signal }) }),
    async refs(git, names) {
      const local = address.kind === "local" ? await localRefs(address.folder, names) : null;
      if (local !== null) return local;
      const only = names.every((name) => name.startsWith("refs/heads/")) ? ["--heads"] : [];
      const args = ["ls-remote", "--quiet", ...only, "--", url, ...names];
      const { exitCode, stdout, stderr } = await git({ args, timeoutMs });
      if (exitCode !== 0) throw explain(stderr, names.join(", ")).error;
      const refs = new Map<string, string>();
      for (const line of stdout.toString("utf8").split("\n")) {
        const [id = "", ref = ""] = line.split("\t");
        if (commitId.test(id)) refs.set(ref, id);
      }
      return refs;
    },
  };
}
