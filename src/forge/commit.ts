// Commits through a host's API: what must change is found at the branch's head, written against that head,
// and looked at anew when the branch moved in between. Each host brings its own way to read and to write.
import { holds, notAsExpected } from "../lib/blob-id.ts";
import { CapstanError } from "../lib/errors.ts";
import type { CommitRequest } from "../model/forge.ts";

/** What a commit does to one file. */
export type Change =
  | { readonly operation: "create"; readonly path: string; readonly content: string }
  | {
      readonly operation: "update";
      readonly path: string;
      readonly content: string;
      readonly old: OldFile;
    }
  | { readonly operation: "delete"; readonly path: string; readonly old: OldFile };

export interface OldFile {
  /** Git's id of its content. */
  readonly blob: string;
  /** The last commit that touched it, where the host wants it said. */
  readonly lastCommit: string | null;
}

export interface CommitHost {
  /** The newest commit of a branch; null when there is none of that name. */
  readonly head: (branch: string) => Promise<string | null>;
  /** A file at a commit; null when it is not there. Throws `invalid` when something else is in its place. */
  readonly file: (path: string, commit: string) => Promise<OldFile | null>;
  /** The new commit's id, or a refusal after which the branch is looked at again. */
  readonly write: (
    request: CommitRequest,
    head: string,
    changes: readonly Change[],
  ) => Promise<Written>;
}

export type Written =
  | { readonly ok: true; readonly commit: string }
  | { readonly ok: false; readonly error: CapstanError };

const maxTries = 5;
const maxFiles = 200;
const maxContentBytes = 8 * 1024 * 1024;

/** Keeps what `Committer.commit` promises. */
export async function commitFiles(host: CommitHost, request: CommitRequest): Promise<string> {
  checkRequest(request);
  let refused: { readonly head: string; readonly error: CapstanError } | null = null;
  for (let tries = 1; ; tries++) {
    const head = await startOf(host, request);
    // The branch is where it was: the refusal means the request itself.
    if (refused !== null && (refused.head === head || tries > maxTries)) throw refused.error;
    const changes = await changesAt(host, head, request);
    if (changes.length === 0) return head;
    const written = await host.write(request, head, changes);
    if (written.ok) return written.commit;
    refused = { head, error: written.error };
  }
}

async function startOf(host: CommitHost, { branch, from }: CommitRequest): Promise<string> {
  if (from !== null && (await host.head(branch)) !== null) {
    throw new CapstanError("conflict", `there is a branch ${branch} already`, {
      hint: "choose another name, or delete the branch if nobody needs it",
    });
  }
  const head = await host.head(from ?? branch);
  if (head !== null) return head;
  throw new CapstanError("not-found", `there is no branch ${from ?? branch}`, {
    hint: "push a first commit to it, or name another branch",
  });
}

async function changesAt(
  host: CommitHost,
  head: string,
  { files }: CommitRequest,
): Promise<readonly Change[]> {
  const changes = await Promise.all(
    files.map(async ({ path, content, was }): Promise<Change | null> => {
      const old = await host.file(path, head);
      if (holds(old?.blob ?? null, content)) return null;
      if (was !== undefined && !holds(old?.blob ?? null, was)) throw notAsExpected(path, was);
      if (content === null) return old === null ? null : { operation: "delete", path, old };
      if (old === null) return { operation: "create", path, content };
      return { operation: "update", path, content, old };
    }),
  );
  return changes.filter((change) => change !== null);
}

function refuse(what: string, hint: string): CapstanError {
  return new CapstanError("invalid", what, { hint });
}

/** Throws `invalid` for what must not reach a host. */
function checkRequest({ branch, from, files, message }: CommitRequest): void {
  for (const name of from === null ? [branch] : [branch, from]) checkBranchName(name);
  if (message.trim() === "") throw refuse("a commit needs a message", "say what it does");
  if (files.length > maxFiles) {
    throw refuse(
      `${files.length} files are too many for one commit`,
      `at most ${maxFiles} at a time`,
    );
  }
  const seen = new Set<string>();
  let bytes = 0;
  for (const { path, content } of files) {
    checkFilePath(path);
    if (seen.has(path)) {
      throw refuse(`${JSON.stringify(path)} is named twice`, "give each file one content");
    }
    seen.add(path);
    bytes += Buffer.byteLength(content ?? "");
  }
  if (bytes > maxContentBytes) {
    throw refuse("the files are too large for one commit", "at most 8 MiB together");
  }
}

function checkBranchName(name: string): void {
  const wrong =
    name.length > 250 ||
    name.startsWith("-") ||
    /[\u0000-\u0020\u007f~^:?*[\\]|\.\.|@\{/.test(name) ||
    name
      .split("/")
      .some((part) => part === "" || part.startsWith(".") || /\.(?:lock)?$/.test(part));
  if (!wrong) return;
  throw refuse(
    `${JSON.stringify(name.slice(0, 100))} is not the name of a branch`,
    "use letters, digits, - and /",
  );
}

/** Relative, below the repository, and nothing of Git's own. */
export function checkFilePath(path: string): void {
  const wrong =
    path.length > 1_000 ||
    /[\u0000-\u001f\u007f\\]/.test(path) ||
    path
      .split("/")
      .some((part) => part === "" || part === "." || part === ".." || /^\.git$/i.test(part));
  if (!wrong) return;
  throw refuse(
    `${JSON.stringify(path.slice(0, 200))} is not the path of a file in a repository`,
    "give it relative to the repository, without . and .. and not below .git",
  );
}

/** What stands where a file is to be written. */
export function notAFile(path: string): CapstanError {
  return new CapstanError(
    "invalid",
    `${path} is a folder or a link in the repository, not a file`,
    {
      hint: "remove it there, or write to another path",
    },
  );
}
