// Pushing over HTTP: logins, and law W3, answers that are lost.
import { describe, expect, test } from "vitest";
import { requireLogin, type serveRepository } from "../support/git-http.ts";
import { eventually, processesWith } from "../support/git-process.ts";
import { request, useCommitter } from "./committing.ts";
import { failure, useGitServer, useGitSource } from "./harness.ts";

const harness = useGitSource();
const { repository } = harness;
const start = useGitServer(repository);
const { committer, tip, hook } = useCommitter(harness);

describe("over HTTP", () => {
  const token = "t0ken-canary-7c1e";
  const credentials = { username: "bot", token };
  const serve = async (answer?: Parameters<typeof serveRepository>[1]): Promise<string> => {
    await repository().git("config", "http.receivepack", "true");
    return (await start(answer)).url;
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
