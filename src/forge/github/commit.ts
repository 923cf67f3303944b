// Commits on GitHub through its Git objects: a tree on the branch's tree, a commit on its head, and the
// branch moved only if nobody moved it in between. Objects without a branch harm nobody.
import { z } from "zod";
import { CapstanError, isCapstanError } from "../../lib/errors.ts";
import { pathInUrl } from "../address.ts";
import { notAFile } from "../commit.ts";
import type { Change, CommitHost, Written } from "../commit.ts";
import * as wire from "./wire.ts";
import type { Rest } from "../rest.ts";

const plainFile = "100644";

function treeEntry(change: Change): Readonly<Record<string, string | null>> {
  const entry = { path: change.path, mode: plainFile, type: "blob" };
  return change.operation === "delete"
    ? { ...entry, sha: null }
    : { ...entry, content: change.content };
}

export function createGitHubCommitter(rest: Rest, repo: string): CommitHost {
  async function head(branch: string): Promise<string | null> {
    const found = await rest.readOrNull(
      { path: `${repo}/git/ref/heads/${pathInUrl(branch)}`, what: `read the branch ${branch}` },
      wire.ref,
    );
    return found?.object.sha ?? null;
  }

  /** An account without a public address has one of GitHub's own. */
  async function committer(): Promise<{ readonly name: string; readonly email: string }> {
    const { login, id, name, email } = await rest.read(
      { path: "/user", what: "say whose token it is" },
      wire.self,
    );
    return { name: name ?? login, email: email ?? `${id}+${login}@users.noreply.github.com` };
  }

  return {
    head,
    async file(path, commit) {
      const found = await rest.readOrNull(
        {
          path: `${repo}/contents/${pathInUrl(path)}`,
          query: { ref: commit },
          what: `read ${path}`,
        },
        z.union([wire.file, z.array(z.unknown())]),
      );
      if (found === null) return null;
      if ("type" in found && found.type === "file") return { blob: found.sha, lastCommit: null };
      throw notAFile(path);
    },
    async write(request, parent, changes): Promise<Written> {
      const what = `commit to ${request.branch}`;
      const base = await rest.read({ path: `${repo}/git/commits/${parent}`, what }, wire.commit);
      const tree = await rest.write(
        {
          method: "POST",
          path: `${repo}/git/trees`,
          body: { base_tree: base.tree.sha, tree: changes.map(treeEntry) },
          harmless: true,
          what,
        },
        wire.tree,
      );
      const commit = await rest.write(
        {
          method: "POST",
          path: `${repo}/git/commits`,
          body: {
            message: request.message,
            tree: tree.sha,
            parents: [parent],
            author: request.author,
            // Left out, GitHub would take the author for the committer too.
            committer: await committer(),
          },
          harmless: true,
          what,
        },
        wire.tree,
      );
      try {
        const tried =
          request.from === null
            ? await rest.tryWrite(
                {
                  method: "PATCH",
                  path: `${repo}/git/refs/heads/${pathInUrl(request.branch)}`,
                  body: { sha: commit.sha, force: false },
                  what,
                },
                wire.ref,
                [404, 409, 422],
              )
            : await rest.tryWrite(
                {
                  method: "POST",
                  path: `${repo}/git/refs`,
                  body: { ref: `refs/heads/${request.branch}`, sha: commit.sha },
                  what,
                },
                wire.ref,
                [409, 422],
              );
        return tried.ok ? { ok: true, commit: commit.sha } : { ok: false, error: tried.error };
      } catch (error) {
        if (!isCapstanError(error, "uncertain")) throw error;
        // The commit is known by its id: where the branch stands tells whether it was moved.
        if ((await headOrNull(request.branch)) === commit.sha) {
          return { ok: true, commit: commit.sha };
        }
        throw error;
      }
    },
  };

  async function headOrNull(branch: string): Promise<string | null> {
    try {
      return await head(branch);
    } catch (error) {
      if (error instanceof CapstanError) return null;
      throw error;
    }
  }
}
