import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  createGitCommitter,
  type GitCommitter,
  type GitCommitterOptions,
} from "../../src/git/git-committer.ts";
import { openOwnRepository } from "../../src/git/own-repository.ts";
import { systemClock } from "../../src/lib/clock.ts";
import { silentLogger } from "../../src/lib/logger.ts";
import type { CommitRequest } from "../../src/model/forge.ts";
import { runGit } from "../support/git.ts";
import { requireLogin, serveRepository, type GitHttpServer } from "../support/git-http.ts";
import { eventually, processesWith } from "../support/git-process.ts";
import { contents, failure, newest, useGitSource } from "./harness.ts";

const { repository, stateDir, open } = useGitSource();
const committers: GitCommitter[] = [];
let server: GitHttpServer | undefined;
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "capstan-committer-"));
});

afterEach(async () => {
  await Promise.all(committers.splice(0).map((committer) => committer.close()));
  await server?.close();
  server = undefined;
  await rm(folder, { recursive: true, force: true });
});

function committer(options: Partial<GitCommitterOptions> = {}): GitCommitter {
  const made = createGitCommitter({
    url: repository().url,
    stateDir: stateDir(),
    clock: systemClock,
    random: () => 0.5,
    logger: silentLogger,
    credentials: {},
    ...options,
  });
  committers.push(made);
  return made;
}

function request(
  files: Readonly<Record<string, string | null>>,
  more: Partial<CommitRequest> = {},
): CommitRequest {
  return {
    branch: "main",
    from: null,
    message: "Add alice",
    author: { name: "Ann", email: "ann@example.com" },
    files: Object.entries(files).map(([path, content]) => ({ path, content })),
    ...more,
  };
}

const tip = async (branch = "main"): Promise<string> =>
  (await repository().git("rev-parse", `refs/heads/${branch}`)).trim();

async function hook(name: string, script: string): Promise<void> {
  const file = join(repository().url, "hooks", name);
  await mkdir(join(repository().url, "hooks"), { recursive: true });
  await writeFile(file, `#!/bin/sh\n${script}\n`);
  await chmod(file, 0o755);
}

