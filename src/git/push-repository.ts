// Where commits are made that are to be pushed: a bare repository in the state folder that holds the newest
// commits only, without history and without a work tree. It may be deleted at any time.
import { randomBytes } from "node:crypto";
import { access, mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { holds, notAsExpected } from "../lib/blob-id.ts";
import { CapstanError } from "../lib/errors.ts";
import type { CommitRequest } from "../model/forge.ts";
import { fastImportStream, type Author } from "./fast-import.ts";
import { lastWords } from "./failure.ts";
import type { Git } from "./git.ts";
import { maxListBytes, type LocalGit } from "./read-tree.ts";
import { parseTree } from "./tree.ts";

export type Built =
  | { readonly kind: "made"; readonly id: string }
  | { readonly kind: "unchanged" }
  /** The push repository is damaged or cannot be written. */
  | { readonly kind: "failed"; readonly error: CapstanError };

export interface PushRepository {
  /** Git in that repository; any exit code is an answer. */
  readonly git: LocalGit;
  /** Makes it where it is missing; throws `unavailable` when that fails. `like` is a commit's hash; null for a repository without any. */
  open(like: string | null): Promise<void>;
  /** Whether the commit is there, after a fetch of its branch where it was not. */
  hold(branch: string, commit: string): Promise<"there" | "moved" | { readonly failed: string }>;
  /**
   * The commit that was asked for, on top of `parent`. Throws `invalid` for what a file cannot be, `conflict`
   * where a file is not what its change was made from.
   */
  build(parent: string | null, request: CommitRequest, nowMs: number): Promise<Built>;
  /** Whether `commit` is in the past of the branch's newest commit, a hundred commits deep. */
  isInPast(branch: string, commit: string): Promise<boolean>;
  /** Remembers what was pushed, so that the next commit needs no fetch; and packs. Never throws. */
  tidy(commit: string): Promise<void>;
  /** Takes it away: it is damaged. */
  remove(): Promise<void>;
}

interface Found {
  readonly executable: ReadonlySet<string>;
  /** Git's ids of their contents. */
  readonly blobs: ReadonlyMap<string, string>;
}

const nothingThere: Found = { executable: new Set(), blobs: new Map() };

const committer: Author = { name: "Capstan", email: "capstan@localhost" };
const tipRef = "refs/capstan/tip";
const pastDepth = 100;

export function createPushRepository(options: {
  readonly folder: string;
  readonly url: string;
  readonly git: Git;
  readonly timeoutMs: number;
}): PushRepository {
  const { folder, url, timeoutMs } = options;
  const git: LocalGit = (args, more = {}) =>
    options.git({ args: [`--git-dir=${folder}`, ...args], timeoutMs, ...more });
  const has = async (commit: string): Promise<boolean> =>
    (await git(["cat-file", "-e", `${commit}^{tree}`])).exitCode === 0;
  const load = (branch: string, depth: number): ReturnType<LocalGit> =>
    git([
      ...["fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--no-auto-maintenance"],
      ...["--no-recurse-submodules", `--depth=${depth}`, "--", url],
      `+refs/heads/${branch}:${tipRef}`,
    ]);
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });

  return {
    git,
    remove,
    async open(like) {
      const format = like?.length === 64 ? "sha256" : "sha1";
      if (await exists(join(folder, "HEAD"))) {
        const { stdout } = await git(["rev-parse", "--show-object-format"]);
        if (stdout.toString("latin1").trim() === format) return;
        await remove();
      }
      await mkdir(folder, { recursive: true }).catch((error: unknown) => {
        throw notWritable((error as NodeJS.ErrnoException).code ?? "");
      });
      const args = [
        "init",
        "--quiet",
        "--bare",
        "--template=",
        `--object-format=${format}`,
        folder,
      ];
      const { exitCode, stderr } = await options.git({ args, timeoutMs });
      if (exitCode !== 0) throw notWritable(lastWords(stderr));
    },
    async hold(branch, commit) {
      if (await has(commit)) return "there";
      const { exitCode, stderr } = await load(branch, 1);
      if (exitCode !== 0) return { failed: stderr };
      return (await has(commit)) ? "there" : "moved";
    },
    async build(parent, request, nowMs) {
      const found = parent === null ? nothingThere : await lookAt(parent, request);
      if (found instanceof CapstanError) return { kind: "failed", error: found };
      for (const { path, content, was } of request.files) {
        const blob = found.blobs.get(path) ?? null;
        const isDone = holds(blob, content);
        if (was !== undefined && !isDone && !holds(blob, was)) throw notAsExpected(path, was);
      }
      const { executable } = found;
      const branch = `capstan-${randomBytes(8).toString("hex")}`;
      const { message, author } = request;
      const files = new Map(request.files.map(({ path, content }) => [path, content]));
      const stdin = fastImportStream({
        ...{ branch, parent, files, message, author, committer, nowMs, executable },
      });
      const imported = await git(["fast-import", "--quiet", "--done", "--date-format=raw"], {
        stdin,
      });
      await git(["update-ref", "-d", `refs/heads/${branch}`]);
      const id = imported.stdout.toString("latin1").trim();
      if (imported.exitCode !== 0 || id === "") {
        return { kind: "failed", error: notWritable(lastWords(imported.stderr)) };
      }
      const changed = parent === null || (await treeOf(id)) !== (await treeOf(parent));
      return changed ? { kind: "made", id } : { kind: "unchanged" };
    },
    async isInPast(branch, commit) {
      if ((await load(branch, pastDepth)).exitCode !== 0) return false;
      return (await git(["merge-base", "--is-ancestor", commit, tipRef])).exitCode === 0;
    },
    async tidy(commit) {
      await git(["update-ref", tipRef, commit])
        .then(() => git(["gc", "--auto", "--quiet"]))
        .catch(() => undefined);
    },
  };

  async function treeOf(commit: string): Promise<string> {
    const { stdout } = await git(["rev-parse", `${commit}^{tree}`]);
    return stdout.toString("latin1").trim();
  }

  /** What is there of the files now. A change never makes a folder a file, nor a file a folder. */
  async function lookAt(parent: string, request: CommitRequest): Promise<Found | CapstanError> {
    const paths = request.files.map(({ path }) => path);
    const written = request.files.filter(({ content }) => content !== null);
    const folders = new Set(written.flatMap(({ path }) => foldersOf(path)));
    const asked = [...new Set([...paths, ...folders])];
    const listed = await git(["ls-tree", "-t", "-l", "-z", "--full-tree", parent, "--", ...asked], {
      maxStdoutBytes: maxListBytes,
    });
    const entries = listed.exitCode === 0 ? parseTree(listed.stdout) : null;
    if (entries === null) return notWritable(lastWords(listed.stderr));
    const named = new Set(paths);
    const executable = new Set<string>();
    const blobs = new Map<string, string>();
    for (const { path, type, mode, oid } of entries) {
      if (path === null) continue;
      if (named.has(path) && type !== "blob") throw wrongKind(path, "a folder or a submodule");
      if (folders.has(path) && type !== "tree") throw wrongKind(path, "no folder");
      if (mode === "100755") executable.add(path);
      if (type === "blob") blobs.set(path, oid);
    }
    return { executable, blobs };
  }

  function wrongKind(path: string, what: string): CapstanError {
    return new CapstanError("invalid", `${url}: ${JSON.stringify(path)} is ${what} there`, {
      hint: "give the paths of files; remove what lies there first if it should be replaced",
    });
  }

  function notWritable(told: string): CapstanError {
    const said = told === "" ? "git failed and did not say why" : told;
    return new CapstanError("unavailable", `no commit for ${url} was made in ${folder}: ${said}`, {
      hint: "check that STATE_DIR is writable and its disk is not full",
    });
  }
}

/** `a` and `a/b` of `a/b/c`. */
export function foldersOf(path: string): readonly string[] {
  const parts = path.split("/");
  return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join("/"));
}

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}
