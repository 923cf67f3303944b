// A real bare Git repository in a temporary folder for scenario tests: `push` adds a commit to a branch
// as a person's push would, in one `git fast-import`. Nothing here needs a network or a configuration.
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runProgram } from "./run-program.ts";

/** Text or bytes of a file, null to remove it, or one of the entries that are no plain file. */
export type TestEntry =
  | string
  | Uint8Array
  | null
  | { readonly symlink: string }
  | { readonly submodule: string }
  | { readonly executable: string };

export interface TestRepository {
  /** Path of the bare repository: what GIT_URL would be. */
  readonly url: string;
  readonly branch: string;
  /** Adds a commit with these changes to the branch (made when missing); the commit's hash. */
  push(files: Readonly<Record<string, TestEntry>>, message?: string): Promise<string>;
  /** Rewrites history: one new root commit with exactly these files. */
  forcePush(files: Readonly<Record<string, TestEntry>>, message?: string): Promise<string>;
  /** Moves the branch to a commit that is there already. */
  reset(commit: string): Promise<void>;
  deleteBranch(): Promise<void>;
  /** The branch's commit, or null. */
  head(): Promise<string | null>;
  /** Runs any git command in the repository; its standard output. */
  git(...args: readonly string[]): Promise<string>;
  remove(): Promise<void>;
}

/** Against hanging: what tests do with git takes moments. */
export const gitBounds = { title: "git", timeoutMs: 120_000, maxStdoutBytes: 256 * 1024 * 1024 };

/** Runs git without any configuration of this machine; rejects with its standard error. */
export async function runGit(
  cwd: string,
  args: readonly string[],
  stdin: Uint8Array = new Uint8Array(),
): Promise<string> {
  const { exitCode, stdout, stderr } = await runProgram({
    program: "git",
    args,
    cwd,
    env: testGitEnvironment(),
    stdin,
    ...gitBounds,
  });
  if (exitCode !== 0) throw new Error(`git ${args.join(" ")}: ${stderr}`);
  return stdout.toString();
}

export function testGitEnvironment(): Record<string, string> {
  const person = { name: "Test Person", email: "person@example.com" };
  return {
    PATH: process.env.PATH ?? "",
    HOME: "/nonexistent",
    LC_ALL: "C",
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_TERMINAL_PROMPT: "0",
    GIT_AUTHOR_NAME: person.name,
    GIT_AUTHOR_EMAIL: person.email,
    GIT_COMMITTER_NAME: person.name,
    GIT_COMMITTER_EMAIL: person.email,
  };
}

/**
 * The commit of a ref that is a file, as it nearly always is: a process for each look would be most of what tests
 * cost. Null: ask git.
 */
export async function looseRef(folder: string, ref: string): Promise<string | null> {
  const text = await readFile(join(folder, ref), "latin1").catch(() => "");
  return /^[0-9a-f]{40}\n$/.test(text) ? text.trim() : null;
}

/** What `git init --bare` makes, without a process for each test. */
async function makeBareRepository(folder: string, branch: string): Promise<void> {
  for (const inner of ["objects/info", "objects/pack", "refs/heads", "refs/tags"]) {
    await mkdir(join(folder, inner), { recursive: true });
  }
  await writeFile(join(folder, "HEAD"), `ref: refs/heads/${branch}\n`);
  const config = "[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = true\n";
  await writeFile(join(folder, "config"), config);
}

export async function createTestRepository(
  options: { readonly branch?: string } = {},
): Promise<TestRepository> {
  const branch = options.branch ?? "main";
  const ref = `refs/heads/${branch}`;
  const folder = await mkdtemp(join(tmpdir(), "capstan-git-"));
  const url = join(folder, "repository.git");
  await makeBareRepository(url, branch);
  const git = (...args: readonly string[]): Promise<string> => runGit(url, args);
  const head = async (): Promise<string | null> => {
    const loose = await looseRef(url, ref);
    if (loose !== null) return loose;
    if (isNew) return null;
    const line = await git("for-each-ref", "--format=%(objectname)", ref);
    return line.trim() === "" ? null : line.trim();
  };
  let isNew = true;
  // Commits a minute apart, so that their hashes do not depend on when the test runs.
  let seconds = 1_700_000_000;
  const commit = async (
    files: Readonly<Record<string, TestEntry>>,
    message: string,
    parent: string | null,
    force: boolean,
  ): Promise<string> => {
    seconds += 60;
    const stream = importStream({ ref, files, message, parent, seconds });
    await runGit(url, ["fast-import", "--quiet", ...(force ? ["--force"] : [])], stream);
    isNew = false;
    const commit = await head();
    if (commit === null) throw new Error("the commit was not made");
    return commit;
  };
  return {
    url,
    branch,
    git,
    head,
    push: async (files, message = "Change files") => commit(files, message, await head(), false),
    forcePush: (files, message = "Rewrite history") => commit(files, message, null, true),
    reset: async (target) => {
      await git("update-ref", ref, target);
    },
    deleteBranch: async () => {
      await git("update-ref", "-d", ref);
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

interface ImportInput {
  readonly ref: string;
  readonly files: Readonly<Record<string, TestEntry>>;
  readonly message: string;
  readonly parent: string | null;
  readonly seconds: number;
}

function importStream(input: ImportInput): Buffer {
  const parts: Buffer[] = [];
  const line = (text: string): void => void parts.push(Buffer.from(`${text}\n`));
  const data = (bytes: Uint8Array): void => {
    line(`data ${bytes.byteLength}`);
    parts.push(Buffer.from(bytes), Buffer.from("\n"));
  };
  const { GIT_AUTHOR_NAME, GIT_AUTHOR_EMAIL } = testGitEnvironment();
  // Without a parent the branch would be continued: a reset to nothing makes it a root commit.
  if (input.parent === null) line(`reset ${input.ref}`);
  line(`commit ${input.ref}`);
  line(`committer ${GIT_AUTHOR_NAME ?? ""} <${GIT_AUTHOR_EMAIL ?? ""}> ${input.seconds} +0000`);
  data(Buffer.from(input.message));
  if (input.parent !== null) line(`from ${input.parent}`);
  for (const [path, entry] of Object.entries(input.files)) {
    const name = JSON.stringify(path);
    if (entry === null) line(`D ${name}`);
    else if (typeof entry === "string") addFile("100644", name, Buffer.from(entry));
    else if (entry instanceof Uint8Array) addFile("100644", name, entry);
    else if ("symlink" in entry) addFile("120000", name, Buffer.from(entry.symlink));
    else if ("executable" in entry) addFile("100755", name, Buffer.from(entry.executable));
    else line(`M 160000 ${entry.submodule} ${name}`);
  }
  return Buffer.concat(parts);

  function addFile(mode: string, name: string, bytes: Uint8Array): void {
    line(`M ${mode} inline ${name}`);
    data(bytes);
  }
}