describe("a commit", () => {
  test("has several files and removals at once, and keeps all others and who asked", async () => {
    const before = await repository().push({
      "stacks/a.yaml": "a",
      "stacks/old.yaml": "old",
      "run.sh": { executable: "1" },
    });
    const files = { "stacks/b.yaml": "b\n", "stacks/old.yaml": null, 'ä "x\n': "c", "run.sh": "2" };
    const id = await committer().commit(request(files, { message: "Add bob\n\nAs asked" }));
    expect(await tip()).toBe(id);
    expect(contents(await newest(open({ path: "" })))).toEqual({
      "stacks/a.yaml": "a",
      "stacks/b.yaml": "b\n",
      'ä "x\n': "c",
      "run.sh": "2",
    });
    expect(await repository().git("ls-tree", "main", "run.sh")).toMatch(/^100755 /);
    expect(await repository().git("log", "-1", "--format=%an|%ae|%cn|%ce|%s|%b|%P")).toBe(
      `Ann|ann@example.com|Capstan|capstan@localhost|Add bob|As asked\n|${before}\n`,
    );
    await repository().git("fsck", "--strict");
  });

  test("is refused where a file is not as its change expects", async () => {
    const before = await repository().push({ "a.yaml": "a\n", "b.yaml": "b\n" });
    const change = (path: string, content: string | null, was: string | null) =>
      committer().commit(request({}, { files: [{ path, content, was }] }));
    expect((await failure(change("a.yaml", "mine\n", null))).code).toBe("conflict");
    expect((await failure(change("a.yaml", "mine\n", "older\n"))).code).toBe("conflict");
    expect((await failure(change("b.yaml", null, "older\n"))).code).toBe("conflict");
    expect((await failure(change("gone.yaml", "mine\n", "there\n"))).code).toBe("conflict");
    expect(await tip()).toBe(before);
    await change("a.yaml", "mine\n", "a\n");
    const made = await change("new.yaml", "new\n", null);
    expect(await change("new.yaml", "new\n", null)).toBe(made);
  });

  test("that changes nothing is none, and its id is what is there", async () => {
    const id = await repository().push({ "stacks/a.yaml": "a" });
    const same = request({
      "stacks/a.yaml": "a",
      "stacks/none.yaml": null,
      "stacks/a.yaml/x": null,
    });
    expect(await committer().commit(same)).toBe(id);
    expect(await committer().commit(request({}))).toBe(id);
    expect(await committer().commit({ ...same, branch: "new", from: "main" })).toBe(id);
    expect(await repository().git("for-each-ref", "--format=%(refname)")).toBe("refs/heads/main\n");
  });

  test("on a new branch begins at the newest commit of another, which stays", async () => {
    await repository().push({ "stacks/a.yaml": "1" });
    const base = await repository().push({ "stacks/a.yaml": "2" });
    const asked = request({ "stacks/b.yaml": "b" }, { branch: "capstan/bob", from: "main" });
    const id = await committer().commit(asked);
    expect(await tip("capstan/bob")).toBe(id);
    expect((await repository().git("rev-parse", `${id}^`)).trim()).toBe(base);
    expect(await tip()).toBe(base);
    expect(await failure(committer().commit(asked))).toMatchObject({
      code: "conflict",
      message: `${repository().url} has a branch capstan/bob already`,
    });
    expect(await tip("capstan/bob")).toBe(id);
  });

  test("of two committers at once both land, and so do those of one", async () => {
    await repository().push({ "stacks/a.yaml": "a" });
    const [one, two] = [committer(), committer({ stateDir: join(folder, "two") })];
    const names = ["b", "c", "d", "e"];
    const ids = await Promise.all(
      names.map((name, index) =>
        (index % 2 === 0 ? one : two).commit(request({ [`stacks/${name}.yaml`]: name })),
      ),
    );
    const history = (await repository().git("rev-list", "main")).trim().split("\n");
    expect(history).toHaveLength(5);
    expect(history).toEqual(expect.arrayContaining(ids));
    expect(Object.keys(contents(await newest(open())))).toHaveLength(5);
  });

  test("lands on top of what others pushed between looking and pushing", async () => {
    await repository().push({ "stacks/a.yaml": "a" });
    await repository().git("branch", "next", "main");
    const other = (
      await repository().git("commit-tree", "main^{tree}", "-p", "main", "-m", "Other")
    ).trim();
    const once = join(folder, "once");
    // Moves the branch while the push is under way, once.
    await hook(
      "pre-receive",
      `[ -e '${once}' ] || { touch '${once}'; env -u GIT_QUARANTINE_PATH git update-ref refs/heads/main ${other}; }`,
    );
    const id = await committer().commit(request({ "stacks/b.yaml": "b" }));
    expect(await tip()).toBe(id);
    expect((await repository().git("rev-parse", `${id}^`)).trim()).toBe(other);
  });

  test("is given up as a conflict when the branch moves at every try", async () => {
    await repository().push({ "stacks/a.yaml": "a" });
    await hook(
      "pre-receive",
      "unset GIT_QUARANTINE_PATH GIT_OBJECT_DIRECTORY GIT_ALTERNATE_OBJECT_DIRECTORIES\n" +
        "export GIT_AUTHOR_NAME=O GIT_AUTHOR_EMAIL=o@o GIT_COMMITTER_NAME=O GIT_COMMITTER_EMAIL=o@o\n" +
        "git update-ref refs/heads/main $(git commit-tree 'main^{tree}' -p main -m Other)",
    );
    const error = await failure(committer().commit(request({ "stacks/b.yaml": "b" })));
    expect(error).toMatchObject({ code: "conflict", hint: "nothing was committed; try again" });
    expect(Object.keys(contents(await newest(open())))).toEqual(["stacks/a.yaml"]);
  });

  test("is the first one of Capstan's own repository, by its path, and the next one too", async () => {
    const bare = join(folder, "state", "stacks.git");
    await openOwnRepository(bare);
    const own = committer({ url: bare });
    expect((await failure(own.commit(request({ "stacks/a.yaml": null })))).code).toBe("not-found");
    await own.commit(request({ "stacks/a.yaml": "a" }));
    const id = await own.commit(request({ "stacks/b.yaml": "b" }));
    expect((await runGit(bare, ["rev-parse", "main"])).trim()).toBe(id);
    expect(Object.keys(contents(await newest(open({ url: bare }))))).toHaveLength(2);
    expect((await failure(own.commit(request({ x: "x" }, { branch: "gone" })))).code).toBe(
      "not-found",
    );
  });

  test("is made although the outbox was damaged or belongs to another format", async () => {
    await repository().push({ "stacks/a.yaml": "1" });
    const one = committer();
    await one.commit(request({ "stacks/a.yaml": "2" }));
    const outbox = join(stateDir(), "outbox.git");
    await rm(join(outbox, "objects"), { recursive: true });
    await one.commit(request({ "stacks/a.yaml": "3" }));
    await writeFile(join(outbox, "config"), "[[[");
    await one.commit(request({ "stacks/a.yaml": "4" }));
    await rm(outbox, { recursive: true });
    await runGit(stateDir(), ["init", "-q", "--bare", "--object-format=sha256", outbox]);
    await one.commit(request({ "stacks/a.yaml": "5" }));
    expect(contents(await newest(open()))).toEqual({ "stacks/a.yaml": "5" });
  });
});

