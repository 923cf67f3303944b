// Pull requests as their merge would be: the head is fetched into the mirror under a ref of its own, merged
// without a work tree, and read like any tree. What `latest` and `read` believe is untouched.
import type { Clock } from "../lib/clock.ts";
import { CapstanError } from "../lib/errors.ts";
import type { Logger } from "../lib/logger.ts";
import type { Proposal, Proposals } from "../ports-forge.ts";
import type { Revision } from "../ports.ts";
import { checkRef } from "./address.ts";
import type { Failure } from "./failure.ts";
import type { ReadLimits } from "./limits.ts";
import { mergeResult } from "./merge-result.ts";
import type { Mirror } from "./mirror.ts";
import { readTree } from "./read-tree.ts";
import { commitId } from "./remote.ts";

export interface ProposalsOptions {
  readonly mirror: Mirror;
  readonly url: string;
  readonly branch: string;
  /** Empty for the whole repository. */
  readonly path: string;
  /** What is read beside it. */
  readonly also: readonly string[];
  readonly limits: ReadLimits;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly explain: (stderr: string) => Failure;
  /** The branch's newest commit, and what `ref` is at the same moment. Throws like `latest`. */
  readonly tips: (
    ref: string,
  ) => Promise<{ readonly base: Revision; readonly head: string | null }>;
  /** Runs what may replace the mirror when nobody else does. */
  readonly alone: <T>(run: () => Promise<T>) => Promise<T>;
}

/** Their names begin with the time of the fetch: sorted, the oldest come first. */
const pullRefs = "refs/capstan/pulls";
/** More stay readable without a fetch for as long as git keeps what no ref names: two weeks. */
const pullsKept = 30;

type Attempt =
  | { readonly kind: "done"; readonly proposal: Proposal }
  /** Git failed, and a damaged mirror could be why. */
  | { readonly kind: "suspect"; readonly error: CapstanError };

/** One call at a time; beside `read`. */
export function createProposals(options: ProposalsOptions): Proposals {
  const { mirror, url, branch, path, also, limits, clock, logger, explain, tips, alone } = options;
  let toldTooOld = false;

  return {
    async propose({ ref, sha }) {
      checkRef(ref);
      if (!commitId.test(sha)) {
        throw new CapstanError("not-found", `${JSON.stringify(sha)} is not a commit of ${url}`);
      }
      const { base, head } = await tips(ref);
      if (head !== sha) throw moved(ref, sha, head);
      await alone(() => mirror.hold(base.id));
      const first = await attempt(ref, sha, base);
      if (first.kind === "done") return first.proposal;
      // Looked at only now, and only at the branch: nothing that a proposal holds makes the mirror anew.
      if (!(await alone(() => mirror.mend(base.id)))) throw first.error;
      const second = await attempt(ref, sha, base);
      if (second.kind === "done") return second.proposal;
      throw second.error;
    },
  };

  async function attempt(ref: string, sha: string, base: Revision): Promise<Attempt> {
    const failure = await fetchHead(ref, sha);
    if (failure !== null) {
      if (failure.mayBeMirror) return { kind: "suspect", error: failure.error };
      throw failure.error;
    }
    let told = "";
    const result = await mergeResult(mirror.git, base.id, sha, (stderr) => (told = stderr));
    if (result === null) return { kind: "suspect", error: explain(told).error };
    const merged = result.outcome === "merged";
    if (result.outcome === "git-too-old" && !toldTooOld) {
      toldTooOld = true;
      logger.warn(
        { needs: "2.38" },
        "git is too old for merge results, pull requests are read alone",
      );
    }
    const reading = await readTree(mirror.git, {
      treeish: result.treeish,
      commit: sha,
      ...{ path, also },
      limits,
    });
    if (reading === null) {
      const what = `${url}: the pull request's commit ${short(sha)} cannot be read`;
      const hint = "run git fsck on the repository: a commit, tree or file of it is damaged";
      return { kind: "suspect", error: new CapstanError("unavailable", what, { hint }) };
    }
    if (reading.kind === "no-folder") throw noFolder(sha, merged, reading.isFile);
    const { subject, files, unreadable } = reading.tree;
    const revision = { id: sha, title: subject === "" ? ref : subject };
    const { changedPaths } = result;
    return {
      kind: "done",
      proposal: { tree: { revision, files, unreadable }, base, merged, changedPaths },
    };
  }

  /** Null: it is in the mirror, and a ref holds it. */
  async function fetchHead(ref: string, sha: string): Promise<Failure | null> {
    if ((await kept()).some(({ id }) => id === sha)) return null;
    const name = `${pullRefs}/${String(clock.now()).padStart(15, "0")}-${sha.slice(0, 12)}`;
    const fetched = await mirror.fetchForeign(`+${ref}:${name}`);
    if (fetched.exitCode !== 0) {
      if (fetched.stderr.includes("couldn't find remote ref")) throw moved(ref, sha, null);
      return explain(fetched.stderr);
    }
    const after = await kept();
    const got = after.find((each) => each.name === name)?.id ?? null;
    const wrong = got === null || got === sha ? [] : [name];
    const names = after.map((each) => each.name).filter((each) => !wrong.includes(each));
    await forget([...wrong, ...names.slice(0, Math.max(0, names.length - pullsKept))]);
    if (got !== sha) throw moved(ref, sha, got);
    return null;
  }

  async function kept(): Promise<readonly { readonly id: string; readonly name: string }[]> {
    const { stdout } = await mirror.git([
      "for-each-ref",
      "--format=%(objectname) %(refname)",
      pullRefs,
    ]);
    return stdout
      .toString("utf8")
      .split("\n")
      .map((line) => ({ id: line.split(" ")[0] ?? "", name: line.split(" ")[1] ?? "" }))
      .filter(({ name }) => name !== "");
  }

  async function forget(names: readonly string[]): Promise<void> {
    if (names.length === 0) return;
    const stdin = Buffer.from(names.map((name) => `delete ${name}\n`).join(""));
    const { exitCode } = await mirror.git(["update-ref", "--stdin"], { stdin });
    if (exitCode !== 0) logger.warn({ repository: url }, "old pull requests stay in the mirror");
  }

  function moved(ref: string, sha: string, now: string | null): CapstanError {
    const told =
      now === null ? `${url} has no ${ref}` : `${url}: ${ref} is ${short(now)}, not ${short(sha)}`;
    return new CapstanError("not-found", told, {
      hint:
        now === null
          ? "the pull request is closed or its branch deleted: nothing is left to plan"
          : "it was pushed to in between; its newest commit is planned next",
    });
  }

  function noFolder(sha: string, merged: boolean, isFile: boolean): CapstanError {
    const place = path === "" ? "file" : `folder ${path}`;
    const state = merged ? `with commit ${short(sha)} merged` : `at commit ${short(sha)}`;
    const told = isFile ? `has a file instead of the ${place}` : `has no ${place}`;
    return new CapstanError("not-found", `${url} ${told} ${state}`, {
      hint:
        `merging it would leave Capstan without anything to read: it would keep to the last good commit, remove ` +
        `nothing and report ${branch} as broken; keep a file ${path === "" ? "in it" : `in ${path}/`}, or set STACKS_PATH`,
    });
  }
}

function short(commit: string): string {
  return commit.slice(0, 12);
}
