// A bare repository of Capstan's own, which people push to and the portal writes: for `run` without
// GIT_URL and for `demo`. What is in it is the truth: it is opened or made, never replaced.
import { randomBytes } from "node:crypto";
import { mkdir, rename, rm } from "node:fs/promises";
import { resolve } from "node:path";
import { simpleGit, type SimpleGit } from "simple-git";
import { CapstanError } from "../lib/errors.ts";
import { runProgram } from "../lib/spawn.ts";
import { checkBranch } from "./address.ts";
import { localEnvironment } from "./environment.ts";
import { lastWords } from "./failure.ts";
import { fastImportStream, type Author, type FileChanges } from "./fast-import.ts";

const committer: Author = { name: "Capstan", email: "capstan@localhost" };
/** A push in between moves the branch; the commit is then made on top of it. */
const attempts = 10;
const movedMeanwhile = /does not contain|cannot lock ref|Unable to create .*\.lock/;

export interface CommitDetails {
  readonly message: string;
  readonly author: Author;
  readonly nowMs: number;
}

/**
 * Opens the repository, or makes an empty one with that branch. May be called again, and by two
 * processes. Throws `invalid` when something else lies there, `unavailable` when it cannot be written.
 */
export async function openOwnRepository(bareDir: string, branch = "main"): Promise<void> {
  const folder = resolve(bareDir);
  checkBranch(branch);
  if (await isRepository(folder, branch)) return;
  // Made whole beside it and moved into place: whoever finds the repository finds all of it.
  const draft = `${folder}-${randomBytes(6).toString("hex")}`;
  try {
    await mkdir(draft, { recursive: true });
    const git = localGit(draft);
    await git.init(true, ["--template=", `--initial-branch=${branch}`]);
    // A push with a tree made by hand (names such as `..`) is refused at the door.
    await git.addConfig("receive.fsckObjects", "true");
    await git.addConfig("core.logAllRefUpdates", "always");
    await rename(draft, folder);
  } catch (error) {
    if (await isRepository(folder, branch)) return;
    throw translate(error, `the repository ${folder} cannot be made`);
  } finally {
    await rm(draft, { recursive: true, force: true }).catch(() => undefined);
  }
}

async function isRepository(folder: string, branch: string): Promise<boolean> {
  try {
    await head(folder, branch);
    return true;
  } catch {
    return false;
  }
}

/**
 * Commits changes of files on top of the branch, or as its first commit; the new commit's hash. Files
 * that are not named stay. Throws `invalid` for paths that lead elsewhere, `conflict` when pushes kept
 * coming in between.
 */
export async function commitFiles(
  bareDir: string,
  branch: string,
  files: FileChanges,
  details: CommitDetails,
): Promise<string> {
  const folder = resolve(bareDir);
  checkBranch(branch);
  for (let attempt = 1; attempt <= attempts; attempt++) {
    const parent = await head(folder, branch).catch((error: unknown) => {
      throw translate(error, `the repository ${folder} cannot be read`);
    });
    const stdin = fastImportStream({ ...details, branch, parent, files, committer });
    const imported = await runProgram({
      program: "git",
      args: [`--git-dir=${folder}`, "fast-import", "--quiet", "--done", "--date-format=raw"],
      env: localEnvironment(process.env),
      title: "git fast-import",
      stdin,
      timeoutMs: 60_000,
      maxStdoutBytes: 64 * 1024,
    });
    const id = imported.stdout.toString("latin1").trim();
    if (imported.exitCode === 0 && id !== "") return id;
    if (!movedMeanwhile.test(imported.stderr)) {
      const told = lastWords(imported.stderr);
      throw new CapstanError("unavailable", `nothing was committed to ${folder}: ${told}`, {
        hint: "check that STATE_DIR is writable, its disk not full, and git fsck finds nothing",
      });
    }
  }
  throw new CapstanError("conflict", `${folder}: others push to ${branch} all the time`, {
    hint: "try again; where nobody does, a killed git may have left a .lock file there",
  });
}

/** The branch's commit; null when there is none yet. Throws simple-git's error for what is no repository. */
async function head(folder: string, branch: string): Promise<string | null> {
  const line = await localGit(folder).raw(
    "for-each-ref",
    "--format=%(objectname)",
    `refs/heads/${branch}`,
  );
  return line.trim() === "" ? null : line.trim();
}

function localGit(folder: string): SimpleGit {
  const env = { ...localEnvironment(process.env), GIT_DIR: folder };
  return simpleGit({
    baseDir: folder,
    allowEnvironment: Object.keys(env),
    // Its guards mean foreign input; here an empty template and /dev/null keep hooks and settings out.
    unsafe: { allowUnsafeTemplateDir: true, allowUnsafeConfigPaths: true },
    timeout: { block: 60_000 },
  }).env(env);
}

function translate(error: unknown, what: string): CapstanError {
  if (error instanceof CapstanError) return error;
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === "ENOTEMPTY" || code === "EEXIST" || code === "ENOTDIR") {
    return new CapstanError("invalid", `${what}: something else lies there`, {
      hint: "move it away, or repair it if it was a Git repository; it is never overwritten",
    });
  }
  const told = code ?? (lastWords(message) || "git failed and did not say why");
  return new CapstanError("unavailable", `${what}: ${told}`, {
    hint: "check that STATE_DIR is a writable folder and that what lies there is a Git repository",
  });
}