describe("what is refused", () => {
  test("P4 paths that lead elsewhere, twice the same, and folders: nothing is committed", async () => {
    const id = await repository().push({ "stacks/a.yaml": "a" });
    const bad = [
      "../x",
      "/x",
      "a//b",
      "a/./b",
      ".git/config",
      "x/.GIT/y",
      "a/git~1",
      ".git. /x",
      "",
      "a\0b",
    ];
    for (const path of bad) {
      expect((await failure(committer().commit(request({ [path]: "x" })))).code).toBe("invalid");
    }
    const twice = [
      { path: "x", content: "1" },
      { path: "x", content: null },
    ];
    for (const asked of [
      request({}, { files: twice }),
      request({ x: "1", "x/y": "2" }),
      request({ stacks: null }),
      request({ stacks: "a file" }),
      request({ "stacks/a.yaml/b": "below a file" }),
      request({ x: "x" }, { branch: "--force" }),
      request({ x: "x" }, { branch: "new", from: "a..b" }),
    ]) {
      expect((await failure(committer().commit(asked))).code).toBe("invalid");
    }
    expect(await tip()).toBe(id);
  });

  test("a hook's refusal comes with its words, and its code says who can change that", async () => {
    const id = await repository().push({ "stacks/a.yaml": "a" });
    const asked = request({ "stacks/b.yaml": "b" });
    await hook("pre-receive", "echo 'main is a protected branch' >&2; exit 1");
    expect(await failure(committer().commit(asked))).toMatchObject({
      code: "forbidden",
      message: `${repository().url} refused the commit to main: pre-receive hook declined: main is a protected branch`,
      hint: expect.stringContaining("open pull requests"),
    });
    await hook("pre-receive", "printf 'every commit names\\nits ticket\\n' >&2; exit 1");
    expect(await failure(committer().commit(asked))).toMatchObject({
      code: "invalid",
      message: expect.stringMatching(/every commit names its ticket$/),
    });
    expect(await tip()).toBe(id);
  });
});

