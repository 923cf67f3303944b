// What a commit is made of, on which branch it lands, and what is refused.
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { openOwnRepository } from "../../src/git/own-repository.ts";
import { useFolder } from "../support/folder.ts";
import { runGit } from "../support/git.ts";
import { request, useCommitter } from "./committing.ts";
import { contents, failure, newest, useGitSource } from "./harness.ts";

const harness = useGitSource();
const { repository, stateDir, open } = harness;
const { committer, tip, hook } = useCommitter(harness);
const folder = useFolder("capstan-committer-");

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
    const [one, two] = [committer(), committer({ stateDir: join(folder(), "two") })];
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
    const once = join(folder(), "once");
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
    const bare = join(folder(), "state", "stacks.git");
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

test("after closing a commit is cancelled", async () => {
  const closed = committer();
  await closed.close();
  expect((await failure(closed.commit(request({ x: "x" })))).code).toBe("cancelled");
});
