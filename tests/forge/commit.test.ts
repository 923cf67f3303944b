// Commits through a host's API, the same promises on every host: one commit, against the newest state, nothing
// written twice, nothing outside the repository.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { createForge } from "../../src/forge/create.ts";
import { forgeKinds } from "../../src/model/forge.ts";
import type { CommitRequest, ForgeKind } from "../../src/model/forge.ts";
import { startFakeGitea } from "../support/fake-gitea.ts";
import { startFakeGitHub } from "../support/fake-github.ts";
import { startFakeGitLab } from "../support/fake-gitlab.ts";
import type { FakeHost } from "../support/forge-hosts.ts";
import type { memoryRepository } from "../support/forge-repository.ts";
import type { FakeRepository } from "../support/forge-repository.ts";
import { createTestRepository } from "../support/git.ts";
import { alice, failure, forgeOptions } from "./support.ts";

interface Stand extends FakeHost {
  readonly git: FakeRepository;
}
type Files = Readonly<Record<string, string>>;

const starts: Readonly<Record<ForgeKind, (files: Files) => Promise<Stand>>> = {
  gitea: (files) => startFakeGitea({ files }),
  forgejo: (files) => startFakeGitea({ files, kind: "forgejo" }),
  github: (files) => startFakeGitHub({ files }),
  gitlab: (files) => startFakeGitLab({ files, repository: "acme/stacks" }),
};

const open: FakeHost[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((host) => host.close()));
});

const request: CommitRequest = {
  branch: "main",
  from: null,
  message: "Add alice\n\nAsked for in the portal.",
  author: alice,
  files: [{ path: "stacks/users/alice.yaml", content: "name: alice\n" }],
};