describe("over HTTP", () => {
  const token = "t0ken-canary-7c1e";
  const credentials = { username: "bot", token };
  const serve = async (answer?: Parameters<typeof serveRepository>[1]): Promise<string> => {
    await repository().git("config", "http.receivepack", "true");
    server = await serveRepository(repository().url, answer);
    return server.url;
  };

  test("it pushes with the token; P5 no error shows it, the hook's words included", async () => {
    await repository().push({ "stacks/a.yaml": "a" });
    const url = await serve(requireLogin("bot", token));
    const id = await committer({ url, credentials }).commit(request({ "stacks/b.yaml": "b" }));
    expect(await tip()).toBe(id);
    await hook("pre-receive", `echo 'no ${token}' >&2; exit 1`);
    const error = await failure(committer({ url, credentials }).commit(request({ x: "x" })));
    expect(error.message).toMatch(/no \(secret\)$/);
    const wrong = { ...credentials, token: `${token}-old` };
    const refused = await failure(
      committer({ url, credentials: wrong }).commit(request({ x: "x" })),
    );
    expect(refused.code).toBe("unauthorised");
    expect(`${refused.message} ${refused.hint ?? ""}`).not.toContain(token);
  });

  test("a login that may read and not write is forbidden, with a hint that says write", async () => {
    const id = await repository().push({ "stacks/a.yaml": "a" });
    const url = await serve(({ url }) =>
      url?.includes("git-receive-pack") ? { kind: "status", status: 403 } : { kind: "serve" },
    );
    expect(
      await failure(committer({ url, credentials }).commit(request({ x: "x" }))),
    ).toMatchObject({
      code: "forbidden",
      message: expect.stringContaining("may not write to this repository"),
      hint: expect.stringContaining("write to the repository"),
    });
    expect(await tip()).toBe(id);
  });

  /** Of a hook that runs when the branch has moved and nothing was answered yet. */
  const afterLanding = '[ "$1$INNER" = committed ] || exit 0; export INNER=1';

  test("W3 an answer that was lost after the commit landed is success", async () => {
    await repository().push({ "stacks/a.yaml": "a" });
    await hook("reference-transaction", `${afterLanding}\nkill -9 $PPID`);
    const url = await serve();
    const id = await committer({ url }).commit(request({ "stacks/b": "b" }));
    expect(await tip()).toBe(id);
  });

  test("W3 a lost answer is success also when others pushed on top of it", async () => {
    await repository().push({ "stacks/a.yaml": "a" });
    const other = "$(git commit-tree 'main^{tree}' -p main -m Other)";
    await hook(
      "reference-transaction",
      `${afterLanding}\ngit update-ref refs/heads/main ${other}; kill -9 $PPID`,
    );
    const url = await serve();
    const id = await committer({ url }).commit(request({ "stacks/b": "b" }));
    expect((await repository().git("rev-parse", "main^")).trim()).toBe(id);
  });

  test("W3 a push that was cut off without landing is uncertain, and nothing is sent twice", async () => {
    const before = await repository().push({ "stacks/a.yaml": "a" });
    let pushes = 0;
    let hang = false;
    const url = await serve(({ method, url }) => {
      if (method !== "POST" || !url?.endsWith("git-receive-pack")) return { kind: "serve" };
      pushes += 1;
      return hang ? { kind: "hang" } : { kind: "status", status: 502 };
    });
    expect(await failure(committer({ url }).commit(request({ x: "x" })))).toMatchObject({
      code: "uncertain",
      hint: "look at main before the same is asked again",
    });
    expect(pushes).toBe(1);
    hang = true;
    const cut = await failure(committer({ url, pushTimeoutMs: 2_000 }).commit(request({ x: "x" })));
    expect(cut.code).toBe("uncertain");
    expect(cut.message).toContain("did not end within 2000 ms");
    await eventually("git is gone", async () => (await processesWith(url)).length === 0);
    expect(pushes).toBeLessThanOrEqual(2);
    expect(await tip()).toBe(before);
  });
});

test("after closing a commit is cancelled", async () => {
  const closed = committer();
  await closed.close();
  expect((await failure(closed.commit(request({ x: "x" })))).code).toBe("cancelled");
});
