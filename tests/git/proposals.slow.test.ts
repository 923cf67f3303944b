import { chmod, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { runGit, type TestEntry } from "../support/git.ts";
import { requireLogin } from "../support/git-http.ts";
import { eventually, processesWith } from "../support/git-process.ts";
import { contents, failure, newest, revision, useGitServer, useGitSource } from "./harness.ts";

const { repository, stateDir, open } = useGitSource();
const serve = useGitServer(repository);
const ref = "refs/pull/7/head";
let first: string;

beforeEach(async () => {
  first = await repository().push({ "stacks/a.yaml": "1\n", "stacks/b.yaml": "1\n", README: "r" });
});

/** A commit that only `ref` has, as a fork's pull request is in the host's repository. */
async function pull(
  files: Readonly<Record<string, TestEntry>>,
  { at = ref, message = "Change b" } = {},
): Promise<string> {
  const before = await repository().head();
  const id = await repository().push(files, message);
  await repository().git("update-ref", at, id);
  await repository().reset(before ?? "");
  return id;
}

const pullRefs = async (): Promise<readonly string[]> =>
  (await runGit(join(stateDir(), "mirror.git"), ["for-each-ref", "refs/capstan/pulls"]))
    .split("\n")
    .filter((line) => line !== "");

describe("a proposal", () => {
  test("is the branch as it is now with the pull request merged", async () => {
    const sha = await pull(
      { "stacks/b.yaml": "2\n", "docs/x": "x" },
      { message: "Raise b\n\nMore" },
    );
    const base = await repository().push({ "stacks/a.yaml": "2\n" });
    const proposal = await open().propose({ ref, sha });
    expect(contents(proposal.tree)).toEqual({ "stacks/a.yaml": "2\n", "stacks/b.yaml": "2\n" });
    expect(proposal).toMatchObject({
      tree: { revision: { id: sha, title: "Raise b" }, unreadable: [] },
      base: { id: base },
      merged: true,
      changedPaths: ["docs/x", "stacks/b.yaml"],
    });
  });

  test("follows the branch when that moves on", async () => {
    const sha = await pull({ "stacks/b.yaml": "2\n" });
    const source = open();
    expect((await source.propose({ ref, sha })).base.id).toBe(first);
    const base = await repository().push({ "stacks/c.yaml": "c" });
    const proposal = await source.propose({ ref, sha });
    expect(proposal.base.id).toBe(base);
    expect(Object.keys(contents(proposal.tree))).toEqual([
      "stacks/a.yaml",
      "stacks/b.yaml",
      "stacks/c.yaml",
    ]);
    expect(await pullRefs()).toHaveLength(1);
  });

  test("that conflicts with the branch is its head alone, and says so", async () => {
    const sha = await pull({ "stacks/a.yaml": "theirs\n", "stacks/b.yaml": "2\n" });
    await repository().push({ "stacks/a.yaml": "ours\n", "stacks/c.yaml": "c" });
    const proposal = await open().propose({ ref, sha });
    expect(proposal.merged).toBe(false);
    expect(contents(proposal.tree)).toEqual({
      "stacks/a.yaml": "theirs\n",
      "stacks/b.yaml": "2\n",
    });
    expect(proposal.changedPaths).toEqual(["stacks/a.yaml", "stacks/b.yaml"]);
  });

  test("names both names of what it renames, and what it removes", async () => {
    const sha = await pull({ "stacks/a.yaml": null, "stacks/z.yaml": "1\n", README: null });
    const proposal = await open().propose({ ref, sha });
    expect(proposal.changedPaths).toEqual(["README", "stacks/a.yaml", "stacks/z.yaml"]);
    expect(Object.keys(contents(proposal.tree))).toEqual(["stacks/b.yaml", "stacks/z.yaml"]);
  });

  test("whose head is merged already changes nothing", async () => {
    const sha = await pull({ "stacks/b.yaml": "2\n" });
    await repository().reset(sha);
    const base = await repository().push({ "stacks/c.yaml": "c" });
    const proposal = await open().propose({ ref, sha });
    expect(proposal).toMatchObject({ merged: true, changedPaths: [], base: { id: base } });
    expect(contents(proposal.tree)["stacks/c.yaml"]).toBe("c");
  });

  test("without a common past is not merged, and all of it is its change", async () => {
    const sha = await repository().forcePush({ "stacks/x.yaml": "x", other: "o" });
    await repository().git("update-ref", ref, sha);
    await repository().reset(first);
    const proposal = await open().propose({ ref, sha });
    expect(proposal).toMatchObject({ merged: false, changedPaths: ["other", "stacks/x.yaml"] });
    expect(contents(proposal.tree)).toEqual({ "stacks/x.yaml": "x" });
  });

  test("P4 its links and huge files are named and not read", async () => {
    const sha = await pull({
      "stacks/link.yaml": { symlink: "/etc/passwd" },
      "stacks/large.yaml": Buffer.alloc(1024 * 1024 + 1, 35),
    });
    const { tree, merged } = await open().propose({ ref, sha });
    expect(merged).toBe(true);
    expect(Object.keys(contents(tree))).toEqual(["stacks/a.yaml", "stacks/b.yaml"]);
    expect(tree.unreadable).toEqual([
      { path: "stacks/large.yaml", reason: "it is larger than 1 MiB", plainFile: true },
      {
        path: "stacks/link.yaml",
        reason: "it is a symbolic link, and these are not followed",
      },
    ]);
    const many = open({ limits: { files: 3 } });
    expect((await failure(many.propose({ ref, sha }))).code).toBe("invalid");
    expect((await newest(many)).files).toHaveLength(2);
  });

  test("R7 that removes the stacks' folder is refused with what merging would do", async () => {
    const sha = await pull({ "stacks/a.yaml": null, "stacks/b.yaml": null });
    const source = open();
    expect(await failure(source.propose({ ref, sha }))).toMatchObject({
      code: "not-found",
      message: `${repository().url} has no folder stacks with commit ${sha.slice(0, 12)} merged`,
      hint: expect.stringContaining("remove nothing and report main as broken"),
    });
    expect((await newest(source)).files).toHaveLength(2);
  });

  test("may bring the folder that the branch lacks", async () => {
    await repository().push({ "stacks/a.yaml": null, "stacks/b.yaml": null });
    const sha = await pull({ "stacks/new.yaml": "n" });
    const proposal = await open().propose({ ref, sha });
    expect(contents(proposal.tree)).toEqual({ "stacks/new.yaml": "n" });
  });

  test("of a repository with SHA-256 hashes is merged too", async () => {
    const url = join(stateDir(), "sha256.git");
    await runGit(stateDir(), ["init", "-q", "--bare", "-b", "main", "--object-format=sha256", url]);
    const commit = async (name: string, parents: readonly string[]): Promise<string> => {
      const blob = (await runGit(url, ["hash-object", "-w", "--stdin"], Buffer.from(name))).trim();
      const tree = await runGit(url, ["mktree"], Buffer.from(`100644 blob ${blob}\t${name}\n`));
      const args = ["commit-tree", tree.trim(), "-m", name, ...parents.flatMap((id) => ["-p", id])];
      return (await runGit(url, args)).trim();
    };
    const base = await commit("a", []);
    await runGit(url, ["update-ref", "refs/heads/main", base]);
    const sha = await commit("b", [base]);
    await runGit(url, ["update-ref", ref, sha]);
    const proposal = await open({ url, path: "" }).propose({ ref, sha });
    expect(proposal).toMatchObject({ merged: true, changedPaths: ["a", "b"] });
    expect(contents(proposal.tree)).toEqual({ b: "b" });
  });
});

describe("the head", () => {
  test("that was pushed to in between is told, and the new one is read next", async () => {
    const old = await pull({ "stacks/b.yaml": "2\n" });
    const source = open();
    await source.propose({ ref, sha: old });
    const sha = await pull({ "stacks/b.yaml": "3\n" });
    expect(await failure(source.propose({ ref, sha: old }))).toMatchObject({
      code: "not-found",
      message: `${repository().url}: ${ref} is ${sha.slice(0, 12)}, not ${old.slice(0, 12)}`,
      hint: "it was pushed to in between; its newest commit is planned next",
    });
    expect(contents((await source.propose({ ref, sha })).tree)["stacks/b.yaml"]).toBe("3\n");
  });

  test("that is gone, never was, or is no ref at all is told", async () => {
    const sha = await pull({ "stacks/b.yaml": "2\n" });
    const source = open();
    await repository().git("update-ref", "-d", ref);
    expect((await failure(source.propose({ ref, sha }))).message).toBe(
      `${repository().url} has no ${ref}`,
    );
    expect((await failure(source.propose({ ref, sha: "--x" }))).code).toBe("not-found");
    for (const bad of ["--upload-pack=x", "main", "refs/../x", "refs/a:refs/capstan/head"]) {
      expect((await failure(source.propose({ ref: bad, sha }))).code).toBe("invalid");
    }
  });

  test("changes nothing of what is read, nor of what a short id finds", async () => {
    const source = open();
    await newest(source);
    const sha = await pull({ "stacks/b.yaml": "2\n" });
    await source.propose({ ref, sha });
    expect(await source.latest()).toMatchObject({ id: first });
    expect(contents(await newest(source))).toMatchObject({ "stacks/b.yaml": "1\n" });
    expect((await failure(source.read(revision(sha.slice(0, 12))))).code).toBe("not-found");
    expect((await source.read(revision(first.slice(0, 12)))).revision.id).toBe(first);
  });

  test("P7 fifty pull requests leave a bounded number of refs, the newest of them", async () => {
    const source = open();
    let last = "";
    for (let number = 1; number <= 50; number++) {
      const at = `refs/merge-requests/${number}/head`;
      last = await pull({ [`stacks/${number}.yaml`]: "x" }, { at });
      await source.propose({ ref: at, sha: last });
    }
    const refs = await pullRefs();
    expect(refs).toHaveLength(30);
    expect(refs.at(-1)).toContain(last);
  }, 240_000);
});

describe("R6", () => {
  test("R6 a fetch of a pull request that hangs is killed and holds up no reading", async () => {
    const sha = await pull({ "stacks/b.yaml": "2\n" });
    let hang = false;
    let hanging = 0;
    const { url } = await serve(({ method }) => {
      if (!hang || method !== "POST" || asked++ === 0) return { kind: "serve" };
      hanging += 1;
      hang = false;
      return { kind: "hang" };
    });
    let asked = 0;
    const patient = open({ url });
    await newest(patient);
    const source = open({ url, fetchTimeoutMs: 3_000 });
    hang = true;
    const proposed = failure(source.propose({ ref, sha }));
    await eventually("the fetch hangs", () => hanging > 0);
    expect(contents(await newest(source))).toMatchObject({ "stacks/b.yaml": "1\n" });
    expect((await proposed).code).toBe("unavailable");
    await eventually("all are gone", async () => (await processesWith(url)).length === 0);
    expect((await patient.propose({ ref, sha })).merged).toBe(true);
  });

  test("P5 a private repository is asked with the token, which no error shows", async () => {
    const sha = await pull({ "stacks/b.yaml": "2\n" });
    const token = "t0ken-canary-7c1e";
    const { url } = await serve(requireLogin("bot", token));
    const credentials = { username: "bot", token };
    const source = open({ url, credentials });
    expect((await source.propose({ ref, sha })).merged).toBe(true);
    const told = await failure(source.propose({ ref: "refs/pull/8/head", sha }));
    const refused = await failure(
      open({ url, credentials: { username: "bot", token: `${token}-old` } }).propose({ ref, sha }),
    );
    expect(refused.code).toBe("unauthorised");
    expect(JSON.stringify([told, told.message, refused.message, refused.hint])).not.toContain(
      token,
    );
  });

  test("R6 a damaged mirror is made anew, and no proposal can cause that", async () => {
    const source = open();
    await newest(source);
    const sha = await pull({ "stacks/b.yaml": "2\n" });
    await source.propose({ ref, sha });
    const mirror = join(stateDir(), "mirror.git");
    await rm(join(mirror, "objects"), { recursive: true });
    expect((await source.propose({ ref, sha })).merged).toBe(true);
    await writeFile(join(mirror, "marker"), "");
    const blob = (await repository().git("rev-parse", `${sha}:stacks/b.yaml`)).trim();
    const broken = await pull({ "stacks/b.yaml": "4\n" }, { at: "refs/pull/8/head" });
    await rm(join(mirror, "objects", blob.slice(0, 2)), { recursive: true, force: true });
    const lost = (await repository().git("rev-parse", `${broken}:stacks/b.yaml`)).trim();
    await rm(join(repository().url, "objects", lost.slice(0, 2), lost.slice(2)));
    const error = await failure(source.propose({ ref: "refs/pull/8/head", sha: broken }));
    expect(error.code).toBe("unavailable");
    expect(await readdir(mirror)).toContain("marker");
  });

  test("with a git before 2.38 the head is read alone", async () => {
    const sha = await pull({ "stacks/b.yaml": "2\n" });
    await repository().push({ "stacks/a.yaml": "2\n" });
    const folder = await mkdtemp(join(tmpdir(), "capstan-old-git-"));
    try {
      const path = process.env.PATH ?? "";
      const script = `#!/bin/sh\nPATH='${path}'\nfor word; do [ "$word" = merge-tree ] && exit 129; done\nexec git "$@"\n`;
      await writeFile(join(folder, "git"), script);
      await chmod(join(folder, "git"), 0o755);
      const environment = { PATH: [folder, path].join(delimiter) };
      const proposal = await open({ environment }).propose({ ref, sha });
      expect(proposal.merged).toBe(false);
      expect(contents(proposal.tree)).toEqual({ "stacks/a.yaml": "1\n", "stacks/b.yaml": "2\n" });
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  test("after closing a proposal is cancelled", async () => {
    const source = open();
    await source.close();
    expect((await failure(source.propose({ ref, sha: first }))).code).toBe("cancelled");
  });
});
