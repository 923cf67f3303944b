// What the mirror tells of commits beyond the files of the branch: titles and times, which files they changed,
// and a file as a commit had it. Nothing is fetched, and what is not there is simply not told.
import type { BranchChange, CommitInfo, Commits } from "../ports.ts";
import type { LocalGit } from "./read-tree.ts";
import { commitId } from "./remote.ts";

// Cut by git, as a message may be of any size; by columns, so that what has no width is cut below.
const format = "--format=%H%x00%ct%x00%<(300,trunc)%an%x00%<(300,trunc)%s";
/** The names of files follow, one a line. */
const changeFormat = "--format=%x01%H%x00%P";
const changeHead = "\u0001";
const maxLogBytes = 4 * 1024 * 1024;
const maxChangesBytes = 64 * 1024 * 1024;
const maxFileBytes = 1024 * 1024;
const longestTitle = 200;

const controls = /[\u0000-\u001f\u007f]/g;

function oneLine(text: string): string {
  return text.replaceAll(controls, " ").trim().slice(0, longestTitle);
}

function parsed(stdout: Buffer): readonly CommitInfo[] {
  return stdout
    .toString("utf8")
    .split("\n")
    .flatMap((line) => {
      const [sha = "", seconds = "", author = "", title = ""] = line.split("\0");
      if (!commitId.test(sha)) return [];
      return [
        { sha, title: oneLine(title), author: oneLine(author), atMs: Number(seconds) * 1_000 },
      ];
    });
}

function changesOf(stdout: Buffer): readonly BranchChange[] {
  return stdout
    .toString("utf8")
    .split(changeHead)
    .flatMap((text) => {
      const [head = "", ...paths] = text.split("\n").filter((line) => line !== "");
      const [sha = "", parents = ""] = head.split("\0");
      const [parent] = parents.split(" ");
      if (!commitId.test(sha)) return [];
      return [{ sha, parent: parent === undefined || parent === "" ? null : parent, paths }];
    });
}

/** `folders`: below which files count; an empty one: all of them. */
export function createCommits(git: LocalGit, folders: readonly string[]): Commits {
  async function log(args: readonly string[], stdin = ""): Promise<readonly CommitInfo[]> {
    const { exitCode, stdout } = await git(["--literal-pathspecs", "log", format, ...args], {
      stdin: Buffer.from(stdin),
      maxStdoutBytes: maxLogBytes,
      cutStdout: true,
    });
    return exitCode === 0 ? parsed(stdout) : [];
  }

  return {
    async commits(ids) {
      const wanted = ids.filter((id) => commitId.test(id));
      if (wanted.length === 0) return new Map();
      const args = ["--no-walk=unsorted", "--ignore-missing", "--stdin"];
      const found = await log(args, `${wanted.join("\n")}\n`);
      return new Map(found.map((info) => [info.sha, info]));
    },
    async changes(revision, limit) {
      if (!commitId.test(revision)) return [];
      const below = folders.includes("") ? [] : ["--", ...folders];
      // A merge is one commit of the branch, with all that it brought.
      const shown = ["--first-parent", "-m", "--name-only", "--no-renames"];
      const { exitCode, stdout } = await git(
        [
          ...["-c", "core.quotePath=false", "--literal-pathspecs", "log", changeFormat],
          ...[...shown, `--max-count=${limit}`, revision, ...below],
        ],
        { maxStdoutBytes: maxChangesBytes },
      );
      return exitCode === 0 ? changesOf(stdout) : [];
    },
    async line(revision, limit) {
      if (!commitId.test(revision)) return [];
      const { exitCode, stdout } = await git(
        ["rev-list", "--first-parent", `--max-count=${limit}`, revision],
        { maxStdoutBytes: maxLogBytes },
      );
      return exitCode === 0 ? stdout.toString("latin1").trim().split("\n") : [];
    },
    async file(revision, path) {
      if (!commitId.test(revision)) return null;
      const { exitCode, stdout } = await git(["cat-file", "blob", `${revision}:${path}`], {
        maxStdoutBytes: maxFileBytes,
      });
      return exitCode === 0 ? stdout.toString("utf8") : null;
    },
  };
}