describe.each(forgeKinds)("%s", (kind) => {
  async function start(files: Files = { "stacks/old.yaml": "old\n", "stacks/b.yaml": "b\n" }) {
    const host = await starts[kind](files);
    open.push(host);
    const forge = createForge(kind, forgeOptions(host));
    const at = async (branch: string) => {
      const commit = await host.git.ref(`refs/heads/${branch}`);
      return commit === null ? null : Object.fromEntries(await host.git.files(commit));
    };
    const push = async (changes: Record<string, string | null>) => {
      const parent = await host.git.ref("refs/heads/main");
      const commit = await host.git.write({
        parent,
        changes: new Map(Object.entries(changes)),
        message: "meanwhile",
        author: alice,
        committer: alice,
      });
      await host.git.setRef("refs/heads/main", commit);
      return commit;
    };
    return { host, forge, at, push };
  }

  test("files are created, changed and removed in one commit, by the one who asked", async () => {
    const { host, forge, at } = await start();
    const commit = await forge.commit({
      ...request,
      files: [
        ...request.files,
        { path: "stacks/old.yaml", content: "nëw ☂\n" },
        { path: "stacks/b.yaml", content: null },
        { path: "never/there.yaml", content: null },
      ],
    });
    expect(await host.git.ref("refs/heads/main")).toBe(commit);
    expect(await at("main")).toEqual({
      "stacks/users/alice.yaml": "name: alice\n",
      "stacks/old.yaml": "nëw ☂\n",
    });
    const { commits } = host.git as Awaited<ReturnType<typeof memoryRepository>>;
    const made = commits.find(({ id }) => id === commit);
    expect(made?.message).toBe(request.message);
    expect(made?.author).toMatchObject(alice);
    expect(made?.committer.name).toBe("Capstan Bot");
    expect(commits.filter(({ id }) => id !== commit).length).toBe(1);
  });

  test("a new branch begins at the newest commit of another", async () => {
    const { forge, at } = await start();
    await forge.commit({ ...request, branch: "portal/alice", from: "main" });
    expect(await at("portal/alice")).toMatchObject({ "stacks/users/alice.yaml": "name: alice\n" });
    expect(await at("main")).not.toHaveProperty("stacks/users/alice.yaml");
    await failure(forge.commit({ ...request, branch: "portal/alice", from: "main" }), "conflict");
  });

  test("a file that is not as its change expects refuses the commit, and nothing is written", async () => {
    const { host, forge, at } = await start();
    const before = await host.git.ref("refs/heads/main");
    const change = (path: string, content: string | null, was: string | null) =>
      forge.commit({ ...request, files: [...request.files, { path, content, was }] });
    await failure(change("stacks/old.yaml", "mine\n", null), "conflict");
    await failure(change("stacks/old.yaml", "mine\n", "older\n"), "conflict");
    await failure(change("stacks/b.yaml", null, "older\n"), "conflict");
    await failure(change("stacks/gone.yaml", "mine\n", "there\n"), "conflict");
    expect(await host.git.ref("refs/heads/main")).toBe(before);
    await change("stacks/old.yaml", "mine\n", "old\n");
    await change("stacks/new.yaml", "new\n", null);
    // Said again, for instance after an answer that was lost.
    await change("stacks/new.yaml", "new\n", null);
    expect(await at("main")).toMatchObject({
      "stacks/old.yaml": "mine\n",
      "stacks/new.yaml": "new\n",
    });
  });

  test("nothing to change is no commit", async () => {
    const { host, forge } = await start();
    const head = await host.git.ref("refs/heads/main");
    const same = [
      { path: "stacks/old.yaml", content: "old\n" },
      { path: "gone.yaml", content: null },
    ];
    expect(await forge.commit({ ...request, files: same })).toBe(head);
    expect(await forge.commit({ ...request, files: [] })).toBe(head);
    expect(host.calls.every(({ method }) => method === "GET")).toBe(true);
  });

  test("a branch that is not there is not found", async () => {
    const { forge } = await start();
    await failure(forge.commit({ ...request, branch: "nowhere" }), "not-found");
    await failure(forge.commit({ ...request, branch: "new", from: "nowhere" }), "not-found");
  });

  test("a file that moved in between is read anew, and both changes are kept", async () => {
    const { host, forge, at, push } = await start();
    let pushes = 0;
    host.intercept = async ({ method }) => {
      if (method === "GET" || pushes++ > 0) return null;
      // Too late for this request: it is judged against what is there by then.
      await push({ "stacks/users/alice.yaml": "somebody: else\n", "other.yaml": "x" });
      return null;
    };
    await forge.commit(request);
    expect(await at("main")).toMatchObject({
      "stacks/users/alice.yaml": "name: alice\n",
      "other.yaml": "x",
      "stacks/old.yaml": "old\n",
    });
  });

  test("a branch that never holds still ends in the host's refusal after five tries", async () => {
    const { host, forge, push } = await start();
    let count = 0;
    host.intercept = async ({ method }) => {
      if (method !== "GET") await push({ "stacks/users/alice.yaml": `${count++}` });
      return null;
    };
    const error = await failure(forge.commit(request), "invalid");
    expect(error.message).toContain("commit to main");
    const writes = host.calls.filter(
      ({ method, path }) => method !== "GET" && !/tree|git.commits/.test(path),
    );
    expect(writes.length).toBe(5);
  });

  test("a refusal that no move of the branch explains is not tried again", async () => {
    const { host, forge } = await start();
    host.intercept = ({ method }) =>
      method === "GET" ? null : { status: 422, body: { message: "a hook said no" } };
    const error = await failure(forge.commit(request), "invalid");
    expect(error.message).toContain("a hook said no");
    expect(host.calls.filter(({ method }) => method !== "GET").length).toBe(1);
  });

  test("a protected branch is forbidden", async () => {
    const { host, forge } = await start();
    host.intercept = ({ method }) =>
      method === "GET" ? null : { status: 403, body: { message: "branch is protected" } };
    await failure(forge.commit(request), "forbidden");
  });

  test("a folder in a file's place is refused", async () => {
    const { forge } = await start();
    if (kind === "gitlab") return; // It answers 404 for a folder, and refuses the commit.
    await failure(
      forge.commit({ ...request, files: [{ path: "stacks", content: "x" }] }),
      "invalid",
    );
  });

  test.each([
    "/etc/passwd",
    "../outside",
    "a/../../b",
    "a//b",
    "./a",
    "a/.git/config",
    ".GIT/hooks/x",
    "a\\b",
    "a\u0000b",
    "",
    "x".repeat(1_001),
  ])("P4 the path %j is refused before anything is asked", async (path) => {
    const { host, forge } = await start();
    await failure(forge.commit({ ...request, files: [{ path, content: "x" }] }), "invalid");
    expect(host.calls.length).toBe(0);
  });

  test.each(["", "-f", "a..b", "a b", "refs:x", "a/.b", "x.lock", "a/", "a@{1}"])(
    "%j is refused as a branch before anything is asked",
    async (branch) => {
      const { host, forge } = await start();
      await failure(forge.commit({ ...request, branch }), "invalid");
      await failure(forge.commit({ ...request, from: branch }), "invalid");
      expect(host.calls.length).toBe(0);
    },
  );

  test("P7 one file twice, too many files and too much of them are refused", async () => {
    const { host, forge } = await start();
    const [file] = request.files;
    await failure(forge.commit({ ...request, files: [file!, file!] }), "invalid");
    const many = Array.from({ length: 201 }, (_, at) => ({ path: `f${at}`, content: "" }));
    await failure(forge.commit({ ...request, files: many }), "invalid");
    const huge = [{ path: "f", content: "x".repeat(9 * 1024 * 1024) }];
    await failure(forge.commit({ ...request, files: huge }), "invalid");
    await failure(forge.commit({ ...request, message: " \n" }), "invalid");
    expect(host.calls.length).toBe(0);
  });
});

test("the stand-in on a real repository commits what git itself shows", async () => {
  const folder = await mkdtemp(join(tmpdir(), "capstan-forge-"));
  const repository = await createTestRepository();
  try {
    await repository.push({ "stacks/a.yaml": "a\n", "stacks/b.yaml": "b\n" });
    const host = await startFakeGitea({ folder: repository.url });
    open.push(host);
    const forge = createForge("gitea", forgeOptions(host));
    const commit = await forge.commit({
      ...request,
      branch: "portal/alice",
      from: "main",
      files: [...request.files, { path: "stacks/a.yaml", content: null }],
    });
    const tree = await repository.git("ls-tree", "-r", "--name-only", "portal/alice");
    expect(tree).toBe("stacks/b.yaml\nstacks/users/alice.yaml\n");
    const who = await repository.git("log", "-1", "--format=%H %an %cn", "portal/alice");
    expect(who.trim()).toBe(`${commit} Alice Capstan Bot`);
    const title = "Add alice";
    const pull = await forge.openPull({ title, body: "", head: "portal/alice", base: "main" });
    expect((await repository.git("rev-parse", pull.headRef)).trim()).toBe(commit);
    const merged = await host.mergePull(pull.number);
    expect(await repository.head()).toBe(merged);
    const after = await repository.git("ls-tree", "-r", "--name-only", "main");
    expect(after).toBe("stacks/b.yaml\nstacks/users/alice.yaml\n");
    expect((await forge.pull(pull.number)).state).toBe("merged");
  } finally {
    await repository.remove();
    await rm(folder, { recursive: true });
  }
});
