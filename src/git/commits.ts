// What the mirror tells of commits beyond the files of the branch: titles and times, the history of one
// file, and a file as a commit had it. Nothing is fetched, and what is not there is simply not told.
import type { CommitInfo, Commits } from "../ports.ts";
import type { LocalGit } from "./read-tree.ts";
import { commitId } from "./remote.ts";

const format = "--format=%H%x00%ct%x00%an%x00%s";
const maxLogBytes = 4 * 1024 * 1024;
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

export function createCommits(git: LocalGit): Commits {
  async function log(args: readonly string[], stdin = ""): Promise<readonly CommitInfo[]> {
    const { exitCode, stdout } = await git(["--literal-pathspecs", "log", format, ...args], {
      stdin: Buffer.from(stdin),
      maxStdoutBytes: maxLogBytes,
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
    async history(revision, path, limit) {
      if (!commitId.test(revision)) return [];
      return log([`--max-count=${limit}`, revision, "--", path]);
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
