// The repository behind a stand-in for a Git host: in memory, or a bare repository in a folder, whose
// branches and commits are then the real ones.
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { gitBounds, looseRef, testGitEnvironment } from "./git.ts";
import { runProgram } from "./run-program.ts";

export interface Person {
  readonly name: string;
  readonly email: string;
}

export interface NewCommit {
  readonly parent: string | null;
  /** Content by path; null removes. */
  readonly changes: ReadonlyMap<string, string | null>;
  readonly message: string;
  readonly author: Person;
  readonly committer: Person;
}

export interface FakeRepository {
  /** The commit of a whole ref's name (`refs/heads/main`), or null. */
  ref(name: string): Promise<string | null>;
  setRef(name: string, commit: string): Promise<void>;
  has(commit: string): Promise<boolean>;
  /** Content by path. */
  files(commit: string): Promise<ReadonlyMap<string, string>>;
  /** Writes a commit and moves nothing. */
  write(commit: NewCommit): Promise<string>;
}

export interface CommitRecord extends NewCommit {
  readonly id: string;
}

export interface MemoryRepository extends FakeRepository {
  readonly commits: readonly CommitRecord[];
}

export function gitBlob(content: string): string {
  const bytes = Buffer.from(content);
  return createHash("sha1").update(`blob ${bytes.byteLength}\0`).update(bytes).digest("hex");
}

/** One commit on `main` with these files. */
export async function memoryRepository(
  files: Readonly<Record<string, string>> = { "README.md": "hello\n" },
): Promise<MemoryRepository> {
  const refs = new Map<string, string>();
  const trees = new Map<string, ReadonlyMap<string, string>>();
  const commits: CommitRecord[] = [];
  const repository: MemoryRepository = {
    commits,
    ref: async (name) => refs.get(name) ?? null,
    setRef: async (name, commit) => void refs.set(name, commit),
    has: async (commit) => trees.has(commit),
    files: async (commit) => trees.get(commit) ?? new Map(),
    write: async (commit) => {
      const tree = new Map(commit.parent === null ? [] : trees.get(commit.parent));
      for (const [path, content] of commit.changes) {
        if (content === null) tree.delete(path);
        else tree.set(path, content);
      }
      const id = createHash("sha1")
        .update(JSON.stringify([commits.length, commit.message, [...tree]]))
        .digest("hex");
      trees.set(id, tree);
      commits.push({ ...commit, id });
      return id;
    },
  };
  const person = { name: "Test Person", email: "person@example.com" };
  const first = await repository.write({
    parent: null,
    changes: new Map(Object.entries(files)),
    message: "first",
    author: person,
    committer: person,
  });
  await repository.setRef("refs/heads/main", first);
  return repository;
}

/** A bare repository in a folder; others may push to it meanwhile. */
export function folderRepository(folder: string): FakeRepository {
  let indexes = 0;
  async function git(
    args: readonly string[],
    options: { stdin?: string; env?: Record<string, string> } = {},
  ): Promise<string | null> {
    const { exitCode, stdout } = await runProgram({
      ...gitBounds,
      program: "git",
      args,
      cwd: folder,
      env: { ...testGitEnvironment(), ...options.env },
      stdin: Buffer.from(options.stdin ?? ""),
    });
    return exitCode === 0 ? stdout.toString() : null;
  }
  async function must(...args: Parameters<typeof git>): Promise<string> {
    const said = await git(...args);
    if (said === null) throw new Error(`git ${args[0].join(" ")} failed`);
    return said.trim();
  }
  return {
    async ref(name) {
      const loose = await looseRef(folder, name);
      return loose ?? (await git(["rev-parse", "-q", "--verify", name]))?.trim() ?? null;
    },
    async setRef(name, commit) {
      await must(["update-ref", name, commit]);
    },
    async has(commit) {
      const loose = join(folder, "objects", commit.slice(0, 2), commit.slice(2));
      if (/^[0-9a-f]{40}$/.test(commit) && existsSync(loose)) return true;
      return (await git(["cat-file", "-e", `${commit}^{commit}`])) !== null;
    },
    async files(commit) {
      const listed = await must(["ls-tree", "-r", "-z", "--name-only", commit]);
      const found = new Map<string, string>();
      for (const path of listed.split("\0").filter((name) => name !== "")) {
        found.set(path, (await git(["cat-file", "blob", `${commit}:${path}`])) ?? "");
      }
      return found;
    },
    async write({ parent, changes, message, author, committer }) {
      const index = join(folder, `index-of-stand-in-${indexes++}`);
      const env = {
        GIT_INDEX_FILE: index,
        GIT_AUTHOR_NAME: author.name,
        GIT_AUTHOR_EMAIL: author.email,
        GIT_COMMITTER_NAME: committer.name,
        GIT_COMMITTER_EMAIL: committer.email,
      };
      await must(["read-tree", ...(parent === null ? ["--empty"] : [parent])], { env });
      for (const [path, content] of changes) {
        if (content === null) {
          const gone = `0 ${"0".repeat(40)}\t${path}\0`;
          await must(["update-index", "-z", "--index-info"], { env, stdin: gone });
          continue;
        }
        const blob = await must(["hash-object", "-w", "--stdin"], { stdin: content });
        await must(["update-index", "--add", "--cacheinfo", `100644,${blob},${path}`], { env });
      }
      const tree = await must(["write-tree"], { env });
      await rm(index, { force: true });
      const from = parent === null ? [] : ["-p", parent];
      return must(["commit-tree", tree, ...from], { stdin: message, env });
    },
  };
}
