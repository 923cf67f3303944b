// Files of the little Gitea: read at a commit, and changed several at once as its API describes, with what
// it refuses.
import { fields, refuse, textOf } from "./forge-hosts.ts";
import type { Call, Reply } from "./forge-hosts.ts";
import { gitBlob } from "./forge-repository.ts";
import type { FakeRepository, Person } from "./forge-repository.ts";

export async function readContents(git: FakeRepository, call: Call): Promise<Reply> {
  const { rest: path = "" } = call.params;
  const asked = call.query.get("ref") ?? "main";
  const commit = (await git.has(asked)) ? asked : await git.ref(`refs/heads/${asked}`);
  if (commit === null) refuse(404, "The target couldn't be found.");
  const files = await git.files(commit);
  const content = files.get(path);
  if (content === undefined) {
    const below = [...files.keys()].filter((name) => name.startsWith(`${path}/`));
    if (below.length === 0) refuse(404, "The target couldn't be found.");
    return { status: 200, body: below.map((name) => ({ path: name, type: "file" })) };
  }
  return {
    status: 200,
    body: {
      path,
      type: "file",
      sha: gitBlob(content),
      encoding: "base64",
      content: Buffer.from(content).toString("base64"),
    },
  };
}

const operations = {
  gitea: ["create", "update", "delete", "upload", "rename"],
  forgejo: ["create", "update", "delete"],
};

export async function changeContents(
  git: FakeRepository,
  call: Call,
  kind: "gitea" | "forgejo",
): Promise<Reply> {
  const body = fields(call.body, { files: "object" });
  const from = textOf(body.branch, "main");
  const into = textOf(body.new_branch, from);
  const parent = await git.ref(`refs/heads/${from}`);
  if (parent === null) refuse(404, `branch does not exist [name: ${from}]`);
  if (into !== from && (await git.ref(`refs/heads/${into}`)) !== null) {
    refuse(422, `branch already exists [name: ${into}]`);
  }
  const files = await git.files(parent);
  const changes = new Map<string, string | null>();
  for (const file of body.files as Record<string, unknown>[]) {
    const { operation, path } = fields(file, { operation: "string", path: "string" });
    if (!operations[kind].includes(operation)) refuse(422, `invalid operation: ${operation}`);
    if (path.startsWith("/") || path.split("/").includes("..")) {
      refuse(422, `path contains a malformed path component [path: ${path}]`);
    }
    const old = files.get(path);
    if (operation === "create") {
      if (old !== undefined) refuse(422, `repository file already exists [path: ${path}]`);
    } else {
      if (old === undefined) refuse(404, `repository file does not exist [path: ${path}]`);
      if (file.sha !== gitBlob(old)) refuse(422, `sha does not match [given: ${textOf(file.sha)}]`);
    }
    changes.set(
      path,
      operation === "delete" ? null : Buffer.from(textOf(file.content), "base64").toString("utf8"),
    );
  }
  // One alone stands for both, as in the real one.
  const doer = { name: "Capstan Bot", email: "bot@example.com" };
  const author = (body.author ?? body.committer ?? doer) as Person;
  const committer = (body.committer ?? body.author ?? doer) as Person;
  const message = textOf(body.message);
  const commit = await git.write({ parent, changes, message, author, committer });
  await git.setRef(`refs/heads/${into}`, commit);
  return { status: 201, body: { commit: { sha: commit }, files: [] } };
}
