// One commit as the input of `git fast-import`: blobs, tree and commit in one process, without a working
// copy, and the branch moves only when it is still where the commit says. Pure.
import { CapstanError } from "../lib/errors.ts";

export interface Author {
  readonly name: string;
  readonly email: string;
}

/** Null removes the file. */
export type FileChanges = ReadonlyMap<string, string | Uint8Array | null>;

export interface NewCommit {
  readonly branch: string;
  /** Null for the first commit of the branch. */
  readonly parent: string | null;
  readonly files: FileChanges;
  readonly message: string;
  readonly author: Author;
  readonly committer: Author;
  readonly nowMs: number;
  /** Files that are to be executable; none by default. */
  readonly executable?: ReadonlySet<string>;
}

/** Throws `invalid` for a path that does not stay within the repository. */
export function fastImportStream(commit: NewCommit): Buffer {
  const parts: Uint8Array[] = [];
  const line = (text: string): void => {
    parts.push(Buffer.from(`${text}\n`));
  };
  const data = (bytes: Uint8Array): void => {
    line(`data ${bytes.byteLength}`);
    parts.push(bytes, Buffer.from("\n"));
  };
  const seconds = Math.floor(commit.nowMs / 1_000);
  line(`commit refs/heads/${commit.branch}`);
  line("mark :1");
  line(`author ${person(commit.author)} ${seconds} +0000`);
  line(`committer ${person(commit.committer)} ${seconds} +0000`);
  const message = commit.message.replaceAll("\0", " ");
  data(Buffer.from(message.endsWith("\n") ? message : `${message}\n`));
  if (commit.parent !== null) line(`from ${commit.parent}`);
  for (const [path, content] of commit.files) {
    const name = quoted(checkFilePath(path));
    if (content === null) {
      line(`D ${name}`);
      continue;
    }
    line(`M ${commit.executable?.has(path) ? "100755" : "100644"} inline ${name}`);
    data(typeof content === "string" ? Buffer.from(content) : content);
  }
  // Prints the new commit's hash.
  line("get-mark :1");
  // Without it a stream that was cut off would be taken as complete.
  line("done");
  return Buffer.concat(parts);
}

function person({ name, email }: Author): string {
  const clean = (text: string): string => text.replaceAll(/[<>\u0000-\u001f\u007f]/g, " ").trim();
  return `${clean(name) || clean(email) || "unknown"} <${clean(email)}>`;
}

function quoted(path: string): string {
  return `"${path.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n")}"`;
}

/** The path as it is. Throws `invalid` for one that does not stay within the repository. */
export function checkFilePath(path: string): string {
  // The ends and the short name are what other systems take for `.git` as well.
  const outside = (part: string): boolean =>
    part === "" || part === "." || part === ".." || /^(?:\.git|git~1)[. ]*$/i.test(part);
  if (path.includes("\0") || path.split("/").some(outside)) {
    throw new CapstanError(
      "invalid",
      `${JSON.stringify(path)} is not a path within the repository`,
      {
        hint: "give it relative to the repository, with single slashes, and without .. or .git",
      },
    );
  }
  return path;
}
